// ChangeMessageVisibilityBatch: up to ten, each for itself.
#include "api/sqs/change_message_visibility_batch.h"

#include "services/sqs/batches.h"
#include "services/sqs/sqs.h"

namespace tarn::sqs {

Task<ChangeMessageVisibilityBatchOutput> change_message_visibility_batch(Sqs& sqs,
                                                                         ChangeMessageVisibilityBatchRequest request) {
  const queues::Address address = address_in(request.queue_url);
  std::vector<std::string> ids;
  for (const ChangeMessageVisibilityBatchRequestEntry& entry : request.entries) ids.push_back(entry.id);
  check_batch_ids(ids);
  // Before any entry: whoever may not, or a queue that is not there, is refused as a whole.
  co_await sqs.queues.find(sqs.access, address, "sqs:ChangeMessageVisibility");
  ChangeMessageVisibilityBatchOutput output;
  for (ChangeMessageVisibilityBatchRequestEntry& entry : request.entries) {
    try {
      if (!entry.visibility_timeout) {
        throw Error(queues::errors::missing_parameter, "The request must contain the parameter VisibilityTimeout.");
      }
      co_await sqs.queues.change_visibility(sqs.access, address, std::move(entry.receipt_handle),
                                            *entry.visibility_timeout);
      output.successful.emplace_back().id = entry.id;
    } catch (const Error& error) {
      output.failed.push_back(failure_of(entry.id, error));
    }
  }
  co_return output;
}

}  // namespace tarn::sqs
