// GetQueueUrl: where a queue is, by its name.
#include "api/sqs/get_queue_url.h"

#include "api/sqs/errors.h"
#include "services/sqs/sqs.h"

namespace tarn::sqs {

Task<GetQueueUrlOutput> get_queue_url(Sqs& sqs, GetQueueUrlRequest request) {
  auto owner = request.queue_owner_aws_account_id ? AccountId::parse(*request.queue_owner_aws_account_id)
                                                  : sqs.access.principal().account;
  if (!owner) throw Error(errors::queue_does_not_exist, "The specified queue does not exist.");
  const auto queue = co_await sqs.queues.find(
      sqs.access, {.owner = std::move(*owner), .name = std::move(request.queue_name)}, "sqs:GetQueueUrl");
  GetQueueUrlOutput output;
  output.queue_url = url_of(sqs, *queue);
  co_return output;
}

}  // namespace tarn::sqs
