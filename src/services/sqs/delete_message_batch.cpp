// DeleteMessageBatch: up to ten, each for itself.
#include "api/sqs/delete_message_batch.h"

#include "services/sqs/batches.h"
#include "services/sqs/sqs.h"

namespace tarn::sqs {

Task<DeleteMessageBatchOutput> delete_message_batch(Sqs& sqs, DeleteMessageBatchRequest request) {
  queues::Address address = address_in(request.queue_url);
  std::vector<std::string> ids, receipts;
  for (DeleteMessageBatchRequestEntry& entry : request.entries) {
    ids.push_back(std::move(entry.id));
    receipts.push_back(std::move(entry.receipt_handle));
  }
  check_batch_ids(ids);
  const auto refusals = co_await sqs.queues.remove_messages(sqs.access, std::move(address), std::move(receipts));
  DeleteMessageBatchOutput output;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (refusals[i]) {
      output.failed.push_back(failure_of(std::move(ids[i]), *refusals[i]));
    } else {
      output.successful.emplace_back().id = std::move(ids[i]);
    }
  }
  co_return output;
}

}  // namespace tarn::sqs
