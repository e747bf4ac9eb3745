// AddUserToGroup: a member more; adding one twice changes nothing.
#include "api/iam/add_user_to_group.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<AddUserToGroupOutput> add_user_to_group(Iam& iam, AddUserToGroupRequest request) {
  co_await iam.directory().add_to_group(iam.access, request.group_name, request.user_name);
  co_return AddUserToGroupOutput{};
}

}  // namespace tarn::iam
