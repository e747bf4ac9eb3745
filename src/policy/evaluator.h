// The evaluator: from a request and all policies that apply to it, whether it is allowed and which statement says so.
//
// A pure function. Inside one account: an explicit deny anywhere wins; a resource policy that names the caller itself
// suffices alone; otherwise an identity policy (or a resource policy that names the caller's role or everyone) must
// allow, and so must each boundary and session policy there is. A resource policy that names the account leaves it to
// the account's identity policies. Across accounts both sides must allow. The anonymous have resource policies only.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/access.h"
#include "policy/document.h"

namespace tarn::policy {

// Facts that are put together when somebody first asks for one: most requests are decided without. What `make` borrows
// lives until then.
using MakeFacts = std::function<Facts()>;
class LateFacts {
 public:
  explicit LateFacts(Facts facts) : facts_(std::move(facts)) {}
  // Before it is shared.
  void make_by(MakeFacts make) { make_ = std::move(make); }

  // From any thread.
  const Facts& get() const {
    std::call_once(made_, [this] {
      if (make_) facts_ = make_();
    });
    return facts_;
  }

 private:
  MakeFacts make_;
  mutable std::once_flag made_;
  mutable Facts facts_;
};

// What is asked, by whom, in which circumstances. Borrows everything.
class Context {
 public:
  // `late` comes after `facts` and may be null.
  Context(const Principal& principal, std::string_view action, std::string_view resource,
          std::span<const Facts* const> facts, Timestamp now, const LateFacts* late = nullptr)
      : principal_(principal), action_(action), resource_(resource), facts_(facts), late_(late), now_(now) {}

  const Principal& principal() const { return principal_; }
  std::string_view action() const { return action_; }
  std::string_view resource() const { return resource_; }

  // The values of a condition key (given in lower case), null if the request has none. Earlier facts win.
  const std::vector<std::string>* find(std::string_view lower_key) const;

 private:
  const Principal& principal_;
  std::string_view action_;
  std::string_view resource_;
  std::span<const Facts* const> facts_;
  const LateFacts* late_;
  Timestamp now_;
  mutable std::vector<std::string> current_time_;  // Written out when a policy asks for it.
  mutable std::vector<std::string> epoch_time_;
};

struct AttachedPolicy {
  std::string id;  // An ARN, or an inline policy's name.
  std::shared_ptr<const Document> document;
};

// The policies on the caller's side.
struct PolicySet {
  std::vector<AttachedPolicy> identity;
  // One allows in each level of the organization, or nothing does. No levels: no such policies.
  std::vector<std::vector<AttachedPolicy>> service_control;
  std::optional<AttachedPolicy> boundary;
  bool has_session_policy = false;
  std::vector<AttachedPolicy> session;  // One of them must allow.
};

// The resource's side.
struct ResourceSide {
  const Document* policy = nullptr;
  std::optional<AccountId> owner;  // None: taken for the caller's own.
  bool public_access_blocked = false;
  bool must_allow = false;
};

Decision evaluate(const Context& context, const PolicySet& policies, const ResourceSide& resource);

// The condition keys that follow from who calls: aws:PrincipalArn, aws:userid, aws:PrincipalTag/…
Facts principal_facts(const Principal& principal);

// The account field of an ARN, if it has one.
std::optional<AccountId> account_of_arn(std::string_view arn);

}  // namespace tarn::policy
