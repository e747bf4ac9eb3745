// PutUserPermissionsBoundary: the most that a user's policies can give.
#include "api/iam/put_user_permissions_boundary.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<PutUserPermissionsBoundaryOutput> put_user_permissions_boundary(Iam& iam,
                                                                     PutUserPermissionsBoundaryRequest request) {
  co_await iam.directory().put_boundary(iam.access, identity::EntityKind::user, request.user_name,
                                        request.permissions_boundary);
  co_return PutUserPermissionsBoundaryOutput{};
}

}  // namespace tarn::iam
