// ReceiveMessage: up to ten messages, waited for if that is wanted.
#include "api/sqs/receive_message.h"

#include <algorithm>

#include "api/sqs/errors.h"
#include "services/sqs/sqs.h"

namespace tarn::sqs {
namespace {

struct Wanted {
  std::vector<std::string> system;
  std::vector<std::string> attributes;  // Names; "All", ".*"; "prefix.*".

  bool has_system(std::string_view name) const {
    return std::ranges::any_of(system, [&](const std::string& each) { return each == "All" || each == name; });
  }
  bool has(std::string_view name) const {
    return std::ranges::any_of(attributes, [&](const std::string& each) {
      if (each == "All" || each == ".*" || each == name) return true;
      return each.ends_with(".*") && name.starts_with(each.substr(0, each.size() - 2));
    });
  }
};

std::map<std::string, std::string> system_attributes(const queues::Message& message, const Wanted& wanted) {
  std::map<std::string, std::string> out;
  const auto add = [&](const char* name, std::string value) {
    if (!value.empty() && wanted.has_system(name)) out.emplace(name, std::move(value));
  };
  const queues::Content& content = message.content;
  add("SenderId", content.sender_id);
  add("SentTimestamp", std::to_string(to_millis(message.sent)));
  add("ApproximateReceiveCount", std::to_string(message.receive_count));
  add("ApproximateFirstReceiveTimestamp", std::to_string(to_millis(message.first_received)));
  add("MessageGroupId", content.group);
  add("MessageDeduplicationId", content.deduplication_id);
  add("AWSTraceHeader", content.trace_header);
  add("DeadLetterQueueSourceArn", content.dead_letter_source);
  if (!content.deduplication_id.empty()) {
    const std::string number = std::to_string(message.sequence);
    add("SequenceNumber", std::string(20 - number.size(), '0') + number);
  }
  return out;
}

Message message_out(queues::Message message, const Wanted& wanted) {
  Message out;
  auto system = system_attributes(message, wanted);
  if (!system.empty()) out.attributes = std::move(system);
  queues::MessageAttributes chosen;
  for (auto& [name, attribute] : message.content.attributes) {
    if (wanted.has(name)) chosen.emplace(name, std::move(attribute));
  }
  out.md5_of_message_attributes = unless_empty(queues::digest_of(chosen));
  if (!chosen.empty()) out.message_attributes.emplace();
  for (auto& [name, attribute] : chosen) {
    MessageAttributeValue value;
    value.data_type = attribute.type;
    (attribute.binary() ? value.binary_value : value.string_value) = std::move(attribute.value);
    out.message_attributes->emplace(name, std::move(value));
  }
  out.message_id = std::move(message.content.id);
  out.receipt_handle = std::move(message.receipt_handle);
  out.md5_of_body = queues::digest_of(message.content.body);
  out.body = std::move(message.content.body);
  return out;
}

}  // namespace

Task<ReceiveMessageOutput> receive_message(Sqs& sqs, ReceiveMessageRequest request) {
  if (request.receive_request_attempt_id && !request.receive_request_attempt_id->empty()) {
    throw Error(errors::unsupported_operation, "Tarn does not replay receives: leave ReceiveRequestAttemptId out.");
  }
  Wanted wanted;
  for (auto* names : {&request.attribute_names, &request.message_system_attribute_names}) {
    if (*names) std::ranges::copy(**names, std::back_inserter(wanted.system));
  }
  wanted.attributes = std::move(request.message_attribute_names).value_or(std::vector<std::string>{});
  queues::ReceiveRequest receive{.visibility_timeout = request.visibility_timeout,
                                 .wait_seconds = request.wait_time_seconds};
  receive.max = static_cast<std::size_t>(std::max(request.max_number_of_messages.value_or(1), 0));
  auto messages = co_await sqs.queues.receive(sqs.access, address_in(request.queue_url), receive);
  ReceiveMessageOutput output;
  // Empty lists are left out.
  if (!messages.empty()) output.messages.emplace();
  for (queues::Message& message : messages) output.messages->push_back(message_out(std::move(message), wanted));
  co_return output;
}

}  // namespace tarn::sqs
