// eventbridge: rules and their targets, as the EventBridge API speaks of them.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/page_token.h"
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

// Where the page that a NextToken names begins; empty without one. `list` names the operation and what it is asked of.
inline std::string place_after(std::string_view list, const std::optional<std::string>& next_token) {
  if (!next_token) return {};
  auto place = page_place(list, *next_token);
  if (!place) throw Error(events::errors::validation, "The NextToken is not one that this list has given out.");
  return std::move(*place);
}

// The answer to a batch of targets, of which some failed.
template <typename Output>
Output with_failed_targets(std::vector<events::TargetFailure> failures) {
  Output output;
  output.failed_entry_count = static_cast<std::int32_t>(failures.size());
  for (auto& entries = output.failed_entries.emplace(); events::TargetFailure & failure : failures) {
    auto& entry = entries.emplace_back();
    entry.target_id = std::move(failure.id);
    entry.error_code = std::move(failure.code);
    entry.error_message = std::move(failure.message);
  }
  return output;
}

}  // namespace tarn::eventbridge
