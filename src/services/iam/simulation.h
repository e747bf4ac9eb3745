// Simulation: the evaluator asked about what nobody does. The same evaluator that decides real requests.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/iam/errors.h"
#include "api/iam/types/context_entry.h"
#include "api/iam/types/evaluation_result.h"
#include "identity/account_state.h"
#include "policy/evaluator.h"
#include "services/iam/page.h"

namespace tarn::iam {

struct Simulation {
  policy::Principal principal;
  policy::PolicySet policies;
  std::shared_ptr<const policy::Document> resource_policy;
  std::optional<AccountId> resource_owner;
  policy::Facts facts;
};

// A policy of the request: "PolicyInputList.1". Refused as InvalidInput if it does not parse.
policy::AttachedPolicy input_policy(std::size_t index, const std::string& text);
void set_boundary(Simulation& simulation, const std::optional<std::vector<std::string>>& input);

// A user's, group's or role's policies. Refused as NoSuchEntity.
Simulation simulation_of(const identity::AccountState& state, const std::string& arn);
// Who asks: a user of the account where an ARN is given, else nobody in particular.
policy::Principal simulated_caller(const identity::AccountState& state, const std::optional<std::string>& arn);

void set_resource_side(Simulation& simulation, const std::optional<std::string>& resource_policy,
                       const std::optional<std::string>& owner);
policy::Facts facts_of(const std::vector<ContextEntry>& entries);

EvaluationResult evaluate_one(const Simulation& simulation, const std::string& action, const std::string& resource);
void add_context_keys(const policy::Document& document, std::vector<std::string>& keys);

template <typename Request>
void set_circumstances(Simulation& simulation, const Request& request) {
  set_resource_side(simulation, request.resource_policy, request.resource_owner);
  if (request.context_entries) simulation.facts = facts_of(*request.context_entries);
}

// Every action on every resource, a page of them.
template <typename Output, typename Request>
Output simulate(const Simulation& simulation, const Request& request) {
  const auto resources = request.resource_arns.value_or(std::vector<std::string>{"*"});
  std::vector<std::pair<std::string, std::string>> questions;
  for (const std::string& action : request.action_names) {
    for (const std::string& resource : resources) questions.emplace_back(action, resource);
  }
  Output output;
  const auto key = [](const auto& question) { return question.first + "\n" + question.second; };
  const auto page = take_page("SimulatePolicy", std::move(questions), key, request, output);
  output.evaluation_results.emplace();
  for (const auto& [action, resource] : page) {
    output.evaluation_results->push_back(evaluate_one(simulation, action, resource));
  }
  return output;
}

}  // namespace tarn::iam
