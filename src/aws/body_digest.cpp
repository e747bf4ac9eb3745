#include "aws/body_digest.h"

#include <algorithm>

#include "base/checksum.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "base/error.h"

namespace tarn::aws {
namespace {

constexpr ErrorCode kInvalidDigest{"InvalidDigest", 400};
constexpr ErrorCode kBadDigest{"BadDigest", 400};
constexpr ErrorCode kInvalidRequest{"InvalidRequest", 400};

void check_md5(std::string_view given, std::string_view body) {
  const auto expected = from_base64(given);
  if (!expected || expected->size() != 16) {
    throw Error(kInvalidDigest, "The Content-MD5 you specified was invalid.").with("Content-MD5", std::string(given));
  }
  const std::string actual = md5(as_bytes(body));
  if (actual == *expected) return;
  throw Error(kBadDigest, "The Content-MD5 you specified did not match what we received.")
      .with("ExpectedDigest", std::string(given))
      .with("CalculatedDigest", to_base64(as_bytes(actual)));
}

void check_checksum(ChecksumAlgorithm algorithm, std::string_view header, std::string_view given,
                    std::string_view body) {
  const auto expected = from_base64(given);
  if (!expected || expected->size() != checksum_size(algorithm)) {
    throw Error(kInvalidRequest, "Value for " + std::string(header) + " header is invalid.");
  }
  if (checksum_of(algorithm, as_bytes(body)) != *expected) {
    throw Error(kBadDigest,
                "The " + std::string(name_of(algorithm)) + " you specified did not match the calculated checksum.");
  }
}

bool is_member(const Operation& operation, std::string_view header) {
  return std::ranges::any_of(operation.input->members, [&](const Member& member) {
    return member.location == Location::header && equal_ignoring_case(member.wire, header);
  });
}

}  // namespace

void check_body_digests(const Operation& operation, const http::Request& request, const Authenticated& authenticated,
                        std::string_view body) {
  bool any = false;
  const auto check = [&](std::string_view name, std::string_view value) {
    const auto algorithm = checksum_algorithm_of_header(name);
    if (!algorithm || is_member(operation, name)) return;
    any = true;
    check_checksum(*algorithm, name, value, body);
  };
  if (const auto given = request.header("Content-MD5")) {
    any = true;
    check_md5(*given, body);
  }
  for (const http::Field& field : request.headers) check(field.name, field.value);
  if (authenticated.trailers) {
    for (const auto& [name, value] : *authenticated.trailers) check(name, value);
  }
  if (any || !operation.checksum_required) return;
  throw Error(kInvalidRequest, "Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
}

}  // namespace tarn::aws
