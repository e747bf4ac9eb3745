// DeleteQueue: the queue with all of its messages.
#include "api/sqs/delete_queue.h"

#include "services/sqs/sqs.h"

namespace tarn::sqs {

Task<DeleteQueueOutput> delete_queue(Sqs& sqs, DeleteQueueRequest request) {
  co_await sqs.queues.remove(sqs.access, address_in(request.queue_url));
  co_return DeleteQueueOutput{};
}

}  // namespace tarn::sqs
