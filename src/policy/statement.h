// One statement of a policy, compiled: its clauses and how each matches a request.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/condition.h"
#include "policy/pattern.h"

namespace tarn::policy {

class Context;

// How closely a principal clause names the caller; what an Allow is worth depends on it (see evaluator.h).
enum class Grant : std::uint8_t {
  none,
  account,   // Names the caller's account: leaves it to that account's identity policies.
  everyone,  // "*".
  role,      // Names the role that the caller's session was made from.
  exact,     // Names the caller itself: user, role session, federated user, root, service.
};

struct PrincipalPattern {
  enum class Kind : std::uint8_t { everyone, account, arn, unique_id, service, federated, canonical_user };
  Kind kind = Kind::everyone;
  std::string value;  // An account id, ARN, service name …
};

struct Statement {
  bool allow = false;
  std::string sid;
  std::string label;  // The Sid, or "#2" for the second statement.

  bool not_action = false;
  std::vector<Pattern> actions;

  bool has_resource = false;  // Trust policies have none: the role they hang on.
  bool not_resource = false;
  std::vector<ArnPattern> resources;

  bool has_principal = false;
  bool not_principal = false;
  std::vector<PrincipalPattern> principals;

  std::vector<Condition> conditions;

  bool matches_action(const Context& context) const;
  bool matches_resource(const Context& context) const;
  bool matches_conditions(const Context& context) const;
  // How its principal clause names the caller.
  Grant names_caller(const Context& context) const;

  // All clauses but the principal's.
  bool matches(const Context& context) const {
    return matches_action(context) && matches_resource(context) && matches_conditions(context);
  }
};

}  // namespace tarn::policy
