// CreateGroup: an empty group.
#include "api/iam/create_group.h"

#include "services/iam/iam.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<CreateGroupOutput> create_group(Iam& iam, CreateGroupRequest request) {
  const auto group = co_await iam.directory().create_group(
      iam.access, {.name = request.group_name, .path = request.path.value_or("/")});
  co_return CreateGroupOutput{.group = group_shape(group)};
}

}  // namespace tarn::iam
