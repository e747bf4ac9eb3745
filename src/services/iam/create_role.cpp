// CreateRole: a role, with who may assume it.
#include "api/iam/create_role.h"

#include "services/iam/iam.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<CreateRoleOutput> create_role(Iam& iam, CreateRoleRequest request) {
  const auto role = co_await iam.directory().create_role(
      iam.access, {.name = request.role_name,
                   .path = request.path.value_or("/"),
                   .trust_policy = request.assume_role_policy_document,
                   .description = request.description.value_or(""),
                   .max_session_seconds = request.max_session_duration.value_or(3600),
                   .boundary = request.permissions_boundary.value_or(""),
                   .tags = tags_of(request.tags)});
  co_return CreateRoleOutput{.role = role_shape(role, true)};
}

}  // namespace tarn::iam
