// SendMessageBatch: up to ten messages; each stands for itself, and those that were sent are durable.
#include "api/sqs/send_message_batch.h"

#include "api/sqs/errors.h"
#include "services/sqs/batches.h"
#include "services/sqs/sqs.h"

namespace tarn::sqs {

Task<SendMessageBatchOutput> send_message_batch(Sqs& sqs, SendMessageBatchRequest request) {
  constexpr std::size_t max_bytes = 1'048'576;
  queues::Address address = address_in(request.queue_url);
  std::vector<std::string> ids;
  for (const SendMessageBatchRequestEntry& entry : request.entries) ids.push_back(entry.id);
  check_batch_ids(ids);
  SendMessageBatchOutput output;
  std::vector<queues::NewMessage> messages;
  std::vector<std::string> message_ids;  // Of the entries that became messages.
  std::size_t bytes = 0;
  for (SendMessageBatchRequestEntry& entry : request.entries) {
    try {
      messages.push_back(message_in({.body = std::move(entry.message_body),
                                     .delay_seconds = entry.delay_seconds,
                                     .attributes = std::move(entry.message_attributes),
                                     .system_attributes = std::move(entry.message_system_attributes),
                                     .deduplication_id = std::move(entry.message_deduplication_id),
                                     .group = std::move(entry.message_group_id)}));
      message_ids.push_back(entry.id);
      bytes += queues::size_of(messages.back());
    } catch (const Error& error) {
      output.failed.push_back(failure_of(entry.id, error));
    }
  }
  if (bytes > max_bytes) {
    throw Error(errors::batch_request_too_long, "Batch requests cannot be longer than 1048576 bytes. You have sent " +
                                                    std::to_string(bytes) + " bytes.");
  }
  auto results = co_await sqs.queues.send_all(sqs.access, std::move(address), std::move(messages));
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!results[i]) {
      output.failed.push_back(failure_of(message_ids[i], results[i].error()));
      continue;
    }
    queues::Sent& sent = *results[i];
    SendMessageBatchResultEntry entry;
    entry.id = message_ids[i];
    entry.message_id = std::move(sent.id);
    entry.md5_of_message_body = std::move(sent.body_md5);
    entry.md5_of_message_attributes = unless_empty(std::move(sent.attributes_md5));
    entry.md5_of_message_system_attributes = unless_empty(std::move(sent.system_attributes_md5));
    entry.sequence_number = unless_empty(std::move(sent.sequence_number));
    output.successful.push_back(std::move(entry));
  }
  co_return output;
}

}  // namespace tarn::sqs
