// TagResource: these tags beside those that are there, or in place of those of the same keys.
#include "api/s3control/tag_resource.h"

#include "objects/errors.h"
#include "objects/tags.h"
#include "services/s3control/s3control.h"

namespace tarn::s3control {

Task<TagResourceOutput> tag_resource(S3control& s3control, TagResourceRequest request) {
  own_account(s3control, request.account_id);
  objects::Tags asked;
  for (Tag& tag : request.tags) objects::add_tag(asked, std::move(tag.key), std::move(tag.value));
  co_await s3control.objects.change_bucket_tags(
      s3control.access, tagged_bucket(request.resource_arn), "s3:TagResource", [&asked](objects::Tags& tags) {
        for (const auto& [key, value] : asked) objects::set_tag(tags, key, value);
        if (tags.size() > objects::most_bucket_tags) {
          throw Error(objects::errors::invalid_tag, "A bucket has 50 tags at most.");
        }
      });
  co_return TagResourceOutput{};
}

}  // namespace tarn::s3control
