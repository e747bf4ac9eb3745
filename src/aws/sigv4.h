// Signature Version 4, as plain functions: what a request says about its signature, and which signature is right.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html. Nothing here knows a secret's owner or a clock;
// sigv4_authenticator.h joins them. Errors are worded as S3 words them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "base/time.h"
#include "http/http.h"

namespace tarn::aws {

// What signatures are refused with.
namespace signature_errors {
inline constexpr ErrorCode access_denied{"AccessDenied", 403};
inline constexpr ErrorCode authorization_header_malformed{"AuthorizationHeaderMalformed", 400};
inline constexpr ErrorCode authorization_query_parameters{"AuthorizationQueryParametersError", 400};
inline constexpr ErrorCode expired_token{"ExpiredToken", 400};
inline constexpr ErrorCode incomplete_body{"IncompleteBody", 400};
inline constexpr ErrorCode invalid_access_key_id{"InvalidAccessKeyId", 403};
inline constexpr ErrorCode invalid_argument{"InvalidArgument", 400};
inline constexpr ErrorCode invalid_request{"InvalidRequest", 400};
inline constexpr ErrorCode invalid_token{"InvalidToken", 400};
inline constexpr ErrorCode malformed_trailer{"MalformedTrailerError", 400};
inline constexpr ErrorCode missing_content_length{"MissingContentLength", 411};
inline constexpr ErrorCode request_time_too_skewed{"RequestTimeTooSkewed", 403};
inline constexpr ErrorCode request_too_large{"EntityTooLarge", 400};
inline constexpr ErrorCode signature_does_not_match{"SignatureDoesNotMatch", 403};
inline constexpr ErrorCode content_sha256_mismatch{"XAmzContentSHA256Mismatch", 400};
}  // namespace signature_errors

inline constexpr std::string_view sigv4_algorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view empty_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// AKID/20130524/us-east-1/s3/aws4_request
struct CredentialScope {
  std::string_view access_key_id;
  std::string_view date;
  std::string_view region;
  std::string_view service;
  std::string_view text;  // "20130524/us-east-1/s3/aws4_request"
};
std::optional<CredentialScope> parse_credential_scope(std::string_view text);

// What a request says about its signature. Views into the request.
struct SigV4 {
  CredentialScope scope;
  std::string_view timestamp;  // "20130524T000000Z", as it is signed.
  Timestamp time;
  std::vector<std::string_view> signed_headers;  // Lower case, in the order given.
  std::string_view signed_headers_text;
  std::string_view signature;
  std::string_view session_token;
  bool presigned = false;
  std::optional<std::chrono::seconds> expires;  // Presigned only.
};

// "Credential=…, SignedHeaders=…, Signature=…", after the algorithm. Fills what stands there; throws
// AuthorizationHeaderMalformed.
SigV4 parse_authorization(std::string_view parameters);

// From the Authorization header, with the date and token of other headers.
SigV4 read_sigv4_header(const http::Request& request, std::string_view authorization);
// From the query of a presigned URL. Throws AuthorizationQueryParametersError.
SigV4 read_sigv4_query(const http::Request& request);

// What is hashed into the signature. S3 signs the path as it is, encoded once; all others a tidied path, twice.
std::string canonical_request(const http::Request& request, const SigV4& signature, std::string_view payload_hash,
                              bool is_s3);
std::string string_to_sign(const SigV4& signature, std::string_view canonical_request);

Sha256 derive_signing_key(std::string_view secret_access_key, const CredentialScope& scope);
// Lower-case hexadecimal.
std::string sign(const Sha256& signing_key, std::string_view text);

}  // namespace tarn::aws
