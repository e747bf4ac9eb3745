// TagQueue: further tags, or other values of those that are there.
#include "api/sqs/tag_queue.h"

#include "services/sqs/sqs.h"

namespace tarn::sqs {

Task<TagQueueOutput> tag_queue(Sqs& sqs, TagQueueRequest request) {
  if (request.tags.empty()) {
    throw Error(queues::errors::missing_parameter, "The request must contain the parameter Tags.");
  }
  co_await sqs.queues.set_tags(sqs.access, address_in(request.queue_url), std::move(request.tags), {});
  co_return TagQueueOutput{};
}

}  // namespace tarn::sqs
