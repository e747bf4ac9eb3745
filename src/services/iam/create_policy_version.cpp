// CreatePolicyVersion: another version of a policy, perhaps the one in force.
#include "api/iam/create_policy_version.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<CreatePolicyVersionOutput> create_policy_version(Iam& iam, CreatePolicyVersionRequest request) {
  const auto version = co_await iam.directory().create_policy_version(
      iam.access, request.policy_arn, request.policy_document, request.set_as_default.value_or(false));
  PolicyVersion shape;
  shape.version_id = version.id;
  shape.is_default_version = request.set_as_default.value_or(false);
  shape.create_date = version.created;
  co_return CreatePolicyVersionOutput{.policy_version = std::move(shape)};
}

}  // namespace tarn::iam
