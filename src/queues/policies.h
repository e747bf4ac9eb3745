// The policies of queues, for the evaluator: what policy::ResourcePolicies asks of sqs.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "policy/access.h"
#include "queues/queues.h"

namespace tarn::queues {

class QueuePolicies : public policy::ResourcePolicies {
 public:
  explicit QueuePolicies(Queues& queues) : queues_(queues) {}
  Task<Found> find(std::string resource) override;

 private:
  static constexpr std::size_t max_parsed = 10'000;

  Queues& queues_;
  std::mutex mutex_;
  // By the queue's id, true of one version of its row.
  std::unordered_map<std::string, std::pair<std::uint64_t, std::shared_ptr<const policy::Document>>> parsed_;
};

}  // namespace tarn::queues
