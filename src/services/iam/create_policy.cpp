// CreatePolicy: a managed policy with its first version.
#include "api/iam/create_policy.h"

#include "services/iam/iam.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<CreatePolicyOutput> create_policy(Iam& iam, CreatePolicyRequest request) {
  identity::PolicyUse use;
  use.policy = co_await iam.directory().create_policy(iam.access, {.name = request.policy_name,
                                                                   .path = request.path.value_or("/"),
                                                                   .document = request.policy_document,
                                                                   .description = request.description.value_or(""),
                                                                   .tags = tags_of(request.tags)});
  co_return CreatePolicyOutput{.policy = policy_shape(use, true)};
}

}  // namespace tarn::iam
