// ListUsers: users under a path.
#include "api/iam/list_users.h"

#include "services/iam/iam.h"
#include "services/iam/page.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<ListUsersOutput> list_users(Iam& iam, ListUsersRequest request) {
  const auto state = co_await iam.directory().state(iam.access);
  std::vector<User> users;
  for (const auto& [name, user] : state->users) {
    if (has_path(user->value.path, request.path_prefix)) users.push_back(user_shape(user->value, false));
  }
  ListUsersOutput output;
  output.users = take_page("ListUsers", std::move(users), &User::user_name, request, output);
  co_return output;
}

}  // namespace tarn::iam
