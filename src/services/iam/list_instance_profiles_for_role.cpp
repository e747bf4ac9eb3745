// ListInstanceProfilesForRole: none: Tarn has no instances.
#include "api/iam/list_instance_profiles_for_role.h"

#include "services/iam/iam.h"
#include "services/iam/page.h"

namespace tarn::iam {

Task<ListInstanceProfilesForRoleOutput> list_instance_profiles_for_role(Iam& iam,
                                                                        ListInstanceProfilesForRoleRequest request) {
  (void)co_await iam.directory().role(iam.access, request.role_name, "iam:ListInstanceProfilesForRole");
  refuse_marker(request);
  co_return ListInstanceProfilesForRoleOutput{.instance_profiles = {}, .is_truncated = false, .marker = {}};
}

}  // namespace tarn::iam
