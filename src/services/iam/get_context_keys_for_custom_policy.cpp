// GetContextKeysForCustomPolicy: the condition keys that given policies ask for.
#include "api/iam/get_context_keys_for_custom_policy.h"

#include "services/iam/iam.h"
#include "services/iam/simulation.h"

namespace tarn::iam {

Task<GetContextKeysForCustomPolicyOutput> get_context_keys_for_custom_policy(
    Iam&, GetContextKeysForCustomPolicyRequest request) {
  std::vector<std::string> keys;
  for (const std::string& text : request.policy_input_list) add_context_keys(*input_policy(0, text).document, keys);
  GetContextKeysForCustomPolicyOutput output;
  output.context_key_names = std::move(keys);
  co_return output;
}

}  // namespace tarn::iam
