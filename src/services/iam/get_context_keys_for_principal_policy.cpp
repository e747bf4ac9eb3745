// GetContextKeysForPrincipalPolicy: the condition keys that the policies of a user, group or role ask for.
#include "api/iam/get_context_keys_for_principal_policy.h"

#include "services/iam/iam.h"
#include "services/iam/simulation.h"

namespace tarn::iam {

Task<GetContextKeysForPrincipalPolicyOutput> get_context_keys_for_principal_policy(
    Iam& iam, GetContextKeysForPrincipalPolicyRequest request) {
  co_await iam.access.require("iam:GetContextKeysForPrincipalPolicy", request.policy_source_arn);
  const auto state = co_await iam.directory().state(iam.access);
  const Simulation simulation = simulation_of(*state, request.policy_source_arn);
  std::vector<std::string> keys;
  for (const auto& policy : simulation.policies.identity) add_context_keys(*policy.document, keys);
  for (const std::string& text : request.policy_input_list.value_or(std::vector<std::string>{})) {
    add_context_keys(*input_policy(0, text).document, keys);
  }
  GetContextKeysForPrincipalPolicyOutput output;
  output.context_key_names = std::move(keys);
  co_return output;
}

}  // namespace tarn::iam
