// PurgeQueue: all of its messages, those in flight too.
#include "api/sqs/purge_queue.h"

#include "services/sqs/sqs.h"

namespace tarn::sqs {

Task<PurgeQueueOutput> purge_queue(Sqs& sqs, PurgeQueueRequest request) {
  co_await sqs.queues.purge(sqs.access, address_in(request.queue_url));
  co_return PurgeQueueOutput{};
}

}  // namespace tarn::sqs
