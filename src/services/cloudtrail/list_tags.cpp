// ListTags: the tags of several trails.
#include "api/cloudtrail/list_tags.h"

#include "services/cloudtrail/cloudtrail.h"
#include "services/cloudtrail/shapes.h"

namespace tarn::cloudtrail {

Task<ListTagsOutput> list_tags(CloudTrail& cloudtrail, ListTagsRequest request) {
  ListTagsOutput output;
  output.resource_tag_list.emplace();
  for (const std::string& id : request.resource_id_list) {
    const audit::Trail trail = co_await cloudtrail.find("cloudtrail:ListTags", id);
    output.resource_tag_list->push_back({.resource_id = id, .tags_list = tag_shapes(trail.tags)});
  }
  co_return output;
}

}  // namespace tarn::cloudtrail
