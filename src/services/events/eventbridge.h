// eventbridge: rules and their targets, as the EventBridge API speaks of them.
#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "events/events.h"
#include "identity/identity.h"
#include "policy/access.h"

namespace tarn::eventbridge {

struct Eventbridge {
  const policy::Access& access;
  events::Events& events;
  identity::Identity& identity;
  const std::string& region;
};

// "default", and its ARN, are the one bus.
inline std::string bus_name(const std::optional<std::string>& bus) {
  if (!bus || bus->empty()) return "default";
  const auto slash = bus->rfind("event-bus/");
  return slash == std::string::npos ? *bus : bus->substr(slash + 10);
}

inline std::size_t page_size(const std::optional<std::int32_t>& limit) {
  return limit && *limit > 0 ? std::min<std::size_t>(static_cast<std::size_t>(*limit), 100) : 100;
}

inline std::optional<std::string> token(std::string next) {
  return next.empty() ? std::nullopt : std::optional(std::move(next));
}

}  // namespace tarn::eventbridge
