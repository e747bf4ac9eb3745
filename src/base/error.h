// Error: a request that is refused. Thrown where the refusal is known, caught once, in aws/dispatch.cpp.
//
// What a caller branches on is a value instead; what should not be possible is any other exception, and reaches the
// client as an internal failure without its text.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn {

// One of a service's errors: what clients match on. Generated per service (s3::errors::no_such_key); the few that every
// service shares are below. `name` has static storage.
struct ErrorCode {
  std::string_view name;
  int status = 400;
  friend bool operator==(const ErrorCode& a, const ErrorCode& b) { return a.name == b.name; }
};

class Error : public std::exception {
 public:
  Error(const ErrorCode& code, std::string message, std::string resource = {})
      : code_(code), message_(std::move(message)), resource_(std::move(resource)) {}

  const ErrorCode& code() const { return code_; }
  const std::string& message() const { return message_; }
  // "/bucket/key", an ARN, or empty.
  const std::string& resource() const { return resource_; }
  // Further members of the error's body, such as BucketName or StorageClass.
  const std::vector<std::pair<std::string, std::string>>& details() const { return details_; }
  Error&& with(std::string name, std::string value) && {
    details_.emplace_back(std::move(name), std::move(value));
    return std::move(*this);
  }
  // Headers of the answer, such as x-amz-delete-marker.
  const std::vector<std::pair<std::string, std::string>>& headers() const { return headers_; }
  Error&& with_header(std::string name, std::string value) && {
    headers_.emplace_back(std::move(name), std::move(value));
    return std::move(*this);
  }
  // No secrets, no local paths.
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  ErrorCode code_;
  std::string message_;
  std::string resource_;
  std::vector<std::pair<std::string, std::string>> details_;
  std::vector<std::pair<std::string, std::string>> headers_;
};

// Errors that every service has. The protocols spell some of them in their own way (AccessDeniedException in JSON).
namespace errors {
inline constexpr ErrorCode access_denied{"AccessDenied", 403};
inline constexpr ErrorCode internal_failure{"InternalFailure", 500};
inline constexpr ErrorCode not_implemented{"NotImplemented", 501};
inline constexpr ErrorCode service_unavailable{"ServiceUnavailable", 503};
// The disk is full. Not among those that SDKs try again: it does not pass by itself.
inline constexpr ErrorCode insufficient_storage{"InsufficientStorage", 507};
}  // namespace errors

}  // namespace tarn
