// SetQueueAttributes: other values for some of them.
#include "api/sqs/set_queue_attributes.h"

#include "services/sqs/sqs.h"

namespace tarn::sqs {

Task<SetQueueAttributesOutput> set_queue_attributes(Sqs& sqs, SetQueueAttributesRequest request) {
  co_await sqs.queues.set_attributes(sqs.access, address_in(request.queue_url), std::move(request.attributes));
  co_return SetQueueAttributesOutput{};
}

}  // namespace tarn::sqs
