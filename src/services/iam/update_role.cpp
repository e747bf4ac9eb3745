// UpdateRole: a role's description and longest session.
#include "api/iam/update_role.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<UpdateRoleOutput> update_role(Iam& iam, UpdateRoleRequest request) {
  co_await iam.directory().update_role(iam.access, request.role_name, request.description,
                                       request.max_session_duration);
  co_return UpdateRoleOutput{};
}

}  // namespace tarn::iam
