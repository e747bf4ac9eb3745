// DeleteMessage: it does not come back.
#include "api/sqs/delete_message.h"

#include "services/sqs/sqs.h"

namespace tarn::sqs {

Task<DeleteMessageOutput> delete_message(Sqs& sqs, DeleteMessageRequest request) {
  co_await sqs.queues.remove_message(sqs.access, address_in(request.queue_url), std::move(request.receipt_handle));
  co_return DeleteMessageOutput{};
}

}  // namespace tarn::sqs
