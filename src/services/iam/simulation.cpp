#include "services/iam/simulation.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/os/clock.h"
#include "identity/rules.h"

namespace tarn::iam {
namespace {

std::shared_ptr<const policy::Document> parse_input(const std::string& text, policy::DocumentKind kind) {
  try {
    return policy::Document::parse(text, kind);
  } catch (const Error& error) {
    throw Error(errors::invalid_input_exception, "Invalid policy input: " + error.message());
  }
}

PolicySourceType source_type(const policy::Decision& decision) {
  if (decision.layer == "resource-based policy") return PolicySourceType::resource;
  if (decision.policy_id.starts_with("arn:aws:iam::aws:")) return PolicySourceType::aws_managed;
  if (decision.policy_id.starts_with("arn:")) return PolicySourceType::user_managed;
  return PolicySourceType::none;
}

// Condition keys that the policies ask for and the question does not tell.
std::vector<std::string> missing_keys(const Simulation& simulation, const policy::Context& context) {
  std::vector<std::string> keys;
  for (const auto& policy : simulation.policies.identity) add_context_keys(*policy.document, keys);
  if (simulation.policies.boundary) add_context_keys(*simulation.policies.boundary->document, keys);
  if (simulation.resource_policy) add_context_keys(*simulation.resource_policy, keys);
  std::erase_if(keys, [&](const std::string& key) { return context.find(to_lower(key)) != nullptr; });
  return keys;
}

}  // namespace

policy::AttachedPolicy input_policy(std::size_t index, const std::string& text) {
  return {"PolicyInputList." + std::to_string(index + 1), parse_input(text, policy::DocumentKind::identity)};
}

void set_boundary(Simulation& simulation, const std::optional<std::vector<std::string>>& input) {
  if (!input || input->empty()) return;
  if (input->size() > 1) {
    throw Error(errors::invalid_input_exception, "Only one permissions boundary policy can be simulated.");
  }
  simulation.policies.boundary = policy::AttachedPolicy{"PermissionsBoundaryPolicyInputList.1",
                                                        parse_input(input->front(), policy::DocumentKind::identity)};
}

policy::Principal simulated_caller(const identity::AccountState& state, const std::optional<std::string>& arn) {
  policy::Principal principal{
      .kind = policy::Principal::Kind::user, .account = state.account.account.id, .arn = arn.value_or("")};
  if (!arn) return principal;
  const std::string name = arn->substr(arn->rfind('/') + 1);
  const auto* user = state.user(name);
  if (!user || user->value.arn != *arn) {
    throw Error(errors::invalid_input_exception, "Invalid caller ARN: " + *arn + " is no user of this account.");
  }
  principal.name = user->value.name;
  principal.user_id = user->value.id;
  for (const auto& [key, value] : user->value.tags) principal.tags[key] = value;
  return principal;
}

Simulation simulation_of(const identity::AccountState& state, const std::string& arn) {
  const std::string name = arn.substr(arn.rfind('/') + 1);
  Simulation simulation;
  if (const auto* user = state.user(name); user && user->value.arn == arn) {
    simulation.principal = simulated_caller(state, arn);
    simulation.policies = state.policies_of(*user);
    return simulation;
  }
  if (const auto* role = state.role(name); role && role->value.arn == arn) {
    simulation.principal = {.kind = policy::Principal::Kind::role_session,
                            .account = state.account.account.id,
                            .arn = arn,
                            .user_id = role->value.id,
                            .role_arn = arn};
    for (const auto& [key, value] : role->value.tags) simulation.principal.tags[key] = value;
    simulation.policies = state.policies_of(*role);
    return simulation;
  }
  if (const auto* group = state.group(name); group && group->value.arn == arn) {
    simulation.principal = simulated_caller(state, std::nullopt);
    for (const std::string& attached : group->value.attached_policies) {
      if (const auto* managed = state.policy(attached)) {
        simulation.policies.identity.push_back({attached, managed->document});
      }
    }
    for (const auto& own : group->inline_policies) simulation.policies.identity.push_back(own);
    return simulation;
  }
  throw Error(errors::no_such_entity_exception, "The entity with ARN " + arn + " cannot be found.");
}

void set_resource_side(Simulation& simulation, const std::optional<std::string>& resource_policy,
                       const std::optional<std::string>& owner) {
  if (resource_policy) simulation.resource_policy = parse_input(*resource_policy, policy::DocumentKind::resource);
  if (!owner) return;
  simulation.resource_owner = AccountId::parse(*owner);
  if (!simulation.resource_owner) simulation.resource_owner = policy::account_of_arn(*owner);
  if (!simulation.resource_owner) {
    throw Error(errors::invalid_input_exception, "Invalid resource owner: " + *owner);
  }
}

policy::Facts facts_of(const std::vector<ContextEntry>& entries) {
  policy::Facts facts;
  for (const ContextEntry& entry : entries) {
    if (!entry.context_key_name) continue;
    facts.emplace_back(*entry.context_key_name, entry.context_key_values.value_or(std::vector<std::string>{}));
  }
  return facts;
}

void add_context_keys(const policy::Document& document, std::vector<std::string>& keys) {
  for (const std::string& key : document.context_keys()) {
    const bool known = std::ranges::any_of(keys, [&](const auto& seen) { return equal_ignoring_case(seen, key); });
    if (!known) keys.push_back(key);
  }
}

EvaluationResult evaluate_one(const Simulation& simulation, const std::string& action, const std::string& resource) {
  const policy::Facts caller = policy::principal_facts(simulation.principal);
  // Given entries come first: a simulation may pretend to be anybody.
  const std::array<const policy::Facts*, 2> layers{&simulation.facts, &caller};
  const policy::Context context(simulation.principal, action, resource, layers, SystemClock().now());
  const policy::Decision decision = policy::evaluate(
      context, simulation.policies,
      {.policy = simulation.resource_policy.get(), .owner = simulation.resource_owner, .must_allow = false});
  EvaluationResult result;
  result.eval_action_name = action;
  result.eval_resource_name = resource;
  using Kind = policy::Decision::Kind;
  result.eval_decision = decision.kind == Kind::allow           ? PolicyEvaluationDecisionType::allowed
                         : decision.kind == Kind::explicit_deny ? PolicyEvaluationDecisionType::explicit_deny
                                                                : PolicyEvaluationDecisionType::implicit_deny;
  result.matched_statements.emplace();
  if (!decision.statement_id.empty()) {
    Statement statement;
    statement.source_policy_id = decision.policy_id.empty() ? "ResourcePolicy" : decision.policy_id;
    statement.source_policy_type = source_type(decision);
    result.matched_statements->push_back(std::move(statement));
  }
  result.missing_context_values = missing_keys(simulation, context);
  if (simulation.policies.boundary) {
    result.permissions_boundary_decision_detail =
        PermissionsBoundaryDecisionDetail{.allowed_by_permissions_boundary = decision.layer != "permissions boundary"};
  }
  if (!simulation.policies.service_control.empty()) {
    result.organizations_decision_detail =
        OrganizationsDecisionDetail{.allowed_by_organizations = decision.layer != "service control policy"};
  }
  return result;
}

}  // namespace tarn::iam
