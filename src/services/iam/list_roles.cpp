// ListRoles: roles under a path.
#include "api/iam/list_roles.h"

#include "services/iam/iam.h"
#include "services/iam/page.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<ListRolesOutput> list_roles(Iam& iam, ListRolesRequest request) {
  const auto state = co_await iam.directory().state(iam.access);
  std::vector<Role> roles;
  for (const auto& [name, role] : state->roles) {
    if (has_path(role->value.path, request.path_prefix)) roles.push_back(role_shape(role->value, false));
  }
  ListRolesOutput output;
  output.roles = take_page("ListRoles", std::move(roles), &Role::role_name, request, output);
  co_return output;
}

}  // namespace tarn::iam
