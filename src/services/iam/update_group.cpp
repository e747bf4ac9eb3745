// UpdateGroup: another name or path for a group.
#include "api/iam/update_group.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<UpdateGroupOutput> update_group(Iam& iam, UpdateGroupRequest request) {
  co_await iam.directory().update_group(iam.access, request.group_name, request.new_group_name, request.new_path);
  co_return UpdateGroupOutput{};
}

}  // namespace tarn::iam
