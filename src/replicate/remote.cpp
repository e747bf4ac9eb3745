#include "replicate/remote.h"

#include <algorithm>

#include "aws/sigv4.h"
#include "base/blocking.h"
#include "base/encoding.h"

namespace tarn::replicate {
namespace {

constexpr std::uint64_t largest_put = 5ULL << 30;
constexpr std::size_t piece_bytes = 256 << 10;
constexpr std::chrono::milliseconds patience{600'000};
constexpr const char* unsigned_payload = "UNSIGNED-PAYLOAD";

void add_said(Headers& headers, const char* name, const std::string& value) {
  if (!value.empty()) headers.emplace_back(name, value);
}

std::string error_code(const std::string& body) {
  const std::size_t start = body.find("<Code>"), end = body.find("</Code>");
  return start == body.npos || end == body.npos || end < start ? "" : " " + body.substr(start + 6, end - start - 6);
}

}  // namespace

Headers sign(const Remote& remote, std::string_view method, const std::string& path, Headers headers, Timestamp now) {
  const std::string time = iso8601_basic(now);
  const std::string date = time.substr(0, 8);
  headers.emplace_back("x-amz-content-sha256", unsigned_payload);
  headers.emplace_back("x-amz-date", time);
  Headers all = headers;
  all.emplace_back("host", http::host_of(remote.url));
  for (auto& [name, value] : all) name = to_lower(name);
  std::ranges::sort(all);
  std::string canonical = std::string(method) + "\n" + path + "\n\n", names;
  for (const auto& [name, value] : all) {
    canonical += name + ":" + std::string(trim(value)) + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  canonical += "\n" + names + "\n" + unsigned_payload;
  const std::string scope = date + "/" + remote.region + "/s3/aws4_request";
  const std::string credential = remote.access_key_id + "/" + scope;
  const auto parsed = aws::parse_credential_scope(credential);
  if (!parsed) throw std::runtime_error("the key of a replication target is none");
  const std::string text = aws::string_to_sign({.scope = *parsed, .timestamp = time}, canonical);
  const std::string signature = aws::sign(aws::derive_signing_key(remote.secret_access_key, *parsed), text);
  headers.emplace_back("Authorization", std::string(aws::sigv4_algorithm) + " Credential=" + credential +
                                            ", SignedHeaders=" + names + ", Signature=" + signature);
  return headers;
}

Headers headers_of(const objects::ObjectVersion& version, std::optional<objects::StorageClass> storage_class,
                   Timestamp now) {
  Headers headers{{"x-tarn-replica-of", version.id().text()}};
  if (version.delete_marker) return headers;
  const objects::Description& said = version.description;
  add_said(headers, "Content-Type", said.content_type);
  add_said(headers, "Content-Encoding", said.content_encoding);
  add_said(headers, "Content-Language", said.content_language);
  add_said(headers, "Content-Disposition", said.content_disposition);
  add_said(headers, "Cache-Control", said.cache_control);
  add_said(headers, "Expires", said.expires);
  add_said(headers, "x-amz-website-redirect-location", said.website_redirect);
  for (const auto& [name, value] : said.metadata) headers.emplace_back("x-amz-meta-" + name, value);
  std::string tags;
  for (const auto& [name, value] : version.tags) {
    tags += (tags.empty() ? "" : "&") + uri_encode(name) + "=" + uri_encode(value);
  }
  add_said(headers, "x-amz-tagging", tags);
  headers.emplace_back("x-amz-storage-class", std::string(name_of(storage_class.value_or(version.storage_class))));
  // One that is over would be refused.
  if (version.lock.retention && version.lock.retention->until > now) {
    const bool governance = version.lock.retention->mode == objects::Retention::Mode::governance;
    headers.emplace_back("x-amz-object-lock-mode", governance ? "GOVERNANCE" : "COMPLIANCE");
    headers.emplace_back("x-amz-object-lock-retain-until-date", iso8601(version.lock.retention->until));
  }
  if (version.lock.legal_hold)
    headers.emplace_back("x-amz-object-lock-legal-hold", *version.lock.legal_hold ? "ON" : "OFF");
  if (version.checksum && version.checksum->type == objects::ChecksumType::full_object) {
    headers.emplace_back("x-amz-checksum-" + to_lower(name_of(version.checksum->algorithm)),
                         to_base64(as_bytes(version.checksum->value)));
  } else if (const auto md5 = from_hex(version.e_tag); version.parts == 0 && md5 && md5->size() == 16) {
    headers.emplace_back("Content-MD5", to_base64(as_bytes(*md5)));
  }
  return headers;
}

Task<void> send(const Remote& remote, std::string bucket, objects::ObjectVersion version,
                std::optional<objects::StorageClass> storage_class, std::unique_ptr<ByteStream> body, Timestamp now) {
  if (version.size > largest_put) {
    throw std::runtime_error("objects beyond 5 GiB are not replicated to other servers");
  }
  http::Url url = remote.url;
  std::string base = url.target;
  while (base.ends_with('/')) base.pop_back();
  url.target = base + "/" + bucket + "/" + uri_encode(version.key.text(), true);
  const char* const method = version.delete_marker ? "DELETE" : "PUT";
  const Headers headers = sign(remote, method, url.target, headers_of(version, storage_class, now), now);
  std::unique_ptr<http::Outgoing> outgoing;
  co_await blocking([&] { outgoing = std::make_unique<http::Outgoing>(url, method, headers, version.size, patience); });
  std::vector<std::byte> piece(body ? piece_bytes : 0);
  while (body) {
    const std::size_t count = co_await body->read(piece);
    if (count == 0) break;
    co_await blocking([&] { outgoing->write(as_text(std::span(piece).first(count))); });
  }
  const auto answer = co_await blocking([&] { return outgoing->finish(); });
  if (answer.status < 200 || answer.status > 299) {
    throw std::runtime_error("the other server answered " + std::to_string(answer.status) + error_code(answer.body));
  }
}

}  // namespace tarn::replicate
