// UntagRole: tags less for a role.
#include "api/iam/untag_role.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<UntagRoleOutput> untag_role(Iam& iam, UntagRoleRequest request) {
  co_await iam.directory().untag(iam.access, identity::EntityKind::role, request.role_name, request.tag_keys);
  co_return UntagRoleOutput{};
}

}  // namespace tarn::iam
