#include "aws/sigv4.h"

#include <algorithm>
#include <charconv>

#include "base/encoding.h"

namespace tarn::aws {
namespace {

namespace err = signature_errors;

constexpr std::size_t max_signed_headers = 200;

std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view front = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return front;
}

bool is_digits(std::string_view text, std::size_t size) {
  return text.size() == size && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_hex(std::string_view text) {
  return text.size() == 64 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Error malformed_header(std::string_view what) {
  return {err::authorization_header_malformed, "The authorization header is malformed; " + std::string(what)};
}

Error bad_query(std::string_view what) {
  return {err::authorization_query_parameters, std::string(what)};
}

std::vector<std::string_view> split_signed_headers(std::string_view text) {
  std::vector<std::string_view> names;
  names.reserve(static_cast<std::size_t>(std::ranges::count(text, ';')) + 1);
  while (!text.empty() && names.size() < max_signed_headers) names.push_back(take_until(text, ';'));
  return names;
}

// "20130524T000000Z" only: the scope and the skew depend on it.
std::optional<Timestamp> parse_timestamp(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  return parse_iso8601(text);
}

// Trims, and folds blanks inside to one.
void append_folded(std::string& out, std::string_view value) {
  value = trim(value);
  if (value.find_first_of(" \t") == std::string_view::npos) {
    out += value;
    return;
  }
  bool blank = false;
  for (const char c : value) {
    if (c == ' ' || c == '\t') {
      blank = true;
      continue;
    }
    if (std::exchange(blank, false)) out += ' ';
    out += c;
  }
}

// RFC 3986's removal of dot segments, and of empty ones, as AWS does for all services but S3.
std::string tidied_path(std::string_view path) {
  std::vector<std::string_view> segments;
  for (std::string_view rest = path; !rest.empty();) {
    const std::string_view segment = take_until(rest, '/');
    if (segment.empty() || segment == ".") continue;
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else {
      segments.push_back(segment);
    }
  }
  std::string out;
  for (const auto segment : segments) out.append("/").append(segment);
  if (out.empty() || path.ends_with('/')) out += '/';
  return out;
}

void append_canonical_query(std::string& out, const http::Request& request, bool presigned) {
  std::vector<std::pair<std::string, std::string>> parameters;
  parameters.reserve(request.query.size());
  for (const http::Field& field : request.query) {
    if (presigned && field.name == "X-Amz-Signature") continue;
    parameters.emplace_back(uri_encode(field.name), uri_encode(field.value));
  }
  std::ranges::sort(parameters);
  bool first = true;
  for (const auto& [name, value] : parameters) {
    if (!std::exchange(first, false)) out += '&';
    out.append(name).append("=").append(value);
  }
}

void append_canonical_header(std::string& out, const http::Request& request, std::string_view name) {
  out.append(name).append(":");
  bool first = true;
  for (const http::Field& field : request.headers) {
    if (field.name.size() != name.size() || !equal_ignoring_case(field.name, name)) continue;
    if (!std::exchange(first, false)) out += ',';
    append_folded(out, field.value);
  }
  // An absolute target's authority stands for the header.
  if (first && name == "host") out += request.host;
  out += '\n';
}

std::string_view required_parameter(const http::Request& request, std::string_view name) {
  const auto value = request.parameter(name);
  if (!value || value->empty()) {
    throw bad_query(
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
        "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.");
  }
  return *value;
}

std::chrono::seconds parse_expires(std::string_view text) {
  constexpr std::int64_t week = 604800;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) {
    throw bad_query("X-Amz-Expires should be a number");
  }
  if (seconds < 0) throw bad_query("X-Amz-Expires must be non-negative");
  if (error == std::errc::result_out_of_range || seconds > week) {
    throw bad_query(
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
        "604800 seconds");
  }
  return std::chrono::seconds(seconds);
}

}  // namespace

std::optional<CredentialScope> parse_credential_scope(std::string_view text) {
  // Taken from the back: an access key id could have a slash, its scope has none.
  CredentialScope scope;
  const auto take_last = [&text] {
    const std::size_t slash = text.rfind('/');
    if (slash == std::string_view::npos) return std::string_view();
    const std::string_view last = text.substr(slash + 1);
    text = text.substr(0, slash);
    return last;
  };
  const std::string_view whole = text;
  const std::string_view terminator = take_last();
  scope.service = take_last();
  scope.region = take_last();
  scope.date = take_last();
  scope.access_key_id = text;
  if (terminator != "aws4_request" || scope.service.empty() || scope.region.empty() || !is_digits(scope.date, 8) ||
      scope.access_key_id.empty() || scope.access_key_id.size() > 128) {
    return std::nullopt;
  }
  scope.text = whole.substr(scope.access_key_id.size() + 1);
  return scope;
}

SigV4 parse_authorization(std::string_view parameters) {
  SigV4 signature;
  std::optional<CredentialScope> scope;
  while (!parameters.empty()) {
    std::string_view value = trim(take_until(parameters, ','));
    const std::string_view name = take_until(value, '=');
    if (name == "Credential") {
      scope = parse_credential_scope(value);
      if (!scope) {
        throw malformed_header(
            "the Credential is mis-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
      }
    } else if (name == "SignedHeaders") {
      signature.signed_headers_text = value;
    } else if (name == "Signature") {
      signature.signature = value;
    }
  }
  if (!scope) throw malformed_header("the authorization header requires three components: Credential.");
  if (signature.signed_headers_text.empty()) throw malformed_header("missing SignedHeaders.");
  if (!is_hex(signature.signature)) throw malformed_header("the Signature is not 64 lower-case hexadecimal digits.");
  signature.scope = *scope;
  signature.signed_headers = split_signed_headers(signature.signed_headers_text);
  return signature;
}

SigV4 read_sigv4_header(const http::Request& request, std::string_view authorization) {
  authorization.remove_prefix(std::min(sigv4_algorithm.size(), authorization.size()));
  SigV4 signature = parse_authorization(trim(authorization));
  const auto amz_date = request.header("x-amz-date");
  const auto timestamp = amz_date ? amz_date : request.header("date");
  const auto time = timestamp ? parse_timestamp(*timestamp) : std::nullopt;
  if (!time) throw Error(err::access_denied, "AWS authentication requires a valid Date or x-amz-date header");
  signature.timestamp = *timestamp;
  signature.time = *time;
  signature.session_token = request.header("x-amz-security-token").value_or("");
  return signature;
}

SigV4 read_sigv4_query(const http::Request& request) {
  SigV4 signature;
  signature.presigned = true;
  if (required_parameter(request, "X-Amz-Algorithm") != sigv4_algorithm) {
    throw bad_query("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"");
  }
  const auto scope = parse_credential_scope(required_parameter(request, "X-Amz-Credential"));
  if (!scope) {
    throw bad_query(
        "Error parsing the X-Amz-Credential parameter; the Credential is mis-formed; expecting "
        "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
  }
  signature.scope = *scope;
  signature.timestamp = required_parameter(request, "X-Amz-Date");
  const auto time = parse_timestamp(signature.timestamp);
  if (!time) throw bad_query("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  signature.time = *time;
  signature.signed_headers_text = required_parameter(request, "X-Amz-SignedHeaders");
  signature.signed_headers = split_signed_headers(signature.signed_headers_text);
  signature.expires = parse_expires(required_parameter(request, "X-Amz-Expires"));
  signature.signature = required_parameter(request, "X-Amz-Signature");
  signature.session_token = request.parameter("X-Amz-Security-Token").value_or("");
  return signature;
}

std::string canonical_request(const http::Request& request, const SigV4& signature, std::string_view payload_hash,
                              bool is_s3) {
  std::string out;
  out.reserve(512 + request.target.size() * 2);
  out.append(request.method).append("\n");
  out.append(is_s3 ? uri_encode(request.path, true) : uri_encode(tidied_path(request.raw_path), true)).append("\n");
  append_canonical_query(out, request, signature.presigned);
  out += '\n';
  for (const auto name : signature.signed_headers) append_canonical_header(out, request, name);
  out.append("\n").append(signature.signed_headers_text).append("\n").append(payload_hash);
  return out;
}

std::string string_to_sign(const SigV4& signature, std::string_view canonical_request) {
  std::string out;
  out.reserve(160);
  out.append(sigv4_algorithm).append("\n").append(signature.timestamp).append("\n");
  out.append(signature.scope.text).append("\n").append(to_hex(sha256(canonical_request)));
  return out;
}

Sha256 derive_signing_key(std::string_view secret_access_key, const CredentialScope& scope) {
  Sha256 key = hmac_sha256("AWS4" + std::string(secret_access_key), scope.date);
  for (const auto part : {scope.region, scope.service, std::string_view("aws4_request")}) {
    key = hmac_sha256(std::span<const std::byte>(key), as_bytes(part));
  }
  return key;
}

std::string sign(const Sha256& signing_key, std::string_view text) {
  return to_hex(hmac_sha256(std::span<const std::byte>(signing_key), as_bytes(text)));
}

}  // namespace tarn::aws
