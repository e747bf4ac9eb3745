// SimulatePrincipalPolicy: what the policies of a user, group or role decide, with given ones besides.
#include "api/iam/simulate_principal_policy.h"

#include "services/iam/iam.h"
#include "services/iam/simulation.h"

namespace tarn::iam {

Task<SimulatePrincipalPolicyOutput> simulate_principal_policy(Iam& iam, SimulatePrincipalPolicyRequest request) {
  co_await iam.access.require("iam:SimulatePrincipalPolicy", request.policy_source_arn);
  if (request.policy_exclusion_list && !request.policy_exclusion_list->empty()) {
    throw Error(tarn::errors::not_implemented, "Tarn does not implement PolicyExclusionList.");
  }
  const auto state = co_await iam.directory().state(iam.access);
  Simulation simulation = simulation_of(*state, request.policy_source_arn);
  for (const std::string& text : request.policy_input_list.value_or(std::vector<std::string>{})) {
    simulation.policies.identity.push_back(input_policy(simulation.policies.identity.size(), text));
  }
  if (request.permissions_boundary_policy_input_list) {
    set_boundary(simulation, request.permissions_boundary_policy_input_list);
  }
  if (request.caller_arn) simulation.principal = simulated_caller(*state, request.caller_arn);
  set_circumstances(simulation, request);
  co_return simulate<SimulatePrincipalPolicyOutput>(simulation, request);
}

}  // namespace tarn::iam
