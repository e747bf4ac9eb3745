#include "aws/sigv2.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "aws/sigv4.h"
#include "base/digest.h"
#include "base/encoding.h"

namespace tarn::aws {
namespace {

namespace err = signature_errors;

// Parameters that name a part of a resource, or change the answer's headers: only these are signed, by
// botocore as by S3. Sorted.
constexpr std::string_view signed_parameters[] = {"accelerate",
                                                  "acl",
                                                  "analytics",
                                                  "cors",
                                                  "defaultObjectAcl",
                                                  "delete",
                                                  "inventory",
                                                  "lifecycle",
                                                  "location",
                                                  "logging",
                                                  "metrics",
                                                  "notification",
                                                  "object-lock",
                                                  "partNumber",
                                                  "policy",
                                                  "replication",
                                                  "requestPayment",
                                                  "response-cache-control",
                                                  "response-content-disposition",
                                                  "response-content-encoding",
                                                  "response-content-language",
                                                  "response-content-type",
                                                  "response-expires",
                                                  "restore",
                                                  "select",
                                                  "select-type",
                                                  "storageClass",
                                                  "tagging",
                                                  "torrent",
                                                  "uploadId",
                                                  "uploads",
                                                  "versionId",
                                                  "versioning",
                                                  "versions",
                                                  "website"};
static_assert(std::ranges::is_sorted(signed_parameters));

bool is_signed(std::string_view parameter) {
  return std::ranges::binary_search(signed_parameters, parameter);
}

// A header; in presigned URLs its place may be taken by a parameter of the same name.
std::string_view header_or_parameter(const http::Request& request, const SigV2& signature, std::string_view name) {
  if (signature.presigned) {
    if (const auto value = request.parameter(name)) return *value;
  }
  return request.header(name).value_or("");
}

void append_amz_headers(std::string& out, const http::Request& request, const SigV2& signature) {
  std::map<std::string, std::string> headers;
  const auto add = [&headers](const http::Field& field) {
    std::string name = to_lower(field.name);
    if (!name.starts_with("x-amz-")) return;
    std::string& value = headers[std::move(name)];
    if (!value.empty()) value += ',';
    value += trim(field.value);
  };
  std::ranges::for_each(request.headers, add);
  if (signature.presigned) std::ranges::for_each(request.query, add);
  for (const auto& [name, value] : headers) out.append(name).append(":").append(value).append("\n");
}

void append_resource(std::string& out, const http::Request& request, std::string_view bucket) {
  if (!bucket.empty()) out.append("/").append(bucket);
  out += request.raw_path;
  // A bucket alone is signed with a slash behind it, whether it is sent with one or not.
  if (bucket.empty() && request.raw_path.size() > 1 && request.raw_path.find('/', 1) == std::string_view::npos) {
    out += '/';
  }
  std::vector<http::Field> parameters;
  std::ranges::copy_if(request.query, std::back_inserter(parameters),
                       [](const http::Field& field) { return is_signed(field.name); });
  std::ranges::sort(parameters, {}, &http::Field::name);
  char separator = '?';
  for (const auto& [name, value] : parameters) {
    out += std::exchange(separator, '&');
    out += name;
    if (!value.empty()) out.append("=").append(value);
  }
}

// "+0000" for "GMT" is how the documentation writes it.
std::optional<Timestamp> parse_date(std::string_view text) {
  constexpr std::string_view offset = "+0000";
  if (!text.ends_with(offset)) return parse_http_date(text);
  return parse_http_date(std::string(text.substr(0, text.size() - offset.size())) + "GMT");
}

}  // namespace

SigV2 read_sigv2_header(const http::Request& request, std::string_view authorization) {
  SigV2 signature;
  authorization.remove_prefix(std::string_view("AWS ").size());
  authorization = trim(authorization);
  const std::size_t colon = authorization.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon > 128) {
    throw Error(err::invalid_argument, "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature");
  }
  signature.access_key_id = authorization.substr(0, colon);
  signature.signature = authorization.substr(colon + 1);
  signature.session_token = request.header("x-amz-security-token").value_or("");
  const auto amz_date = request.header("x-amz-date");
  const auto date = amz_date ? amz_date : request.header("date");
  const auto time = date ? parse_date(*date) : std::nullopt;
  if (!time) throw Error(err::access_denied, "AWS authentication requires a valid Date or x-amz-date header");
  signature.time = *time;
  if (!amz_date) signature.date = *date;
  return signature;
}

SigV2 read_sigv2_query(const http::Request& request) {
  SigV2 signature;
  signature.presigned = true;
  signature.access_key_id = request.parameter("AWSAccessKeyId").value_or("");
  signature.signature = request.parameter("Signature").value_or("");
  signature.date = request.parameter("Expires").value_or("");
  signature.session_token = header_or_parameter(request, signature, "x-amz-security-token");
  if (signature.access_key_id.empty() || signature.access_key_id.size() > 128 || signature.signature.empty() ||
      signature.date.empty()) {
    throw Error(err::access_denied,
                "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters");
  }
  std::int64_t seconds = 0;
  const auto* const end = signature.date.data() + signature.date.size();
  // Ten thousand years are enough, and no overflow in milliseconds.
  if (std::from_chars(signature.date.data(), end, seconds).ptr != end || seconds < 0 || seconds > 253402300799) {
    throw Error(err::access_denied, "Invalid date (should be seconds since epoch): " + std::string(signature.date));
  }
  signature.time = from_millis(seconds * 1000);
  return signature;
}

std::string string_to_sign_v2(const http::Request& request, const SigV2& signature, std::string_view bucket) {
  std::string out;
  out.append(request.method).append("\n");
  out.append(header_or_parameter(request, signature, "content-md5")).append("\n");
  out.append(header_or_parameter(request, signature, "content-type")).append("\n");
  out.append(signature.date).append("\n");
  append_amz_headers(out, request, signature);
  append_resource(out, request, bucket);
  return out;
}

std::string sign_v2(std::string_view secret_access_key, std::string_view text) {
  return to_base64(as_bytes(hmac_sha1(secret_access_key, text)));
}

}  // namespace tarn::aws
