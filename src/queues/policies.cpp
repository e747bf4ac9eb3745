#include "queues/policies.h"

#include "policy/document.h"

namespace tarn::queues {

Task<policy::ResourcePolicies::Found> QueuePolicies::find(std::string resource) {
  Found found;
  const auto address = address_of_arn(resource);
  if (!address) co_return found;
  const QueuePointer queue = co_await queues_.peek(*address);
  if (!queue || queues_.arn(*queue) != resource) co_return found;
  found.owner = queue->owner;
  if (queue->settings.policy.empty()) co_return found;
  const std::lock_guard lock(mutex_);
  const auto known = parsed_.find(queue->id);
  if (known != parsed_.end() && known->second.first == queue->version) {
    found.policy = known->second.second;
    co_return found;
  }
  found.policy = policy::Document::parse(queue->settings.policy, policy::DocumentKind::resource);
  if (parsed_.size() >= max_parsed) parsed_.clear();
  parsed_[queue->id] = {queue->version, found.policy};
  co_return found;
}

}  // namespace tarn::queues
