// What the batch operations share with those of one message: entries into messages, refusals into entries.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "api/sqs/send_message.h"
#include "api/sqs/types/batch_result_error_entry.h"
#include "queues/queues.h"

namespace tarn::sqs {

BatchResultErrorEntry failure_of(std::string id, const Error& error);

// What one SendMessage or one entry of a batch brings.
struct Sending {
  std::string body;
  std::optional<std::int32_t> delay_seconds;
  std::optional<std::map<std::string, MessageAttributeValue>> attributes;
  std::optional<std::map<std::string, MessageSystemAttributeValue>> system_attributes;
  std::optional<std::string> deduplication_id;
  std::optional<std::string> group;
};
queues::NewMessage message_in(Sending sending);

}  // namespace tarn::sqs
