// DeleteGroup: a group without members and policies.
#include "api/iam/delete_group.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<DeleteGroupOutput> delete_group(Iam& iam, DeleteGroupRequest request) {
  co_await iam.directory().delete_group(iam.access, request.group_name);
  co_return DeleteGroupOutput{};
}

}  // namespace tarn::iam
