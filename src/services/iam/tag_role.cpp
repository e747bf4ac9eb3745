// TagRole: tags of a role, new or replaced.
#include "api/iam/tag_role.h"

#include "services/iam/iam.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<TagRoleOutput> tag_role(Iam& iam, TagRoleRequest request) {
  co_await iam.directory().tag(iam.access, identity::EntityKind::role, request.role_name, tags_of(request.tags));
  co_return TagRoleOutput{};
}

}  // namespace tarn::iam
