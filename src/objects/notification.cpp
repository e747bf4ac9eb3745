#include "objects/notification.h"

#include <algorithm>
#include <stdexcept>

#include "base/pack.h"

namespace tarn::objects {
namespace {

// The first had no targets.
constexpr std::uint8_t first_format = 1;
constexpr std::uint8_t format = 2;

// "s3:ObjectCreated:*" and "ObjectCreated:Put".
bool covers(std::string_view pattern, std::string_view event) {
  if (pattern.starts_with("s3:")) pattern.remove_prefix(3);
  if (!pattern.ends_with(":*")) return pattern == event;
  pattern.remove_suffix(1);
  return event.starts_with(pattern);
}

bool events_overlap(std::string_view one, std::string_view other) {
  return one == other || covers(one, other.substr(3)) || covers(other, one.substr(3));
}

}  // namespace

bool wants(const NotificationTarget& target, std::string_view event, std::string_view key) {
  const bool named = std::ranges::any_of(target.events, [&](const std::string& each) { return covers(each, event); });
  return named && key.starts_with(target.prefix) && key.ends_with(target.suffix);
}

bool overlap(const NotificationTarget& one, const NotificationTarget& other) {
  const bool prefixes = one.prefix.starts_with(other.prefix) || other.prefix.starts_with(one.prefix);
  const bool suffixes = one.suffix.ends_with(other.suffix) || other.suffix.ends_with(one.suffix);
  if (!prefixes || !suffixes) return false;
  return std::ranges::any_of(one.events, [&](const std::string& first) {
    return std::ranges::any_of(other.events, [&](const std::string& second) { return events_overlap(first, second); });
  });
}

std::string pack(const Notification& notification) {
  std::string document;
  Packer out(document);
  out.byte(format).byte(notification.event_bridge).number(notification.targets.size());
  for (const NotificationTarget& target : notification.targets) {
    out.text(target.id).text(target.arn).text(target.prefix).text(target.suffix).number(target.events.size());
    for (const std::string& event : target.events) out.text(event);
  }
  return document;
}

Notification unpack_notification(std::string_view document) {
  Unpacker in(document);
  const std::uint8_t version = in.byte();
  if (version != first_format && version != format) {
    throw std::runtime_error("a notification configuration has an unknown format");
  }
  Notification notification{.event_bridge = in.byte() != 0};
  if (version == first_format) return notification;
  for (std::uint64_t left = in.number(); left > 0; --left) {
    NotificationTarget target;
    target.id = in.text();
    target.arn = in.text();
    target.prefix = in.text();
    target.suffix = in.text();
    for (std::uint64_t events = in.number(); events > 0; --events) target.events.emplace_back(in.text());
    notification.targets.push_back(std::move(target));
  }
  return notification;
}

}  // namespace tarn::objects
