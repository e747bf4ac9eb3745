// ListObjectVersions: all versions and delete markers, newest first within a key.
#include "api/s3/list_object_versions.h"

#include "services/s3/listing.h"

namespace tarn::s3 {

Task<ListObjectVersionsOutput> list_object_versions(S3& s3, ListObjectVersionsRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const std::int32_t max = page_size(request.max_keys, "max-keys");
  const bool named = request.version_id_marker && !request.version_id_marker->empty();
  if (named && !request.key_marker) {
    throw Error(errors::invalid_argument, "A version-id marker cannot be specified without a key marker.")
        .with("ArgumentName", "version-id-marker");
  }
  objects::Listing listing = co_await s3.objects.list_versions(
      s3.access, {.bucket = bucket_name(request.bucket),
                  .prefix = request.prefix.value_or(""),
                  .delimiter = request.delimiter.value_or(""),
                  .after = request.key_marker.value_or(""),
                  .after_version = named ? version_id(request.version_id_marker) : std::nullopt,
                  .max = static_cast<std::size_t>(max)});
  const Encoder encode(request.encoding_type);
  ListObjectVersionsOutput output;
  output.name = request.bucket;
  output.prefix = encode(request.prefix.value_or(""));
  output.key_marker = encode(request.key_marker.value_or(""));
  output.version_id_marker = request.version_id_marker.value_or("");
  if (request.delimiter && !request.delimiter->empty()) output.delimiter = encode(request.delimiter);
  output.max_keys = std::min(max, 1000);
  output.encoding_type = request.encoding_type;
  output.is_truncated = listing.truncated;
  if (listing.truncated) {
    output.next_key_marker = encode(std::string(listing.next_after));
    if (listing.next_version) output.next_version_id_marker = listing.next_version->text();
  }
  std::vector<Owner> owners = co_await owners_of(s3, listing);
  for (std::size_t i = 0; i < owners.size(); ++i) {
    objects::ListedObject& object = listing.objects[i];
    const std::string id = object.id().text();
    if (object.delete_marker) {
      if (!output.delete_markers) output.delete_markers.emplace();
      output.delete_markers->push_back({.owner = std::move(owners[i]),
                                        .key = encode(std::move(object.key)),
                                        .version_id = id,
                                        .is_latest = object.latest,
                                        .last_modified = std::chrono::floor<std::chrono::seconds>(object.modified)});
      continue;
    }
    if (!output.versions) output.versions.emplace();
    ObjectVersion version = listed_as<ObjectVersion>(object, encode);
    version.version_id = id;
    version.is_latest = object.latest;
    version.owner = std::move(owners[i]);
    output.versions->push_back(std::move(version));
  }
  set_common_prefixes(listing.common_prefixes, encode, output.common_prefixes);
  co_return output;
}

}  // namespace tarn::s3
