// PostObject: a browser's form as the request that the operation's struct is read from.
//
// Each field that S3 knows becomes the header that PutObject would bring; no header of the request itself is believed,
// since the policy does not speak of it.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "aws/authenticator.h"
#include "aws/post_form.h"
#include "aws/post_policy.h"
#include "http/http.h"

namespace tarn::aws {

class PostRequest {
 public:
  // Takes the request's body and reads up to the file. Throws PreconditionFailed, MalformedPOSTRequest,
  // InvalidArgument.
  static Task<std::unique_ptr<PostRequest>> open(http::Request& request);

  // What the authenticator is asked about.
  FormSignature signature() const;
  // Holds a form that was signed against its policy. Throws InvalidPolicyDocument, AccessDenied.
  void check_policy(std::string_view bucket, Timestamp now);
  const std::string& key() const { return *form_.find("key"); }
  // The request to read. Throws MalformedXML for tags that are none.
  const http::Request& head();
  // The file; reading it throws EntityTooLarge, EntityTooSmall.
  std::unique_ptr<ByteStream> take_file(std::uint64_t limit);

 private:
  void add(std::string_view header, std::string value);

  PostForm form_;
  LengthRange length_{.least = 0, .most = UINT64_MAX};
  std::deque<std::string> texts_;
  http::Request head_;
};

// "<Tagging>…" as x-amz-tagging has it. Throws MalformedXML.
std::string tagging_text(const std::string& xml);

}  // namespace tarn::aws
