// RemoveUserFromGroup: a member less.
#include "api/iam/remove_user_from_group.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<RemoveUserFromGroupOutput> remove_user_from_group(Iam& iam, RemoveUserFromGroupRequest request) {
  co_await iam.directory().remove_from_group(iam.access, request.group_name, request.user_name);
  co_return RemoveUserFromGroupOutput{};
}

}  // namespace tarn::iam
