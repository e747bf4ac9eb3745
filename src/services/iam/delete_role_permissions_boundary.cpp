// DeleteRolePermissionsBoundary: no bound for a role's policies any more.
#include "api/iam/delete_role_permissions_boundary.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<DeleteRolePermissionsBoundaryOutput> delete_role_permissions_boundary(
    Iam& iam, DeleteRolePermissionsBoundaryRequest request) {
  co_await iam.directory().delete_boundary(iam.access, identity::EntityKind::role, request.role_name);
  co_return DeleteRolePermissionsBoundaryOutput{};
}

}  // namespace tarn::iam
