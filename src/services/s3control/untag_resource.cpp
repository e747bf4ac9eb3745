// UntagResource: without the tags of these keys; keys that are not there are none's concern.
#include "api/s3control/untag_resource.h"

#include <algorithm>

#include "services/s3control/s3control.h"

namespace tarn::s3control {

Task<UntagResourceOutput> untag_resource(S3control& s3control, UntagResourceRequest request) {
  own_account(s3control, request.account_id);
  co_await s3control.objects.change_bucket_tags(
      s3control.access, tagged_bucket(request.resource_arn), "s3:UntagResource", [&request](objects::Tags& tags) {
        std::erase_if(tags, [&request](const auto& tag) {
          return std::ranges::find(request.tag_keys, tag.first) != request.tag_keys.end();
        });
      });
  co_return UntagResourceOutput{};
}

}  // namespace tarn::s3control
