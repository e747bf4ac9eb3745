#include "notify/queue_target.h"

namespace tarn::notify {

Task<void> QueueTarget::deliver(events::Delivery delivery) {
  const auto address = queues::address_of_arn(delivery.arn);
  if (!address || queues_.arn(address->owner, address->name) != delivery.arn) {
    throw Error(queues::errors::queue_does_not_exist, "The destination queue does not exist");
  }
  if (!co_await queues_.peek(*address)) {
    throw Error(queues::errors::queue_does_not_exist, "The destination queue does not exist");
  }
  policy::Facts facts{{"aws:SourceArn", {delivery.source_arn}}};
  if (!delivery.source_account.empty()) facts.emplace_back("aws:SourceAccount", std::vector{delivery.source_account});
  const auto access = service_access_(delivery.sender, std::move(facts));
  queues::NewMessage message{.body = std::move(delivery.input)};
  for (auto& [name, value] : delivery.attributes) {
    message.attributes.emplace(name, queues::MessageAttribute{.type = "String", .value = std::move(value)});
  }
  if (address->name.ends_with(".fifo")) {
    message.group = delivery.group;
    message.deduplication_id = delivery.event_id.substr(0, 128);
  }
  co_await queues_.send(*access, *address, std::move(message));
}

}  // namespace tarn::notify
