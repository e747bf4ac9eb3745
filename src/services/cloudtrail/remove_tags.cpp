// RemoveTags: tags less for a trail.
#include "api/cloudtrail/remove_tags.h"

#include <algorithm>

#include "services/cloudtrail/cloudtrail.h"

namespace tarn::cloudtrail {

Task<RemoveTagsOutput> remove_tags(CloudTrail& cloudtrail, RemoveTagsRequest request) {
  audit::Trail trail = co_await cloudtrail.find("cloudtrail:RemoveTags", request.resource_id);
  std::erase_if(trail.tags, [&](const auto& tag) {
    return std::ranges::any_of(request.tags_list, [&](const Tag& each) { return each.key == tag.first; });
  });
  co_await cloudtrail.replace(std::move(trail), false);
  co_return RemoveTagsOutput{};
}

}  // namespace tarn::cloudtrail
