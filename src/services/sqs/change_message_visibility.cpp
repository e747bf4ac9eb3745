// ChangeMessageVisibility: how much longer it is its receiver's.
#include "api/sqs/change_message_visibility.h"

#include "services/sqs/sqs.h"

namespace tarn::sqs {

Task<ChangeMessageVisibilityOutput> change_message_visibility(Sqs& sqs, ChangeMessageVisibilityRequest request) {
  co_await sqs.queues.change_visibility(sqs.access, address_in(request.queue_url), std::move(request.receipt_handle),
                                        request.visibility_timeout);
  co_return ChangeMessageVisibilityOutput{};
}

}  // namespace tarn::sqs
