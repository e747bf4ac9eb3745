#include "aws/sigv4_authenticator.h"

#include <algorithm>
#include <unordered_map>

#include "aws/chunked_body.h"
#include "aws/router.h"
#include "base/encoding.h"

namespace tarn::aws {
namespace {

namespace err = signature_errors;

constexpr Milliseconds max_skew = std::chrono::minutes(15);
constexpr std::size_t max_cached_keys = 1024;

// Signed in us-east-1 whatever the region.
constexpr std::string_view global_services[] = {"iam", "sts", "organizations"};

// A day's signing key, ready to sign with.
struct SigningKey {
  explicit SigningKey(const Sha256& derived) : key(derived), mac(key) {}
  Sha256 key;
  HmacSha256 mac;
};

// It costs four digests, so each thread remembers those in use. Of a secret that changed under the same id, the new key
// is derived.
const SigningKey& signing_key(const Credential& credential, const CredentialScope& scope) {
  struct Cached {
    std::string secret;
    SigningKey key;
  };
  thread_local std::unordered_map<std::string, Cached> cache;
  thread_local std::string name;
  name.assign(scope.access_key_id).append("/").append(scope.text);
  const auto found = cache.find(name);
  if (found != cache.end() && equal_in_constant_time(found->second.secret, credential.secret_access_key)) {
    return found->second.key;
  }
  if (cache.size() >= max_cached_keys) cache.clear();
  const SigningKey key(derive_signing_key(credential.secret_access_key, scope));
  return cache.insert_or_assign(name, Cached{credential.secret_access_key, key}).first->second.key;
}

// Bytes that were read already.
class BufferedBody : public ByteStream {
 public:
  explicit BufferedBody(std::string bytes) : bytes_(std::move(bytes)) {}
  Task<std::size_t> read(std::span<std::byte> out) override {
    const std::size_t size = std::min(out.size(), bytes_.size() - at_);
    std::ranges::copy(as_bytes(bytes_).subspan(at_, size), out.begin());
    at_ += size;
    co_return size;
  }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
};

Task<std::string> read_whole(http::Request& request, std::uint64_t limit) {
  std::string bytes;
  if (!request.body) co_return bytes;
  if (request.content_length.value_or(0) > limit) {
    throw Error(err::request_too_large, "The request body is larger than this operation takes.");
  }
  bytes.reserve(request.content_length.value_or(0));
  std::array<std::byte, 16384> buffer;
  while (const std::size_t size = co_await request.body->read(buffer)) {
    if (bytes.size() + size > limit) {
      throw Error(err::request_too_large, "The request body is larger than this operation takes.");
    }
    bytes += as_text(std::span(buffer).first(size));
  }
  co_return bytes;
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
}

// How S3's x-amz-content-sha256 says that the body is signed.
enum class Payload { hashed, unsigned_payload, chunked, chunked_trailer, unsigned_trailer };

Payload payload_of(std::string_view content_sha256) {
  if (content_sha256 == "UNSIGNED-PAYLOAD") return Payload::unsigned_payload;
  if (content_sha256 == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") return Payload::chunked;
  if (content_sha256 == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER") return Payload::chunked_trailer;
  if (content_sha256 == "STREAMING-UNSIGNED-PAYLOAD-TRAILER") return Payload::unsigned_trailer;
  if (is_sha256(content_sha256)) return Payload::hashed;
  throw Error(err::invalid_argument,
              "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
              "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.")
      .with("ArgumentName", "x-amz-content-sha256")
      .with("ArgumentValue", std::string(content_sha256));
}

std::uint64_t decoded_length(const http::Request& request) {
  const auto text = request.header("x-amz-decoded-content-length");
  std::uint64_t length = 0;
  if (!text || text->empty() || text->size() > 18) {
    throw Error(err::missing_content_length, "You must provide the Content-Length HTTP header.");
  }
  for (const char c : *text) {
    if (c < '0' || c > '9') throw Error(err::invalid_argument, "x-amz-decoded-content-length is not a number.");
    length = length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return length;
}

std::vector<std::string> announced_trailers(const http::Request& request) {
  std::vector<std::string> names;
  std::string_view list = request.header("x-amz-trailer").value_or("");
  while (!list.empty() && names.size() < 16) {
    const std::size_t comma = list.find(',');
    const std::string_view name = trim(list.substr(0, comma));
    if (!name.empty()) names.push_back(to_lower(name));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return names;
}

// The body as the client meant it, by what was signed about it.
void attach_body(http::Request& request, std::string_view content_sha256, Payload payload, const SigV4* signature,
                 const Sha256* key, Authenticated& out) {
  if (payload == Payload::chunked || payload == Payload::chunked_trailer || payload == Payload::unsigned_trailer) {
    ChunkedOptions options;
    options.decoded_length = decoded_length(request);
    options.has_trailer = payload != Payload::chunked;
    if (options.has_trailer) options.expected_trailers = announced_trailers(request);
    if (payload != Payload::unsigned_trailer) {
      options.signing = ChunkSigning{.key = *key,
                                     .timestamp = std::string(signature->timestamp),
                                     .scope = std::string(signature->scope.text),
                                     .seed = std::string(signature->signature)};
    }
    if (!request.body) throw Error(err::incomplete_body, "The request body terminated unexpectedly");
    out.body_length = options.decoded_length;
    auto body = decode_chunked(std::move(request.body), std::move(options));
    out.trailers = body->trailers();
    out.body = std::move(body);
    return;
  }
  out.body_length = request.content_length;
  if (payload == Payload::hashed) {
    const std::string expected = to_lower(content_sha256);
    if (!request.body && expected != empty_sha256) throw_sha256_mismatch(expected, empty_sha256);
    if (request.body) out.body = check_sha256(std::move(request.body), expected, request.content_length);
    return;
  }
  out.body = std::move(request.body);
}

// What S3 is told by headers must be signed, or anybody on the way could change it.
void check_headers_signed(const http::Request& request, const SigV4& signature) {
  std::string unsigned_headers;
  const auto is_signed = [&](std::string_view name) {
    return std::ranges::any_of(signature.signed_headers, [&](std::string_view known) {
      return known.size() == name.size() && equal_ignoring_case(known, name);
    });
  };
  for (const http::Field& field : request.headers) {
    if (field.name.size() < 6 || !equal_ignoring_case(field.name.substr(0, 6), "x-amz-")) continue;
    // A presigned URL may be sent with the payload's hash besides; it is not believed.
    if (signature.presigned && equal_ignoring_case(field.name, "x-amz-content-sha256")) continue;
    if (is_signed(field.name)) continue;
    if (!unsigned_headers.empty()) unsigned_headers += ", ";
    unsigned_headers += to_lower(field.name);
  }
  if (!is_signed("host")) unsigned_headers = "host";
  if (unsigned_headers.empty()) return;
  throw Error(err::access_denied, "There were headers present in the request which were not signed")
      .with("HeadersNotSigned", unsigned_headers);
}

[[noreturn]] void throw_mismatch(std::string_view access_key_id, std::string string_to_sign, std::string_view provided,
                                 std::string canonical_request) {
  Error error = Error(err::signature_does_not_match,
                      "The request signature we calculated does not match the signature you provided. Check your key "
                      "and signing method.")
                    .with("AWSAccessKeyId", std::string(access_key_id))
                    .with("StringToSign", std::move(string_to_sign))
                    .with("SignatureProvided", std::string(provided));
  if (!canonical_request.empty()) throw std::move(error).with("CanonicalRequest", std::move(canonical_request));
  throw error;
}

// A form that brings one part of a signature must bring all of it.
void need_field(const std::string& value, std::string_view name) {
  if (!value.empty()) return;
  throw Error(err::invalid_argument, "Bucket POST must contain a field named '" + std::string(name) +
                                         "'.  If it is specified, please check the order of the fields.")
      .with("ArgumentName", std::string(name))
      .with("ArgumentValue", "");
}

}  // namespace

SigV4Authenticator::SigV4Authenticator(SignatureOptions options, Credentials& credentials, const Clock& wall)
    : options_(std::move(options)), credentials_(credentials), wall_(wall) {}

Task<Authenticated> SigV4Authenticator::authenticate(http::Request& request, std::string_view service) {
  const bool is_s3 = service == "s3";
  const auto authorization = request.header("authorization");
  const bool v4_query = request.parameter("X-Amz-Algorithm") || request.parameter("X-Amz-Signature");
  const bool v2_query = is_s3 && request.parameter("AWSAccessKeyId") && request.parameter("Signature");
  if (int{authorization.has_value()} + int{v4_query} + int{v2_query} > 1) {
    throw Error(err::invalid_argument,
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
                "parameter or the Authorization header should be specified");
  }
  if (v4_query) return authenticate_v4(request, service, read_sigv4_query(request));
  if (v2_query) return authenticate_v2(request, read_sigv2_query(request));
  if (!authorization) return authenticate_nobody(request);
  if (authorization->starts_with("AWS4-HMAC-SHA256")) {
    return authenticate_v4(request, service, read_sigv4_header(request, *authorization));
  }
  if (is_s3 && authorization->starts_with("AWS ")) {
    return authenticate_v2(request, read_sigv2_header(request, *authorization));
  }
  throw Error(err::invalid_argument, "Unsupported Authorization Type")
      .with("ArgumentName", "Authorization")
      .with("ArgumentValue", std::string(authorization->substr(0, authorization->find(' '))));
}

// Unsigned, a body may still come in chunks with trailers, as SDKs send it to a public bucket.
Task<Authenticated> SigV4Authenticator::authenticate_nobody(http::Request& request) {
  Authenticated out;
  const std::string_view content_sha256 = request.header("x-amz-content-sha256").value_or("UNSIGNED-PAYLOAD");
  const Payload payload = payload_of(content_sha256);
  if (payload == Payload::chunked || payload == Payload::chunked_trailer) {
    throw Error(err::access_denied, "A body whose chunks are signed needs a signed request.");
  }
  attach_body(request, content_sha256, payload, nullptr, nullptr, out);
  co_return out;
}

Task<Authenticated> SigV4Authenticator::authenticate_v4(http::Request& request, std::string_view service,
                                                        SigV4 signature) {
  const bool is_s3 = service == "s3";
  check_scope(signature, service);
  check_time(signature);
  Credential credential = co_await find_credential(signature.scope.access_key_id, signature.session_token);
  if (is_s3) check_headers_signed(request, signature);

  // What was signed about the body: S3 and some others say it in a header; else it has to be read.
  std::string buffered;
  auto content_sha256 = request.header("x-amz-content-sha256");
  std::string computed;
  if (signature.presigned && is_s3) {
    content_sha256 = request.parameter("X-Amz-Content-Sha256").value_or("UNSIGNED-PAYLOAD");
  } else if (!content_sha256 && is_s3) {
    throw Error(err::invalid_request, "Missing required header for this request: x-amz-content-sha256");
  } else if (!content_sha256) {
    buffered = co_await read_whole(request, options_.largest_buffered_body);
    computed = to_hex(sha256(buffered));
    content_sha256 = computed;
  }
  const Payload payload = payload_of(*content_sha256);

  const SigningKey& key = signing_key(credential, signature.scope);
  std::string canonical = canonical_request(request, signature, *content_sha256, is_s3);
  std::string text = string_to_sign(signature, canonical);
  if (!equal_in_constant_time(to_hex(key.mac(as_bytes(text))), signature.signature)) {
    throw_mismatch(signature.scope.access_key_id, std::move(text), signature.signature, std::move(canonical));
  }

  Authenticated out;
  out.principal = std::move(credential.principal);
  out.region = signature.scope.region;
  out.signature_version = sigv4_algorithm;
  out.auth_type = signature.presigned ? "REST-QUERY-STRING" : "REST-HEADER";
  out.signature_age = std::max(wall_.now() - signature.time, Milliseconds(0));
  if (!computed.empty()) {
    out.body_length = buffered.size();
    if (!buffered.empty()) out.body = std::make_unique<BufferedBody>(std::move(buffered));
  } else {
    attach_body(request, *content_sha256, payload, &signature, &key.key, out);
  }
  co_return out;
}

Task<Authenticated> SigV4Authenticator::authenticate_v2(http::Request& request, SigV2 signature) {
  if (!signature.presigned) {
    check_skew(signature.time, request.header("x-amz-date").value_or(signature.date));
  } else if (wall_.now() > signature.time) {
    throw Error(err::access_denied, "Request has expired")
        .with("Expires", iso8601_seconds(signature.time))
        .with("ServerTime", iso8601_seconds(wall_.now()));
  }
  const Credential credential = co_await find_credential(signature.access_key_id, signature.session_token);
  std::string text = string_to_sign_v2(request, signature, bucket_of_host(request.host, options_.domains));
  if (!equal_in_constant_time(sign_v2(credential.secret_access_key, text), signature.signature)) {
    throw_mismatch(signature.access_key_id, std::move(text), signature.signature, {});
  }
  Authenticated out;
  out.principal = credential.principal;
  out.region = options_.region;
  out.signature_version = "AWS";
  out.auth_type = signature.presigned ? "REST-QUERY-STRING" : "REST-HEADER";
  if (!signature.presigned) out.signature_age = std::max(wall_.now() - signature.time, Milliseconds(0));
  const std::string_view content_sha256 = request.header("x-amz-content-sha256").value_or("UNSIGNED-PAYLOAD");
  const Payload payload = payload_of(content_sha256);
  if (payload == Payload::chunked || payload == Payload::chunked_trailer) {
    throw Error(err::invalid_request, "Signed chunks need a signature of version 4.");
  }
  attach_body(request, content_sha256, payload, nullptr, nullptr, out);
  co_return out;
}

Task<Authenticated> SigV4Authenticator::authenticate_form(FormSignature form) {
  const bool v4 = !form.algorithm.empty() || !form.credential.empty() || !form.signature.empty();
  const bool v2 = !form.access_key_id.empty() || !form.version2_signature.empty();
  if (v4 && v2) throw Error(err::invalid_argument, "Only one auth mechanism allowed in a form");
  if (v4) return authenticate_form_v4(std::move(form));
  // A policy that nobody signed says nothing.
  if (v2 || !form.policy.empty()) return authenticate_form_v2(std::move(form));
  return [](Authenticated nobody) -> Task<Authenticated> { co_return std::move(nobody); }({});
}

Task<Authenticated> SigV4Authenticator::authenticate_form_v4(FormSignature form) {
  need_field(form.policy, "policy");
  need_field(form.algorithm, "X-Amz-Algorithm");
  need_field(form.credential, "X-Amz-Credential");
  need_field(form.date, "X-Amz-Date");
  need_field(form.signature, "X-Amz-Signature");
  const auto refuse = [](std::string_view field, const std::string& value, const char* why) {
    throw Error(err::invalid_argument, why).with("ArgumentName", std::string(field)).with("ArgumentValue", value);
  };
  if (form.algorithm != sigv4_algorithm) {
    refuse("X-Amz-Algorithm", form.algorithm, "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
  }
  const auto scope = parse_credential_scope(form.credential);
  if (!scope) refuse("X-Amz-Credential", form.credential, "The X-Amz-Credential field is malformed.");
  const auto time = parse_iso8601(form.date);
  if (!time) refuse("X-Amz-Date", form.date, "X-Amz-Date must be formated via ISO8601 Long format");
  SigV4 signature;
  signature.scope = *scope;
  signature.timestamp = form.date;
  signature.time = *time;
  check_scope(signature, "s3");
  // How long it may be used, the policy says.
  const Credential credential = co_await find_credential(scope->access_key_id, form.session_token);
  const SigningKey& key = signing_key(credential, *scope);
  if (!equal_in_constant_time(to_hex(key.mac(as_bytes(form.policy))), form.signature)) {
    throw_mismatch(scope->access_key_id, form.policy, form.signature, {});
  }
  Authenticated out;
  out.principal = credential.principal;
  out.region = scope->region;
  out.signature_version = sigv4_algorithm;
  out.auth_type = "POST";
  out.signature_age = std::max(wall_.now() - *time, Milliseconds(0));
  co_return out;
}

Task<Authenticated> SigV4Authenticator::authenticate_form_v2(FormSignature form) {
  need_field(form.policy, "policy");
  need_field(form.access_key_id, "AWSAccessKeyId");
  need_field(form.version2_signature, "signature");
  const Credential credential = co_await find_credential(form.access_key_id, form.session_token);
  if (!equal_in_constant_time(sign_v2(credential.secret_access_key, form.policy), form.version2_signature)) {
    throw_mismatch(form.access_key_id, form.policy, form.version2_signature, {});
  }
  Authenticated out;
  out.principal = credential.principal;
  out.region = options_.region;
  out.signature_version = "AWS";
  out.auth_type = "POST";
  co_return out;
}

Task<Credential> SigV4Authenticator::find_credential(std::string_view access_key_id, std::string_view session_token) {
  auto found = co_await credentials_.find(std::string(access_key_id), std::string(session_token));
  const bool token_missing = found && !found->session_token.empty() && session_token.empty();
  if (!found || token_missing || (!found->active && session_token.empty())) {
    throw Error(err::invalid_access_key_id, "The AWS Access Key Id you provided does not exist in our records.")
        .with("AWSAccessKeyId", std::string(access_key_id));
  }
  if (!found->active || !equal_in_constant_time(found->session_token, session_token)) {
    throw Error(err::invalid_token, "The provided token is malformed or otherwise invalid.");
  }
  if (found->expires && wall_.now() >= *found->expires) {
    throw Error(err::expired_token, "The provided token has expired.");
  }
  co_return std::move(*found);
}

void SigV4Authenticator::check_scope(const SigV4& signature, std::string_view service) const {
  const auto refuse = [&](std::string what, const char* s3_name) {
    if (service != "s3") return Error(err::signature_does_not_match, std::move(what));
    return Error(signature.presigned ? err::authorization_query_parameters : err::authorization_header_malformed,
                 (signature.presigned ? "Error parsing the X-Amz-Credential parameter; "
                                      : "The authorization header is malformed; ") +
                     std::string(s3_name));
  };
  const CredentialScope& scope = signature.scope;
  if (scope.service != service) {
    const std::string s3 = "incorrect service \"" + std::string(scope.service) + "\". This endpoint belongs to \"s3\".";
    throw refuse("Credential should be scoped to correct service: '" + std::string(service) + "'. ", s3.c_str());
  }
  const bool global =
      scope.region == "us-east-1" && std::ranges::find(global_services, service) != std::end(global_services);
  if (scope.region != options_.region && !global) {
    const std::string s3 =
        "the region '" + std::string(scope.region) + "' is wrong; expecting '" + options_.region + "'";
    Error refused =
        refuse("Credential should be scoped to a valid region. ", s3.c_str()).with("Region", options_.region);
    // To a HEAD there is no body that could say it.
    throw service == "s3" ? std::move(refused).with_header("x-amz-bucket-region", options_.region) : std::move(refused);
  }
  if (scope.date != signature.timestamp.substr(0, 8)) {
    const std::string s3 = "Invalid credential date \"" + std::string(scope.date) +
                           "\". This date is not the same as X-Amz-Date: \"" +
                           std::string(signature.timestamp.substr(0, 8)) + "\".";
    throw refuse("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" +
                     std::string(scope.date) + "' != '" + std::string(signature.timestamp.substr(0, 8)) + "'.",
                 s3.c_str());
  }
}

void SigV4Authenticator::check_time(const SigV4& signature) const {
  if (!signature.expires) return check_skew(signature.time, signature.timestamp);
  const Timestamp now = wall_.now();
  if (signature.time > now + max_skew) throw Error(err::access_denied, "Request is not valid yet");
  if (now > signature.time + *signature.expires) {
    throw Error(err::access_denied, "Request has expired")
        .with("X-Amz-Expires", std::to_string(signature.expires->count()))
        .with("Expires", iso8601_seconds(signature.time + *signature.expires))
        .with("ServerTime", iso8601_seconds(now));
  }
}

void SigV4Authenticator::check_skew(Timestamp signed_at, std::string_view spelled) const {
  const Timestamp now = wall_.now();
  if (signed_at <= now + max_skew && signed_at >= now - max_skew) return;
  throw Error(err::request_time_too_skewed,
              "The difference between the request time and the current time is too large.")
      .with("RequestTime", std::string(spelled))
      .with("ServerTime", iso8601_seconds(now))
      .with("MaxAllowedSkewMilliseconds", std::to_string(max_skew.count()));
}

}  // namespace tarn::aws
