// The protocols: a request's bytes into its operation's struct, and the output struct into a response.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/model.h"
#include "aws/value.h"
#include "base/error.h"
#include "http/http.h"

namespace tarn::aws {

// A part of the path that stands for a member: {Bucket}.
struct Label {
  std::string_view name;
  std::string value;  // Decoded.
};

// A request as the protocols read it: head, path labels, and the whole body (empty when it is a stream).
struct Inbound {
  const http::Request& http;
  const std::vector<Label>& labels;
  std::string_view body;
  // Query protocol: the parameters of the query string and the form.
  const std::vector<std::pair<std::string, std::string>>& form;
};

// What a reply or an error tells of the request it answers.
struct ReplyContext {
  const Model& model;
  Protocol protocol;
  const Operation* operation = nullptr;
  std::string_view request_id;
  bool head = false;          // HEAD: no body goes out.
  std::string_view resource;  // The path as it was asked for, for S3's errors.
};

// Fills the operation's request struct; what is missing or unknown is noted in `reading`. Streams are left alone.
// Throws Malformed.
void read_request(const Model& model, Protocol protocol, const Operation& operation, const Inbound& inbound,
                  void* request, Reading& reading);

// Takes the streams out of `output`.
http::Response write_reply(const ReplyContext& context, void* output);

http::Response error_reply(const ReplyContext& context, const Error& error);

// What a protocol says of a request that cannot be read, or whose values are wrong.
Error malformed_error(const ReplyContext& context, const Malformed& malformed);
Error violation_error(const ReplyContext& context, const Violations& violations);

// Does the operation take its body as a stream, into which member?
const Member* stream_member(const Shape& shape);

}  // namespace tarn::aws
