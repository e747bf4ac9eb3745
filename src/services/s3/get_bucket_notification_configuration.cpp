// GetBucketNotificationConfiguration: empty where there is none.
#include "api/s3/get_bucket_notification_configuration.h"

#include "objects/notification.h"
#include "services/s3/common.h"

namespace tarn::s3 {
namespace {

QueueConfiguration queue_configuration_of(const objects::NotificationTarget& target) {
  QueueConfiguration out;
  out.id = target.id;
  out.queue_arn = target.arn;
  for (const std::string& event : target.events) {
    if (const auto known = aws::parse_enum<Event>(event)) out.events.push_back(*known);
  }
  std::vector<FilterRule> rules;
  const auto add = [&](const char* name, const std::string& value) {
    if (value.empty()) return;
    FilterRule& rule = rules.emplace_back();
    rule.name = name;
    rule.value = value;
  };
  add("Prefix", target.prefix);
  add("Suffix", target.suffix);
  if (!rules.empty()) out.filter.emplace().key.emplace().filter_rules = std::move(rules);
  return out;
}

}  // namespace

Task<GetBucketNotificationConfigurationOutput> get_bucket_notification_configuration(
    S3& s3, GetBucketNotificationConfigurationRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const auto found = co_await s3.objects.configuration(s3.access, bucket_name(request.bucket),
                                                       objects::ConfigurationKind::notification);
  GetBucketNotificationConfigurationOutput output;
  if (!found) co_return output;
  const objects::Notification notification = objects::unpack_notification(found->document);
  if (notification.event_bridge) output.event_bridge_configuration = EventBridgeConfiguration{};
  if (!notification.targets.empty()) output.queue_configurations.emplace();
  for (const objects::NotificationTarget& target : notification.targets) {
    output.queue_configurations->push_back(queue_configuration_of(target));
  }
  co_return output;
}

}  // namespace tarn::s3
