// GetGroup: a group and a page of its members.
#include "api/iam/get_group.h"

#include "services/iam/iam.h"
#include "services/iam/page.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<GetGroupOutput> get_group(Iam& iam, GetGroupRequest request) {
  const auto [group, members] = co_await iam.directory().group(iam.access, request.group_name);
  std::vector<User> users;
  for (const identity::User& member : members) users.push_back(user_shape(member, false));
  GetGroupOutput output;
  output.group = group_shape(group);
  output.users = take_page("GetGroup", std::move(users), &User::user_name, request, output);
  co_return output;
}

}  // namespace tarn::iam
