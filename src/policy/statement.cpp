#include "policy/statement.h"

#include <algorithm>

#include "policy/evaluator.h"

namespace tarn::policy {
namespace {

Grant named_by(const PrincipalPattern& pattern, const Principal& caller) {
  using Kind = PrincipalPattern::Kind;
  switch (pattern.kind) {
    case Kind::everyone:
      return Grant::everyone;
    case Kind::account:
      if (!caller.account || caller.account->text() != pattern.value) return Grant::none;
      return caller.is_root() ? Grant::exact : Grant::account;
    case Kind::arn:
      if (caller.arn == pattern.value) return Grant::exact;
      return !caller.role_arn.empty() && caller.role_arn == pattern.value ? Grant::role : Grant::none;
    case Kind::unique_id: {
      if (caller.user_id == pattern.value) return Grant::exact;
      const std::string_view id = caller.user_id;
      return id.substr(0, id.find(':')) == pattern.value ? Grant::role : Grant::none;
    }
    case Kind::service:
      return caller.kind == Principal::Kind::service && caller.arn == pattern.value ? Grant::exact : Grant::none;
    case Kind::canonical_user:
      if (!caller.account || canonical_user_id(*caller.account) != pattern.value) return Grant::none;
      return caller.is_root() ? Grant::exact : Grant::account;
    case Kind::federated:
      return Grant::none;  // No provider is ever configured.
  }
  return Grant::none;
}

}  // namespace

bool Statement::matches_action(const Context& context) const {
  const bool any =
      std::ranges::any_of(actions, [&](const Pattern& pattern) { return pattern.matches(context.action(), context); });
  return any != not_action;
}

bool Statement::matches_resource(const Context& context) const {
  if (!has_resource) return true;
  const auto matches = [&](const ArnPattern& pattern) { return pattern.matches(context.resource(), context); };
  if (!not_resource) return std::ranges::any_of(resources, matches);
  // A variable without a value makes the statement not match, in NotResource too.
  const auto lacks = [&](const ArnPattern& pattern) {
    return std::ranges::any_of(pattern.fields(),
                               [&](const Pattern& field) { return field.has_variables() && !field.expand(context); });
  };
  return std::ranges::none_of(resources, lacks) && std::ranges::none_of(resources, matches);
}

bool Statement::matches_conditions(const Context& context) const {
  return std::ranges::all_of(conditions, [&](const Condition& condition) { return condition.holds(context); });
}

Grant Statement::names_caller(const Context& context) const {
  Grant best = Grant::none;
  for (const PrincipalPattern& pattern : principals) best = std::max(best, named_by(pattern, context.principal()));
  if (!not_principal) return best;
  return best == Grant::none ? Grant::everyone : Grant::none;
}

}  // namespace tarn::policy
