// CreateQueue: a new queue, or the same again.
#include "api/sqs/create_queue.h"

#include "services/sqs/sqs.h"

namespace tarn::sqs {

Task<CreateQueueOutput> create_queue(Sqs& sqs, CreateQueueRequest request) {
  const auto queue = co_await sqs.queues.create(sqs.access, std::move(request.queue_name),
                                                std::move(request.attributes).value_or(queues::Attributes{}),
                                                std::move(request.tags).value_or(std::map<std::string, std::string>{}));
  CreateQueueOutput output;
  output.queue_url = url_of(sqs, *queue);
  co_return output;
}

}  // namespace tarn::sqs
