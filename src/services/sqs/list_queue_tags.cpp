// ListQueueTags: the queue's tags.
#include "api/sqs/list_queue_tags.h"

#include "services/sqs/sqs.h"

namespace tarn::sqs {

Task<ListQueueTagsOutput> list_queue_tags(Sqs& sqs, ListQueueTagsRequest request) {
  const auto queue = co_await sqs.queues.find(sqs.access, address_in(request.queue_url), "sqs:ListQueueTags");
  ListQueueTagsOutput output;
  if (!queue->tags.empty()) output.tags = queue->tags;
  co_return output;
}

}  // namespace tarn::sqs
