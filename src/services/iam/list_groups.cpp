// ListGroups: groups under a path.
#include "api/iam/list_groups.h"

#include "services/iam/iam.h"
#include "services/iam/page.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<ListGroupsOutput> list_groups(Iam& iam, ListGroupsRequest request) {
  const auto state = co_await iam.directory().state(iam.access);
  std::vector<Group> groups;
  for (const auto& [name, group] : state->groups) {
    if (has_path(group->value.path, request.path_prefix)) groups.push_back(group_shape(group->value));
  }
  ListGroupsOutput output;
  output.groups = take_page("ListGroups", std::move(groups), &Group::group_name, request, output);
  co_return output;
}

}  // namespace tarn::iam
