// UntagUser: tags less for a user.
#include "api/iam/untag_user.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<UntagUserOutput> untag_user(Iam& iam, UntagUserRequest request) {
  co_await iam.directory().untag(iam.access, identity::EntityKind::user, request.user_name, request.tag_keys);
  co_return UntagUserOutput{};
}

}  // namespace tarn::iam
