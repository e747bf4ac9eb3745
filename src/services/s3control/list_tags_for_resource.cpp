// ListTagsForResource: none is an empty list here, not an error as of GetBucketTagging.
#include "api/s3control/list_tags_for_resource.h"

#include "services/s3control/s3control.h"

namespace tarn::s3control {

Task<ListTagsForResourceOutput> list_tags_for_resource(S3control& s3control, ListTagsForResourceRequest request) {
  own_account(s3control, request.account_id);
  const objects::BucketPointer bucket = co_await s3control.objects.bucket(
      s3control.access, tagged_bucket(request.resource_arn), "s3:ListTagsForResource");
  ListTagsForResourceOutput output;
  output.tags.emplace();
  if (const auto* kept = bucket->configuration(objects::ConfigurationKind::tagging)) {
    for (auto& [key, value] : objects::unpack_tags(kept->document)) {
      output.tags->push_back({.key = std::move(key), .value = std::move(value)});
    }
  }
  co_return output;
}

}  // namespace tarn::s3control
