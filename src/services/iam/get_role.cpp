// GetRole: a role.
#include "api/iam/get_role.h"

#include "services/iam/iam.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<GetRoleOutput> get_role(Iam& iam, GetRoleRequest request) {
  const auto role = co_await iam.directory().role(iam.access, request.role_name);
  co_return GetRoleOutput{.role = role_shape(role, true)};
}

}  // namespace tarn::iam
