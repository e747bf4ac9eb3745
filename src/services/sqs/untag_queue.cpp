// UntagQueue: takes tags away.
#include "api/sqs/untag_queue.h"

#include "services/sqs/sqs.h"

namespace tarn::sqs {

Task<UntagQueueOutput> untag_queue(Sqs& sqs, UntagQueueRequest request) {
  if (request.tag_keys.empty()) {
    throw Error(queues::errors::missing_parameter, "The request must contain the parameter TagKeys.");
  }
  co_await sqs.queues.set_tags(sqs.access, address_in(request.queue_url), {}, std::move(request.tag_keys));
  co_return UntagQueueOutput{};
}

}  // namespace tarn::sqs
