#include "services/sqs/batches.h"

#include "api/sqs/errors.h"

namespace tarn::sqs {
namespace {

template <typename Value>
queues::MessageAttribute attribute_in(const std::string& name, Value value) {
  if ((value.string_list_values && !value.string_list_values->empty()) ||
      (value.binary_list_values && !value.binary_list_values->empty())) {
    throw Error(errors::unsupported_operation, "Message attribute list values are not supported.");
  }
  queues::MessageAttribute attribute{.type = std::move(value.data_type), .value = {}};
  auto& given = attribute.binary() ? value.binary_value : value.string_value;
  auto& other = attribute.binary() ? value.string_value : value.binary_value;
  if (other && !other->empty()) {
    throw Error(queues::errors::invalid_parameter, "The message attribute '" + name + "' with type '" + attribute.type +
                                                       "' must use field '" +
                                                       (attribute.binary() ? "Binary" : "String") + "'.");
  }
  attribute.value = std::move(given).value_or("");
  return attribute;
}

template <typename Values>
queues::MessageAttributes attributes_in(Values values) {
  queues::MessageAttributes attributes;
  if (!values) return attributes;
  for (auto& [name, value] : *values) attributes.emplace(name, attribute_in(name, std::move(value)));
  return attributes;
}

}  // namespace

queues::NewMessage message_in(Sending sending) {
  return {.body = std::move(sending.body),
          .delay_seconds = sending.delay_seconds,
          .attributes = attributes_in(std::move(sending.attributes)),
          .system_attributes = attributes_in(std::move(sending.system_attributes)),
          .deduplication_id = std::move(sending.deduplication_id),
          .group = std::move(sending.group)};
}

BatchResultErrorEntry failure_of(std::string id, const Error& error) {
  BatchResultErrorEntry entry;
  entry.id = std::move(id);
  entry.sender_fault = error.code().status < 500;
  entry.code = error.code().name;
  entry.message = error.message();
  return entry;
}

}  // namespace tarn::sqs
