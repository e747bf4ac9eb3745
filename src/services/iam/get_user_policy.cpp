// GetUserPolicy: a policy of a user's own.
#include "api/iam/get_user_policy.h"

#include "services/iam/iam.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<GetUserPolicyOutput> get_user_policy(Iam& iam, GetUserPolicyRequest request) {
  const std::string document = co_await iam.directory().inline_policy(iam.access, identity::EntityKind::user,
                                                                      request.user_name, request.policy_name);
  co_return GetUserPolicyOutput{
      .user_name = request.user_name, .policy_name = request.policy_name, .policy_document = encoded(document)};
}

}  // namespace tarn::iam
