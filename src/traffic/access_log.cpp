#include "traffic/access_log.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/encoding.h"
#include "base/pack.h"

namespace tarn::traffic {
namespace {

constexpr std::uint8_t format_version = 1;

struct Spelling {
  std::string_view operation;
  std::string_view logged;
};
// What the method and the first word of the query do not tell.
constexpr Spelling spellings[] = {{"ListBuckets", "REST.GET.SERVICE"},
                                  {"CopyObject", "REST.COPY.OBJECT"},
                                  {"UploadPart", "REST.PUT.PART"},
                                  {"UploadPartCopy", "REST.COPY.PART"},
                                  {"CompleteMultipartUpload", "REST.POST.UPLOAD"},
                                  {"AbortMultipartUpload", "REST.DELETE.UPLOAD"},
                                  {"ListParts", "REST.GET.UPLOAD"},
                                  {"DeleteObjects", "REST.POST.MULTI_OBJECT_DELETE"},
                                  {"PostObject", "REST.POST.OBJECT"},
                                  {"GetBucketPolicy", "REST.GET.BUCKETPOLICY"},
                                  {"PutBucketPolicy", "REST.PUT.BUCKETPOLICY"},
                                  {"DeleteBucketPolicy", "REST.DELETE.BUCKETPOLICY"},
                                  {"GetBucketLogging", "REST.GET.LOGGING_STATUS"},
                                  {"PutBucketLogging", "REST.PUT.LOGGING_STATUS"},
                                  {"ListObjectVersions", "REST.GET.BUCKETVERSIONS"},
                                  {"GetPublicAccessBlock", "REST.GET.PUBLIC_ACCESS_BLOCK"},
                                  {"PutPublicAccessBlock", "REST.PUT.PUBLIC_ACCESS_BLOCK"},
                                  {"DeletePublicAccessBlock", "REST.DELETE.PUBLIC_ACCESS_BLOCK"},
                                  {"GetBucketRequestPayment", "REST.GET.REQUEST_PAYMENT"},
                                  {"PutBucketRequestPayment", "REST.PUT.REQUEST_PAYMENT"}};

// Sub-resources as they stand first in a query.
constexpr std::string_view subresources[] = {
    "accelerate",  "acl",        "analytics", "attributes", "cors",    "encryption",        "intelligent-tiering",
    "inventory",   "lifecycle",  "location",  "legal-hold", "metrics", "notification",      "object-lock",
    "restore",     "retention",  "select",    "tagging",    "uploads", "ownershipControls", "policyStatus",
    "replication", "versioning", "website"};

std::string upper(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return out;
}

std::string resource_of(const aws::ServedRequest& request) {
  const std::size_t question = request.target.find('?');
  if (question != std::string::npos) {
    const std::string_view query = std::string_view(request.target).substr(question + 1);
    const std::string_view first = query.substr(0, query.find_first_of("=&"));
    for (const std::string_view known : subresources) {
      if (first == known) return upper(known);
    }
  }
  return request.key.empty() ? "BUCKET" : "OBJECT";
}

// "06/Feb/2019:00:00:38 +0000"
std::string log_time(Timestamp time) {
  // Tue, 15 Jan 2013 10:30:00 GMT
  const std::string date = http_date(time);
  return date.substr(5, 2) + "/" + date.substr(8, 3) + "/" + date.substr(12, 4) + ":" + date.substr(17, 8) + " +0000";
}

std::string or_dash(std::string text) {
  return text.empty() ? "-" : text;
}
std::string number_or_dash(std::uint64_t number) {
  return number == 0 ? "-" : std::to_string(number);
}

// Between quotes, so that no client can forge a field or a line.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += uri_encode(std::string_view(&c, 1));
    } else {
      out += c;
    }
  }
  return out + "\"";
}
// The same where no quotes stand around it.
std::string bare(std::string_view text) {
  std::string out = quoted(text);
  out = out.substr(1, out.size() - 2);
  for (char& c : out) {
    if (c == ' ') c = '+';
  }
  return or_dash(out);
}

std::string requester_of(const policy::Principal& principal) {
  if (principal.kind == policy::Principal::Kind::anonymous) return "-";
  if (principal.kind == policy::Principal::Kind::root && principal.account) {
    return policy::canonical_user_id(*principal.account);
  }
  return or_dash(principal.arn);
}

std::string signature_of(const aws::ServedRequest& request) {
  if (request.signature_version.empty()) return "-";
  return request.signature_version == "AWS" ? "SigV2" : "SigV4";
}

std::string joined(const std::array<std::string, 26>& fields) {
  std::string line;
  for (const std::string& field : fields) line += (line.empty() ? "" : " ") + field;
  return line + "\n";
}

// Of a key that was not deleted; the answer tells its code only.
std::string status_of(std::string_view error_code) {
  if (error_code == "AccessDenied") return "403";
  if (error_code == "PreconditionFailed") return "412";
  if (error_code == "NoSuchKey") return "404";
  if (error_code == "ConditionalRequestConflict") return "409";
  return error_code == "InternalError" ? "500" : "400";
}

