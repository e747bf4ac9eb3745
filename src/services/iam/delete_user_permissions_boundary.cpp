// DeleteUserPermissionsBoundary: no bound for a user's policies any more.
#include "api/iam/delete_user_permissions_boundary.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<DeleteUserPermissionsBoundaryOutput> delete_user_permissions_boundary(
    Iam& iam, DeleteUserPermissionsBoundaryRequest request) {
  co_await iam.directory().delete_boundary(iam.access, identity::EntityKind::user, request.user_name);
  co_return DeleteUserPermissionsBoundaryOutput{};
}

}  // namespace tarn::iam
