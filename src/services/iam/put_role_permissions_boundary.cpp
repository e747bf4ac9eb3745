// PutRolePermissionsBoundary: the most that a role's policies can give.
#include "api/iam/put_role_permissions_boundary.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<PutRolePermissionsBoundaryOutput> put_role_permissions_boundary(Iam& iam,
                                                                     PutRolePermissionsBoundaryRequest request) {
  co_await iam.directory().put_boundary(iam.access, identity::EntityKind::role, request.role_name,
                                        request.permissions_boundary);
  co_return PutRolePermissionsBoundaryOutput{};
}

}  // namespace tarn::iam