std::string authentication_of(const aws::ServedRequest& request) {
  if (request.auth_type == "REST-HEADER") return "AuthHeader";
  if (request.auth_type == "REST-QUERY-STRING") return "QueryString";
  return or_dash(request.auth_type);
}

}  // namespace

std::string pack(const LoggingConfiguration& configuration) {
  std::string document;
  Packer(document)
      .byte(format_version)
      .text(configuration.target_bucket)
      .text(configuration.prefix)
      .byte(configuration.simple_prefix)
      .byte(configuration.partitioned ? static_cast<std::uint8_t>(*configuration.partitioned) : 0);
  return document;
}

LoggingConfiguration unpack_logging(std::string_view document) {
  Unpacker in(document);
  if (in.byte() != format_version) throw std::runtime_error("a logging configuration has an unknown format");
  LoggingConfiguration configuration;
  configuration.target_bucket = in.text();
  configuration.prefix = in.text();
  configuration.simple_prefix = in.byte() != 0;
  if (const std::uint8_t source = in.byte()) configuration.partitioned = static_cast<DateSource>(source);
  return configuration;
}

std::string log_key(const LoggingConfiguration& configuration, const objects::Bucket& source, Timestamp delivered,
                    std::optional<Timestamp> day, std::string_view unique) {
  // 2013-01-15T10:30:00Z
  const std::string time = iso8601_seconds(day.value_or(delivered));
  const std::string clock = day ? "00-00-00" : time.substr(11, 2) + "-" + time.substr(14, 2) + "-" + time.substr(17, 2);
  std::string key = configuration.prefix;
  if (configuration.partitioned) {
    key += source.owner.text() + "/" + source.region + "/" + source.name.text() + "/" + time.substr(0, 4) + "/" +
           time.substr(5, 2) + "/" + time.substr(8, 2) + "/";
  }
  return key + time.substr(0, 10) + "-" + clock + "-" + std::string(unique);
}

std::string log_operation(const aws::ServedRequest& request) {
  if (request.website) return "WEBSITE." + upper(request.method) + ".OBJECT";
  for (const Spelling& spelling : spellings) {
    if (spelling.operation == request.operation) return std::string(spelling.logged);
  }
  return "REST." + bare(upper(request.method)) + "." + resource_of(request);
}

std::string log_line(const objects::Bucket& bucket, const aws::ServedRequest& request) {
  const auto milliseconds = [](Milliseconds time) { return std::to_string(std::max<std::int64_t>(time.count(), 1)); };
  const std::array<std::string, 26> fields{policy::canonical_user_id(bucket.owner),
                                           bucket.name.text(),
                                           "[" + log_time(request.received) + "]",
                                           or_dash(request.peer_ip),
                                           requester_of(request.principal),
                                           request.request_id,
                                           log_operation(request),
                                           or_dash(uri_encode(request.key, true)),
                                           quoted(request.method + " " + request.target + " HTTP/1.1"),
                                           std::to_string(request.status),
                                           or_dash(request.error_code),
                                           number_or_dash(request.bytes_sent),
                                           request.object_size ? std::to_string(*request.object_size) : "-",
                                           milliseconds(request.total),
                                           milliseconds(request.turn_around),
                                           quoted(or_dash(request.referer)),
                                           quoted(or_dash(request.user_agent)),
                                           or_dash(request.version_id),
                                           request.request_id,  // The host's id.
                                           signature_of(request),
                                           or_dash(request.tls_cipher),
                                           authentication_of(request),
                                           bare(request.host),
                                           or_dash(request.tls_version),
                                           "-",                    // No access points.
                                           "- " + bucket.region};  // Whether a list was needed, is not told apart.
  return joined(fields);
}

std::string log_lines(const objects::Bucket& bucket, const aws::ServedRequest& request) {
  std::string lines = log_line(bucket, request);
  for (const aws::ServedRequest::Item& item : request.items) {
    const bool deleted = item.error_code.empty();
    lines += joined(std::array<std::string, 26>{policy::canonical_user_id(bucket.owner),
                                                bucket.name.text(),
                                                "[" + log_time(request.received) + "]",
                                                or_dash(request.peer_ip),
                                                requester_of(request.principal),
                                                request.request_id,
                                                "BATCH.DELETE.OBJECT",
                                                or_dash(uri_encode(item.key, true)),
                                                "-",
                                                deleted ? "204" : status_of(item.error_code),
                                                or_dash(item.error_code),
                                                "-",
                                                "-",
                                                "-",
                                                "-",
                                                "-",
                                                "-",
                                                bare(item.version_id),
                                                request.request_id,
                                                signature_of(request),
                                                or_dash(request.tls_cipher),
                                                authentication_of(request),
                                                bare(request.host),
                                                or_dash(request.tls_version),
                                                "-",
                                                "- " + bucket.region});
  }
  return lines;
}

}  // namespace tarn::traffic
