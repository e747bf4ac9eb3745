// ListGroupsForUser: the groups that a user is in.
#include "api/iam/list_groups_for_user.h"

#include "services/iam/iam.h"
#include "services/iam/page.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<ListGroupsForUserOutput> list_groups_for_user(Iam& iam, ListGroupsForUserRequest request) {
  std::vector<Group> groups;
  const auto joined = co_await iam.directory().groups_of(iam.access, request.user_name);
  for (const identity::Group& group : joined) groups.push_back(group_shape(group));
  ListGroupsForUserOutput output;
  output.groups = take_page("ListGroupsForUser", std::move(groups), &Group::group_name, request, output);
  co_return output;
}

}  // namespace tarn::iam
