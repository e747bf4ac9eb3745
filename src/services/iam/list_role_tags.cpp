// ListRoleTags: the tags of a role.
#include "api/iam/list_role_tags.h"

#include "services/iam/iam.h"
#include "services/iam/page.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<ListRoleTagsOutput> list_role_tags(Iam& iam, ListRoleTagsRequest request) {
  const auto entity =
      co_await iam.directory().entity(iam.access, identity::EntityKind::role, request.role_name, "iam:ListRoleTags");
  ListRoleTagsOutput output;
  output.tags = take_page("ListRoleTags", tags_shape(entity.tags), &Tag::key, request, output);
  co_return output;
}

}  // namespace tarn::iam
