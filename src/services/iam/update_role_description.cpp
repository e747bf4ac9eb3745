// UpdateRoleDescription: a role's description.
#include "api/iam/update_role_description.h"

#include "services/iam/iam.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<UpdateRoleDescriptionOutput> update_role_description(Iam& iam, UpdateRoleDescriptionRequest request) {
  const auto role = co_await iam.directory().update_role(iam.access, request.role_name, request.description,
                                                         std::nullopt, "iam:UpdateRoleDescription");
  co_return UpdateRoleDescriptionOutput{.role = role_shape(role, true)};
}

}  // namespace tarn::iam
