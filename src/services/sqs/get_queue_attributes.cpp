// GetQueueAttributes: what is set, and how many messages there are.
#include "api/sqs/get_queue_attributes.h"

#include <algorithm>

#include "services/sqs/sqs.h"

namespace tarn::sqs {
namespace {

Task<std::map<std::string, std::string>> all_attributes(Sqs& sqs, const queues::Queue& queue) {
  std::map<std::string, std::string> all;
  for (const std::string& name : queues::attribute_names(queue.attributes)) {
    all[name] = *queues::attribute_value(queue.attributes, name);
  }
  const queues::Counts counts = co_await sqs.queues.count(queue);
  all["ApproximateNumberOfMessages"] = std::to_string(counts.visible);
  all["ApproximateNumberOfMessagesNotVisible"] = std::to_string(counts.in_flight);
  all["ApproximateNumberOfMessagesDelayed"] = std::to_string(counts.delayed);
  all["CreatedTimestamp"] = std::to_string(to_millis(queue.created) / 1'000);
  all["LastModifiedTimestamp"] = std::to_string(to_millis(queue.modified) / 1'000);
  all["QueueArn"] = sqs.queues.arn(queue);
  co_return all;
}

// Those that a queue may lack.
void check_attribute_name(const std::string& name) {
  static constexpr std::string_view names[] = {"Policy",
                                               "VisibilityTimeout",
                                               "MaximumMessageSize",
                                               "MessageRetentionPeriod",
                                               "ApproximateNumberOfMessages",
                                               "ApproximateNumberOfMessagesNotVisible",
                                               "CreatedTimestamp",
                                               "LastModifiedTimestamp",
                                               "QueueArn",
                                               "ApproximateNumberOfMessagesDelayed",
                                               "DelaySeconds",
                                               "ReceiveMessageWaitTimeSeconds",
                                               "RedrivePolicy",
                                               "FifoQueue",
                                               "ContentBasedDeduplication",
                                               "KmsMasterKeyId",
                                               "KmsDataKeyReusePeriodSeconds",
                                               "DeduplicationScope",
                                               "FifoThroughputLimit",
                                               "RedriveAllowPolicy",
                                               "SqsManagedSseEnabled"};
  if (std::ranges::find(names, name) != std::end(names)) return;
  throw Error(queues::errors::invalid_attribute_name, "Unknown Attribute " + name + ".");
}

}  // namespace

Task<GetQueueAttributesOutput> get_queue_attributes(Sqs& sqs, GetQueueAttributesRequest request) {
  const auto queue = co_await sqs.queues.find(sqs.access, address_in(request.queue_url), "sqs:GetQueueAttributes");
  GetQueueAttributesOutput output;
  const auto wanted = std::move(request.attribute_names).value_or(std::vector<std::string>{});
  if (wanted.empty()) co_return output;
  std::map<std::string, std::string> all = co_await all_attributes(sqs, *queue);
  output.attributes.emplace();
  for (const std::string& name : wanted) {
    if (name == "All") {
      output.attributes = std::move(all);
      break;
    }
    check_attribute_name(name);
    const auto found = all.find(name);
    if (found != all.end()) output.attributes->insert(*found);
  }
  co_return output;
}

}  // namespace tarn::sqs
