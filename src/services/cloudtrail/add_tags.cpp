// AddTags: tags of a trail, new or replaced.
#include "api/cloudtrail/add_tags.h"

#include "services/cloudtrail/cloudtrail.h"
#include "services/cloudtrail/shapes.h"

namespace tarn::cloudtrail {

Task<AddTagsOutput> add_tags(CloudTrail& cloudtrail, AddTagsRequest request) {
  audit::Trail trail = co_await cloudtrail.find("cloudtrail:AddTags", request.resource_id);
  set_tags(trail.tags, request.tags_list);
  co_await cloudtrail.replace(std::move(trail), false);
  co_return AddTagsOutput{};
}

}  // namespace tarn::cloudtrail
