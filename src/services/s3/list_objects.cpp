// ListObjects: the first version of the listing; goes on by marker.
#include "api/s3/list_objects.h"

#include "services/s3/listing.h"

namespace tarn::s3 {

Task<ListObjectsOutput> list_objects(S3& s3, ListObjectsRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const std::int32_t max = page_size(request.max_keys, "max-keys");
  objects::Listing listing = co_await s3.objects.list(s3.access, {.bucket = bucket_name(request.bucket),
                                                                  .prefix = request.prefix.value_or(""),
                                                                  .delimiter = request.delimiter.value_or(""),
                                                                  .after = request.marker.value_or(""),
                                                                  .max = static_cast<std::size_t>(max)});
  const Encoder encode(request.encoding_type);
  ListObjectsOutput output;
  output.name = request.bucket;
  output.prefix = encode(request.prefix.value_or(""));
  output.marker = encode(request.marker.value_or(""));
  if (request.delimiter && !request.delimiter->empty()) output.delimiter = encode(request.delimiter);
  output.max_keys = std::min(max, 1000);
  output.encoding_type = request.encoding_type;
  output.is_truncated = listing.truncated;
  // As documented: only with a delimiter; without one the last key is the marker.
  if (listing.truncated && output.delimiter) output.next_marker = encode(std::string(listing.next_after));
  if (!listing.objects.empty()) output.contents.emplace().reserve(listing.objects.size());
  std::vector<Owner> owners = co_await owners_of(s3, listing);
  for (std::size_t i = 0; i < owners.size(); ++i) {
    output.contents->push_back(listed_as<Object>(listing.objects[i], encode));
    output.contents->back().owner = std::move(owners[i]);
  }
  set_common_prefixes(listing.common_prefixes, encode, output.common_prefixes);
  co_return output;
}

}  // namespace tarn::s3
