// ListObjectsV2: keys in byte order, page by page.
#include "api/s3/list_objects_v2.h"

#include "services/s3/listing.h"

namespace tarn::s3 {
namespace {

// A continuation token is the key to go on after, in base64: opaque, and stateless.
std::string after_of(const ListObjectsV2Request& request) {
  if (!request.continuation_token) return request.start_after.value_or("");
  const auto after = from_base64(*request.continuation_token);
  if (!after || after->empty()) {
    throw Error(errors::invalid_argument, "The continuation token provided is incorrect")
        .with("ArgumentName", "continuation-token");
  }
  return *after;
}

}  // namespace

Task<ListObjectsV2Output> list_objects_v2(S3& s3, ListObjectsV2Request request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const std::int32_t max = page_size(request.max_keys, "max-keys");
  objects::Listing listing = co_await s3.objects.list(s3.access, {.bucket = bucket_name(request.bucket),
                                                                  .prefix = request.prefix.value_or(""),
                                                                  .delimiter = request.delimiter.value_or(""),
                                                                  .after = after_of(request),
                                                                  .max = static_cast<std::size_t>(max)});
  const Encoder encode(request.encoding_type);
  ListObjectsV2Output output;
  output.name = request.bucket;
  output.prefix = encode(request.prefix.value_or(""));
  if (request.delimiter && !request.delimiter->empty()) output.delimiter = encode(request.delimiter);
  output.max_keys = std::min(max, 1000);
  output.encoding_type = request.encoding_type;
  output.continuation_token = request.continuation_token;
  output.start_after = encode(request.start_after);
  output.key_count = static_cast<std::int32_t>(listing.objects.size() + listing.common_prefixes.size());
  output.is_truncated = listing.truncated;
  if (listing.truncated) output.next_continuation_token = to_base64(as_bytes(listing.next_after));
  if (!listing.objects.empty()) output.contents.emplace().reserve(listing.objects.size());
  std::vector<Owner> owners;
  if (request.fetch_owner.value_or(false)) owners = co_await owners_of(s3, listing);
  for (std::size_t i = 0; i < listing.objects.size(); ++i) {
    objects::ListedObject& object = listing.objects[i];
    output.contents->push_back(listed_as<Object>(object, encode));
    if (!owners.empty()) output.contents->back().owner = std::move(owners[i]);
    if (request.optional_object_attributes && (object.restoring || object.restored_until)) {
      output.contents->back().restore_status =
          RestoreStatus{.is_restore_in_progress = object.restoring, .restore_expiry_date = object.restored_until};
    }
  }
  set_common_prefixes(listing.common_prefixes, encode, output.common_prefixes);
  co_return output;
}

}  // namespace tarn::s3
