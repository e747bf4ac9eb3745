// DeleteRole: a role without policies; its sessions end with it.
#include "api/iam/delete_role.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<DeleteRoleOutput> delete_role(Iam& iam, DeleteRoleRequest request) {
  co_await iam.directory().delete_role(iam.access, request.role_name);
  co_return DeleteRoleOutput{};
}

}  // namespace tarn::iam
