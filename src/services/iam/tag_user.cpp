// TagUser: tags of a user, new or replaced.
#include "api/iam/tag_user.h"

#include "services/iam/iam.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<TagUserOutput> tag_user(Iam& iam, TagUserRequest request) {
  co_await iam.directory().tag(iam.access, identity::EntityKind::user, request.user_name, tags_of(request.tags));
  co_return TagUserOutput{};
}

}  // namespace tarn::iam
