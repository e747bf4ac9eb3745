// UpdateUser: another name or path for a user.
#include "api/iam/update_user.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<UpdateUserOutput> update_user(Iam& iam, UpdateUserRequest request) {
  co_await iam.directory().update_user(iam.access, request.user_name, request.new_user_name, request.new_path);
  co_return UpdateUserOutput{};
}

}  // namespace tarn::iam
