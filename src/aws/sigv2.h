// Signature Version 2 of S3, which boto3 and awscli still use for presigned URLs by default.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html. Plain functions, as in sigv4.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "http/http.h"

namespace tarn::aws {

// What a request says about its signature. Views into the request.
struct SigV2 {
  std::string_view access_key_id;
  std::string_view signature;  // Base64.
  std::string_view session_token;
  bool presigned = false;
  std::string_view date;  // What is signed as the date: seconds since the epoch when presigned, else a header or empty.
  Timestamp time;         // Of the header, or when a presigned URL expires.
};

// "AWS AKID:signature". Throws Error.
SigV2 read_sigv2_header(const http::Request& request, std::string_view authorization);
// "?AWSAccessKeyId=…&Expires=…&Signature=…". Throws Error.
SigV2 read_sigv2_query(const http::Request& request);

// `bucket` when the host names it; it is signed as part of the path.
std::string string_to_sign_v2(const http::Request& request, const SigV2& signature, std::string_view bucket);
std::string sign_v2(std::string_view secret_access_key, std::string_view text);

}  // namespace tarn::aws
