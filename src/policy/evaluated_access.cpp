#include "policy/evaluated_access.h"

#include <algorithm>

#include "base/encoding.h"
#include "policy/acl.h"

namespace tarn::policy {
namespace {
constexpr std::size_t max_denials = 16;
// Of one job: a crawler that may read nothing of a large bucket must not fill the audit.
constexpr int max_told = 1000;
constexpr std::size_t max_remembered = 16;

// What the domain told of an object whose bucket has lists on.
struct ObjectSide {
  std::optional<AccountId> owner;
  std::shared_ptr<const Document> list;  // As a policy; null: it grants nothing.
};

ObjectSide object_side(const Facts& facts) {
  ObjectSide side;
  for (const auto& [key, values] : facts) {
    if (key == object_owner_fact) {
      side.owner = AccountId::parse(values.front());
    } else if (key == object_acl_fact) {
      std::string text;
      for (const std::string& statement : object_statements(unpack_acl(values.front()))) {
        text += (text.empty() ? "" : ",") + statement;
      }
      if (text.empty()) continue;
      side.list = Document::parse(R"({"Version":"2012-10-17","Statement":[)" + text + "]}", DocumentKind::resource);
    }
  }
  return side;
}

// Policies decide of an object as its bucket's owner sees it; its list adds to that. An object of another owner is none
// of the bucket owner's, who can only forbid.
Decision evaluate_object(const Context& context, const PolicySet& policies, const ResourceSide& bucket,
                         const ObjectSide& object) {
  Decision by_bucket = evaluate(context, policies, bucket);
  if (by_bucket.kind == Decision::Kind::explicit_deny) return by_bucket;
  const bool owned_elsewhere = object.owner && bucket.owner && *object.owner != *bucket.owner;
  if (!owned_elsewhere && (by_bucket.allowed() || !object.list)) return by_bucket;
  Decision by_object = evaluate(context, policies, {.policy = object.list.get(), .owner = object.owner});
  if (by_object.allowed() && by_object.layer == "resource-based policy") by_object.layer = "access control list";
  return by_object.allowed() || owned_elsewhere ? by_object : by_bucket;
}

}  // namespace

std::shared_ptr<const Rights> make_rights(Principal principal, PolicySet policies, Facts session_facts) {
  Facts facts = principal_facts(principal);
  std::ranges::move(session_facts, std::back_inserter(facts));
  return std::make_shared<const Rights>(std::move(principal), std::move(facts), std::move(policies));
}

EvaluatedAccess::EvaluatedAccess(std::shared_ptr<const Rights> rights, Facts request_facts, const Clock& wall,
                                 ResourcePolicies* resources)
    : rights_(std::move(rights)), request_facts_(std::move(request_facts)), wall_(wall), resources_(resources) {}

Task<Decision> EvaluatedAccess::decide(std::string action, std::string resource, Facts facts) const {
  if (facts.empty() && !refresh_) {
    const std::scoped_lock lock(mutex_);
    for (const auto& [allowed_action, allowed_resource] : allowed_) {
      if (allowed_action == action && allowed_resource == resource) {
        co_return Decision{.kind = Decision::Kind::allow, .layer = "decided"};
      }
    }
  }
  std::shared_ptr<const Rights> rights = rights_;
  if (refresh_) rights = co_await refresh_();
  ResourcePolicies::Found found;
  if (resources_) found = co_await resources_->find(resource);
  if (!found.owner) found.owner = account_of_arn(resource);

  // What follows from the caller comes first: no fact of a request can stand in its place.
  const Facts* const layers[] = {&rights->facts, &facts};
  const Context context(rights->principal, action, resource, layers, wall_.now(), &request_facts_);
  const ResourceSide side{.policy = found.policy.get(),
                          .owner = found.owner,
                          .public_access_blocked = found.public_access_blocked,
                          .must_allow = found.must_allow};
  if (const ObjectSide object = object_side(facts); object.owner) {
    co_return evaluate_object(context, rights->policies, side, object);
  }
  co_return evaluate(context, rights->policies, side);
}

void EvaluatedAccess::denied(const std::string& action, const std::string& resource, const Decision& decision) const {
  bool tell = false;
  {
    const std::scoped_lock lock(mutex_);
    tell = listener_ && taken_ && told_ < max_told;
    if (tell) ++told_;
    if (!taken_ && denials_.size() < max_denials) denials_.push_back({action, resource, decision});
  }
  if (tell) listener_->denied(rights_->principal, request_facts(), {action, resource, decision});
}

void EvaluatedAccess::allowed(const std::string& action, const std::string& resource) const {
  if (refresh_) return;
  const std::scoped_lock lock(mutex_);
  if (allowed_.size() < max_remembered) allowed_.emplace_back(action, resource);
}

std::vector<Denial> EvaluatedAccess::take_denials() const {
  const std::scoped_lock lock(mutex_);
  taken_ = true;
  return std::move(denials_);
}

Task<ResourcePolicies::Found> PoliciesByService::find(std::string resource) {
  const ArnFields fields = arn_fields(resource);
  if (fields.count < 6) co_return Found{};
  const auto service = services_.find(fields.field[2]);
  if (service == services_.end()) co_return Found{};
  co_return co_await service->second->find(std::move(resource));
}

}  // namespace tarn::policy
