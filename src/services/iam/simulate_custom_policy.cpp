// SimulateCustomPolicy: what given policies would decide, without asking anybody.
#include "api/iam/simulate_custom_policy.h"

#include "services/iam/iam.h"
#include "services/iam/simulation.h"

namespace tarn::iam {

Task<SimulateCustomPolicyOutput> simulate_custom_policy(Iam& iam, SimulateCustomPolicyRequest request) {
  Simulation simulation;
  for (const std::string& text : request.policy_input_list) {
    simulation.policies.identity.push_back(input_policy(simulation.policies.identity.size(), text));
  }
  set_boundary(simulation, request.permissions_boundary_policy_input_list);
  for (const auto& level :
       request.ordered_organization_policy_input_list.value_or(std::vector<OrderedOrganizationPolicyType>{})) {
    auto& policies = simulation.policies.service_control.emplace_back();
    for (const std::string& text : level.service_control_policy_input_list.value_or(std::vector<std::string>{})) {
      policies.push_back(input_policy(policies.size(), text));
    }
  }
  const auto state = co_await iam.directory().state(iam.access);
  simulation.principal = simulated_caller(*state, request.caller_arn);
  set_circumstances(simulation, request);
  co_return simulate<SimulateCustomPolicyOutput>(simulation, request);
}

}  // namespace tarn::iam
