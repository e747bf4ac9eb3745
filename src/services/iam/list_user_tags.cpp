// ListUserTags: the tags of a user.
#include "api/iam/list_user_tags.h"

#include "services/iam/iam.h"
#include "services/iam/page.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<ListUserTagsOutput> list_user_tags(Iam& iam, ListUserTagsRequest request) {
  const auto entity =
      co_await iam.directory().entity(iam.access, identity::EntityKind::user, request.user_name, "iam:ListUserTags");
  ListUserTagsOutput output;
  output.tags = take_page("ListUserTags", tags_shape(entity.tags), &Tag::key, request, output);
  co_return output;
}

}  // namespace tarn::iam
