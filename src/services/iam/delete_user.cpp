// DeleteUser: a user on whom nothing hangs any more.
#include "api/iam/delete_user.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<DeleteUserOutput> delete_user(Iam& iam, DeleteUserRequest request) {
  co_await iam.directory().delete_user(iam.access, request.user_name);
  co_return DeleteUserOutput{};
}

}  // namespace tarn::iam
