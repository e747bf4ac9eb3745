// SendMessage: durable when it is answered.
#include "api/sqs/send_message.h"

#include "services/sqs/batches.h"
#include "services/sqs/sqs.h"

namespace tarn::sqs {

Task<SendMessageOutput> send_message(Sqs& sqs, SendMessageRequest request) {
  queues::Address address = address_in(request.queue_url);
  auto sent = co_await sqs.queues.send(sqs.access, std::move(address),
                                       message_in({.body = std::move(request.message_body),
                                                   .delay_seconds = request.delay_seconds,
                                                   .attributes = std::move(request.message_attributes),
                                                   .system_attributes = std::move(request.message_system_attributes),
                                                   .deduplication_id = std::move(request.message_deduplication_id),
                                                   .group = std::move(request.message_group_id)}));
  SendMessageOutput output;
  output.message_id = std::move(sent.id);
  output.md5_of_message_body = std::move(sent.body_md5);
  output.md5_of_message_attributes = unless_empty(std::move(sent.attributes_md5));
  output.md5_of_message_system_attributes = unless_empty(std::move(sent.system_attributes_md5));
  output.sequence_number = unless_empty(std::move(sent.sequence_number));
  co_return output;
}

}  // namespace tarn::sqs
