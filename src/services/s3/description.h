// What requests say of an object beside its bytes, and how answers repeat it.
#pragma once

#include <string>
#include <string_view>

#include "base/encoding.h"
#include "objects/version.h"
#include "services/s3/common.h"
#include "services/s3/encryption.h"

namespace tarn::s3 {

inline constexpr std::string_view default_content_type = "binary/octet-stream";

// Names in lower case; throws MetadataTooLarge beyond 2 KiB.
std::map<std::string, std::string> checked_metadata(const std::map<std::string, std::string>& metadata);

// Of PutObject, CopyObject and CreateMultipartUpload.
template <typename Request>
objects::Description description_of(const Request& request) {
  objects::Description description;
  description.content_type = request.content_type.value_or(std::string(default_content_type));
  description.content_encoding = request.content_encoding.value_or("");
  description.content_language = request.content_language.value_or("");
  description.content_disposition = request.content_disposition.value_or("");
  description.cache_control = request.cache_control.value_or("");
  description.expires = request.expires.value_or("");
  description.website_redirect = request.website_redirect_location.value_or("");
  if (request.metadata) description.metadata = checked_metadata(*request.metadata);
  return description;
}

inline std::optional<std::string> said(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

// x-amz-replication-status; none for versions that no rule ever wanted elsewhere.
std::optional<ReplicationStatus> replication_status(objects::Replication replication);

// Of GetObject and HeadObject: everything that the version's row knows.
template <typename Output>
void describe(const objects::ObjectVersion& version, Output& output) {
  const objects::Description& description = version.description;
  output.accept_ranges = "bytes";
  output.last_modified = version.modified;
  output.e_tag = in_quotes(version.e_tag);
  output.version_id = version_header(version);
  output.content_type = description.content_type.empty() ? std::string(default_content_type) : description.content_type;
  output.content_encoding = said(description.content_encoding);
  output.content_language = said(description.content_language);
  output.content_disposition = said(description.content_disposition);
  output.cache_control = said(description.cache_control);
  output.expires = said(description.expires);
  output.website_redirect_location = said(description.website_redirect);
  if (!description.metadata.empty()) output.metadata = description.metadata;
  output.storage_class = storage_class_header(version.storage_class);
  output.restore = restore_header(version);
  tell_seal(version.seal, output);
  output.replication_status = replication_status(version.replication);
  if (!version.tags.empty()) output.tag_count = static_cast<std::int32_t>(version.tags.size());
}

// The response-… parameters of a signed request take the place of what was stored.
template <typename Request, typename Output>
void override_description(const S3& s3, const Request& request, Output& output) {
  if (!request.response_content_type && !request.response_content_language && !request.response_expires &&
      !request.response_cache_control && !request.response_content_disposition && !request.response_content_encoding) {
    return;
  }
  if (s3.access.principal().kind == policy::Principal::Kind::anonymous) {
    throw Error(errors::invalid_request,
                "Request specific response headers cannot be used for anonymous GET requests.");
  }
  if (request.response_content_type) output.content_type = request.response_content_type;
  if (request.response_content_language) output.content_language = request.response_content_language;
  if (request.response_expires) output.expires = http_date(*request.response_expires);
  if (request.response_cache_control) output.cache_control = request.response_cache_control;
  if (request.response_content_disposition) output.content_disposition = request.response_content_disposition;
  if (request.response_content_encoding) output.content_encoding = request.response_content_encoding;
}

}  // namespace tarn::s3
