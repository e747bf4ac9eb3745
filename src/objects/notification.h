// What a bucket tells of its changes, and to whom.
#pragma once

#include <string>
#include <string_view>

namespace tarn::objects {

// The document of ConfigurationKind::notification. While there is one, every change leaves a row in the outbox.
struct Notification {
  bool event_bridge = false;
  friend bool operator==(const Notification&, const Notification&) = default;
};

std::string pack(const Notification& notification);
// Throws std::runtime_error on bytes that are none.
Notification unpack_notification(std::string_view document);

}  // namespace tarn::objects
