// What a bucket tells of its changes, and to whom.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tarn::objects {

// One receiver of a bucket's changes: a queue, a webhook.
struct NotificationTarget {
  std::string id;
  std::string arn;
  std::vector<std::string> events;  // "s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"
  std::string prefix;               // Of keys, as all of them.
  std::string suffix;
  friend bool operator==(const NotificationTarget&, const NotificationTarget&) = default;
};

// The document of ConfigurationKind::notification. While there is one, every change leaves a row in the outbox.
struct Notification {
  bool event_bridge = false;
  std::vector<NotificationTarget> targets;
  friend bool operator==(const Notification&, const Notification&) = default;
};

// `event` as in ChangeRecord: "ObjectCreated:Put".
bool wants(const NotificationTarget& target, std::string_view event, std::string_view key);

// May one change be meant for both? S3 refuses such a configuration.
bool overlap(const NotificationTarget& one, const NotificationTarget& other);

std::string pack(const Notification& notification);
// Throws std::runtime_error on bytes that are none.
Notification unpack_notification(std::string_view document);

}  // namespace tarn::objects
