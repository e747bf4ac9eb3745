// GetUser: a user, or the caller where none is named.
#include "api/iam/get_user.h"

#include "services/iam/iam.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<GetUserOutput> get_user(Iam& iam, GetUserRequest request) {
  const auto user = co_await iam.directory().user(iam.access, request.user_name.value_or(""));
  co_return GetUserOutput{.user = user_shape(user, true)};
}

}  // namespace tarn::iam
