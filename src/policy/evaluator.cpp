#include "policy/evaluator.h"

#include <algorithm>

#include "base/encoding.h"

namespace tarn::policy {
namespace {

constexpr std::string_view identity_layer = "identity-based policy";
constexpr std::string_view resource_layer = "resource-based policy";
constexpr std::string_view boundary_layer = "permissions boundary";
constexpr std::string_view session_layer = "session policy";
constexpr std::string_view organization_layer = "service control policy";

// What one layer's policies say: the first Deny and the first Allow that match.
struct Verdict {
  const Statement* deny = nullptr;
  const Statement* allow = nullptr;
  const AttachedPolicy* deny_policy = nullptr;
  const AttachedPolicy* allow_policy = nullptr;
};

void add_verdict(Verdict& verdict, const AttachedPolicy& policy, const Context& context) {
  for (const Statement& statement : policy.document->statements()) {
    const Statement*& slot = statement.allow ? verdict.allow : verdict.deny;
    if (slot || !statement.matches(context)) continue;
    slot = &statement;
    (statement.allow ? verdict.allow_policy : verdict.deny_policy) = &policy;
    if (verdict.deny) return;
  }
}

Verdict verdict_of(const std::vector<AttachedPolicy>& policies, const Context& context) {
  Verdict verdict;
  for (const AttachedPolicy& policy : policies) {
    add_verdict(verdict, policy, context);
    if (verdict.deny) break;
  }
  return verdict;
}

// A resource policy's Allow is worth what its principal clause says; the most telling one counts.
struct ResourceVerdict {
  const Statement* deny = nullptr;
  const Statement* allow = nullptr;
  Grant grant = Grant::none;
};

ResourceVerdict verdict_of(const Document& policy, const Context& context) {
  ResourceVerdict verdict;
  for (const Statement& statement : policy.statements()) {
    const Grant grant = statement.names_caller(context);
    if (grant == Grant::none || !statement.matches(context)) continue;
    if (!statement.allow) {
      verdict.deny = &statement;
      return verdict;
    }
    if (grant > verdict.grant) {
      verdict.grant = grant;
      verdict.allow = &statement;
    }
  }
  return verdict;
}

Decision allow(std::string_view layer, const Statement* statement, const AttachedPolicy* policy) {
  return {.kind = Decision::Kind::allow,
          .layer = std::string(layer),
          .statement_id = statement ? statement->label : "",
          .policy_id = policy ? policy->id : ""};
}

Decision explicit_deny(std::string_view layer, const Statement& statement, const AttachedPolicy* policy) {
  return {.kind = Decision::Kind::explicit_deny,
          .layer = std::string(layer),
          .statement_id = statement.label,
          .policy_id = policy ? policy->id : ""};
}

Decision implicit_deny(std::string_view layer) {
  return {.kind = Decision::Kind::implicit_deny, .layer = std::string(layer)};
}

// A bucket policy cannot lock its owner's root out of mending it.
bool mends_bucket_policy(std::string_view action) {
  return equal_ignoring_case(action, "s3:GetBucketPolicy") || equal_ignoring_case(action, "s3:PutBucketPolicy") ||
         equal_ignoring_case(action, "s3:DeleteBucketPolicy");
}

// One evaluation, step by step; each step gives a decision or leaves it to the next.
class Evaluation {
 public:
  Evaluation(const Context& context, const PolicySet& policies, const ResourceSide& resource)
      : context_(context), caller_(context.principal()), policies_(policies) {
    const bool service = caller_.kind == Principal::Kind::service;
    same_account_ = caller_.account && (!resource.owner || *resource.owner == *caller_.account);
    must_allow_ = resource.must_allow;
    if (resource.policy) {
      // A role's trust policy speaks of assuming it only, not of reading or passing it.
      if (resource.policy->kind() == DocumentKind::trust && !context.action().starts_with("sts:")) must_allow_ = false;
      from_resource_ = verdict_of(*resource.policy, context);
      const bool outsider = !same_account_ && !service;
      if (outsider && resource.public_access_blocked && resource.policy->is_public()) {
        from_resource_.grant = Grant::none;
        from_resource_.allow = nullptr;
      }
    }
    identity_ = verdict_of(policies.identity, context);
    if (policies.boundary) add_verdict(boundary_, *policies.boundary, context);
    session_ = verdict_of(policies.session, context);
  }

  Decision decide() {
    if (auto denied = by_deny()) return std::move(*denied);
    if (auto denied = by_organization()) return std::move(*denied);
    if (!caller_.account) return without_account();
    return same_account_ ? inside_account() : across_accounts();
  }

 private:
  std::optional<Decision> by_deny() const {
    const bool mending = caller_.is_root() && same_account_ && mends_bucket_policy(context_.action());
    if (from_resource_.deny && !mending) return explicit_deny(resource_layer, *from_resource_.deny, nullptr);
    if (identity_.deny) return explicit_deny(identity_layer, *identity_.deny, identity_.deny_policy);
    if (boundary_.deny) return explicit_deny(boundary_layer, *boundary_.deny, boundary_.deny_policy);
    if (session_.deny) return explicit_deny(session_layer, *session_.deny, session_.deny_policy);
    return std::nullopt;
  }

