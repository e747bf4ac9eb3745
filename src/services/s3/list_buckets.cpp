// ListBuckets: those of the caller's account, by name.
#include "api/s3/list_buckets.h"

#include "base/encoding.h"
#include "services/s3/common.h"

namespace tarn::s3 {

Task<ListBucketsOutput> list_buckets(S3& s3, ListBucketsRequest request) {
  objects::BucketListRequest wanted;
  wanted.prefix = request.prefix.value_or("");
  if (request.max_buckets) wanted.max = static_cast<std::size_t>(*request.max_buckets);
  if (request.continuation_token) {
    const auto after = from_base64(*request.continuation_token);
    if (!after) {
      throw Error(errors::invalid_argument, "The continuation token provided is incorrect")
          .with("ArgumentName", "continuation-token");
    }
    wanted.after = *after;
  }
  const objects::BucketList list = co_await s3.objects.list_buckets(s3.access, std::move(wanted));
  ListBucketsOutput output;
  output.buckets.emplace();
  // Newer SDKs ask with parameters and are told more.
  const bool detailed = request.max_buckets || request.prefix || request.continuation_token || request.bucket_region;
  for (const objects::BucketPointer& bucket : list.buckets) {
    if (request.bucket_region && bucket->region != *request.bucket_region) continue;
    Bucket listed{.name = bucket->name.text(), .creation_date = bucket->created};
    if (detailed) {
      listed.bucket_region = bucket->region;
      listed.bucket_arn = bucket->arn();
    }
    output.buckets->push_back(std::move(listed));
  }
  if (list.next_after) output.continuation_token = to_base64(as_bytes(*list.next_after));
  output.prefix = request.prefix;
  if (s3.access.principal().account) output.owner = owner_of(*s3.access.principal().account);
  co_return output;
}

}  // namespace tarn::s3
