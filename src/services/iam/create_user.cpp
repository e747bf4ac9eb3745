// CreateUser: a user without any right.
#include "api/iam/create_user.h"

#include "services/iam/iam.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<CreateUserOutput> create_user(Iam& iam, CreateUserRequest request) {
  const auto user =
      co_await iam.directory().create_user(iam.access, {.name = request.user_name,
                                                        .path = request.path.value_or("/"),
                                                        .boundary = request.permissions_boundary.value_or(""),
                                                        .tags = tags_of(request.tags)});
  co_return CreateUserOutput{.user = user_shape(user, true)};
}

}  // namespace tarn::iam