  std::optional<Decision> by_organization() const {
    for (const auto& level : policies_.service_control) {
      const Verdict verdict = verdict_of(level, context_);
      if (verdict.deny) return explicit_deny(organization_layer, *verdict.deny, verdict.deny_policy);
      if (!verdict.allow) return implicit_deny(organization_layer);
    }
    return std::nullopt;
  }

  // The anonymous and services have no policies of their own.
  Decision without_account() const {
    if (from_resource_.grant == Grant::none) return implicit_deny(resource_layer);
    return allow(resource_layer, from_resource_.allow, nullptr);
  }

  Decision inside_account() const {
    if (must_allow_ && from_resource_.grant == Grant::none) return implicit_deny(resource_layer);
    if (from_resource_.grant == Grant::exact) return allow(resource_layer, from_resource_.allow, nullptr);
    if (caller_.is_root() && !must_allow_) return allow("root", nullptr, nullptr);
    const bool granted = from_resource_.grant == Grant::role || from_resource_.grant == Grant::everyone;
    if (!granted && !identity_.allow) return implicit_deny(identity_layer);
    if (auto denied = by_limits()) return std::move(*denied);
    if (!identity_.allow) return allow(resource_layer, from_resource_.allow, nullptr);
    return allow(identity_layer, identity_.allow, identity_.allow_policy);
  }

  Decision across_accounts() const {
    if (!caller_.is_root() && !identity_.allow) return implicit_deny(identity_layer);
    if (auto denied = by_limits()) return std::move(*denied);
    if (from_resource_.grant == Grant::none) return implicit_deny(resource_layer);
    return allow(resource_layer, from_resource_.allow, nullptr);
  }

  std::optional<Decision> by_limits() const {
    if (policies_.boundary && !boundary_.allow) return implicit_deny(boundary_layer);
    if (policies_.has_session_policy && !session_.allow) return implicit_deny(session_layer);
    return std::nullopt;
  }

  const Context& context_;
  const Principal& caller_;
  const PolicySet& policies_;
  bool same_account_ = false;
  bool must_allow_ = false;
  ResourceVerdict from_resource_;
  Verdict identity_;
  Verdict boundary_;
  Verdict session_;
};

}  // namespace

const std::vector<std::string>* Context::find(std::string_view lower_key) const {
  const auto find_in = [lower_key](const Facts& layer) -> const std::vector<std::string>* {
    const auto found =
        std::ranges::find_if(layer, [&](const auto& fact) { return equal_ignoring_case(fact.first, lower_key); });
    return found == layer.end() ? nullptr : &found->second;
  };
  for (const Facts* layer : facts_) {
    if (const auto* values = find_in(*layer)) return values;
  }
  if (late_) {
    if (const auto* values = find_in(late_->get())) return values;
  }
  if (lower_key == "aws:currenttime") {
    if (current_time_.empty()) current_time_.push_back(iso8601_seconds(now_));
    return &current_time_;
  }
  if (lower_key == "aws:epochtime") {
    if (epoch_time_.empty()) epoch_time_.push_back(std::to_string(to_millis(now_) / 1000));
    return &epoch_time_;
  }
  return nullptr;
}

Decision evaluate(const Context& context, const PolicySet& policies, const ResourceSide& resource) {
  return Evaluation(context, policies, resource).decide();
}

Facts principal_facts(const Principal& principal) {
  using Kind = Principal::Kind;
  Facts facts;
  const auto add = [&facts](std::string key, std::string value) {
    facts.emplace_back(std::move(key), std::vector<std::string>{std::move(value)});
  };
  static constexpr std::string_view types[] = {"Anonymous", "Account", "User", "AssumedRole", "FederatedUser"};
  if (principal.kind == Kind::service) {
    add("aws:PrincipalIsAWSService", "true");
    add("aws:PrincipalServiceName", principal.arn);
    return facts;
  }
  add("aws:PrincipalIsAWSService", "false");
  add("aws:PrincipalType", std::string(types[static_cast<std::size_t>(principal.kind)]));
  if (principal.kind == Kind::anonymous) {
    add("aws:userid", "anonymous");
    add("aws:PrincipalAccount", "anonymous");
    return facts;
  }
  add("aws:PrincipalArn", principal.kind == Kind::role_session ? principal.role_arn : principal.arn);
  if (principal.account) add("aws:PrincipalAccount", principal.account->text());
  add("aws:userid", principal.user_id);
  if (principal.kind == Kind::user) add("aws:username", principal.name);
  for (const auto& [key, value] : principal.tags) add("aws:PrincipalTag/" + key, value);
  if (!principal.source_identity.empty()) add("aws:SourceIdentity", principal.source_identity);
  if (principal.session_started) {
    add("aws:TokenIssueTime", iso8601_seconds(*principal.session_started));
    add("aws:MultiFactorAuthPresent", "false");
  }
  return facts;
}

std::optional<AccountId> account_of_arn(std::string_view arn) {
  const ArnFields fields = arn_fields(arn);
  if (fields.count != 6) return std::nullopt;
  return AccountId::parse(fields.field[4]);
}

}  // namespace tarn::policy
