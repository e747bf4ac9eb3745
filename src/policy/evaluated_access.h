// EvaluatedAccess: the Access that decides by policies.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/os/clock.h"
#include "policy/access.h"
#include "policy/evaluator.h"

namespace tarn::policy {

// What one credential stands for: who, and what its side's policies say. Never changes; a change of a policy makes a
// new one.
struct Rights {
  Principal principal;
  Facts facts;  // principal_facts(principal) and what a session adds.
  PolicySet policies;
};
std::shared_ptr<const Rights> make_rights(Principal principal, PolicySet policies = {}, Facts session_facts = {});

class EvaluatedAccess : public Access {
 public:
  // `resources` may be null: then no resource has a policy, and owners are read from ARNs.
  EvaluatedAccess(std::shared_ptr<const Rights> rights, Facts request_facts, const Clock& wall,
                  ResourcePolicies* resources);
  // Its facts of the request are made by `make`, once they are asked for. Before it is shared.
  void make_facts_by(MakeFacts make) { request_facts_.make_by(std::move(make)); }

  // For what outlives a request (queries, jobs): asked before each decision, so that a changed policy is felt at once.
  using Refresh = std::function<Task<std::shared_ptr<const Rights>>()>;
  void refresh_by(Refresh refresh) { refresh_ = std::move(refresh); }

  const Principal& principal() const override { return rights_->principal; }
  const Facts& request_facts() const override { return request_facts_.get(); }
  Task<Decision> decide(std::string action, std::string resource, Facts facts = {}) const override;

  const std::shared_ptr<const Rights>& rights() const { return rights_; }

  // At most 16.
  std::vector<Denial> take_denials() const override;

  // Before it is shared. `at_once`: no request tells of them, so none waits to be taken.
  void tell_denials_to(DenialListener* listener, bool at_once) {
    listener_ = listener;
    taken_ = at_once;
  }

 protected:
  void denied(const std::string& action, const std::string& resource, const Decision& decision) const override;
  // What was required once, with all facts that whoever asked knew, is not evaluated again when it is asked without:
  // the domain leans on what the pipeline asked.
  void allowed(const std::string& action, const std::string& resource) const override;

 private:
  std::shared_ptr<const Rights> rights_;
  LateFacts request_facts_;
  const Clock& wall_;
  ResourcePolicies* resources_;
  Refresh refresh_;
  mutable std::mutex mutex_;
  mutable std::vector<std::pair<std::string, std::string>> allowed_;
  mutable std::vector<Denial> denials_;
  DenialListener* listener_ = nullptr;
  mutable bool taken_ = false;
  mutable int told_ = 0;
};

// Finds a resource's policy with the one who keeps its service's: "s3" → buckets. Others have none.
class PoliciesByService : public ResourcePolicies {
 public:
  void add(std::string service, ResourcePolicies& policies) { services_[std::move(service)] = &policies; }
  Task<Found> find(std::string resource) override;

 private:
  std::map<std::string, ResourcePolicies*, std::less<>> services_;
};

}  // namespace tarn::policy
