// PutBucketNotificationConfiguration: to EventBridge, to queues and to webhooks, which come as queues with an ARN of
// Tarn's own (notify/webhook.h). Topics and functions are refused.
#include "api/s3/put_bucket_notification_configuration.h"

#include <algorithm>

#include "base/digest.h"
#include "notify/notifier.h"
#include "objects/notification.h"
#include "services/s3/common.h"

namespace tarn::s3 {
namespace {

constexpr std::size_t max_targets = 100;
constexpr std::size_t max_id = 255;

template <typename Targets>
void refuse_targets(const Targets& targets, std::string_view what) {
  if (targets && !targets->empty()) {
    throw Error(errors::not_implemented, "Notifications to " + std::string(what) +
                                             " are not implemented; send them to a queue, or to EventBridge "
                                             "(EventBridgeConfiguration) and add a rule there");
  }
}

void read_filter(const NotificationConfigurationFilter& filter, objects::NotificationTarget& target) {
  if (!filter.key || !filter.key->filter_rules) return;
  bool prefix = false, suffix = false;
  for (const FilterRule& rule : *filter.key->filter_rules) {
    const std::string name = to_lower(rule.name.value_or(""));
    bool& seen = name == "prefix" ? prefix : suffix;
    if (name != "prefix" && name != "suffix") {
      throw Error(errors::invalid_argument, "filter rule name must be either prefix or suffix");
    }
    if (std::exchange(seen, true)) {
      throw Error(errors::invalid_argument, "Cannot specify more than one " + name + " rule in a filter.");
    }
    const std::string value = rule.value.value_or("");
    if (value.size() > 1'024) throw Error(errors::invalid_argument, "Filter rule values are at most 1024 bytes long");
    (name == "prefix" ? target.prefix : target.suffix) = value;
  }
}

objects::NotificationTarget target_from(const QueueConfiguration& asked) {
  objects::NotificationTarget target{.id = asked.id.value_or(""), .arn = asked.queue_arn};
  if (target.id.size() > max_id) throw Error(errors::invalid_argument, "Ids are at most 255 characters long");
  if (asked.events.empty()) {
    throw Error(errors::malformed_xml,
                "The XML you provided was not well-formed or did not validate against our published schema");
  }
  for (const Event event : asked.events) target.events.emplace_back(to_string(event));
  if (asked.filter) read_filter(*asked.filter, target);
  // S3 makes one up; what hangs on the content alone stays the same when it is put again.
  if (target.id.empty()) {
    const Sha256 digest = sha256(objects::pack(objects::Notification{.targets = {target}}));
    target.id = to_base64(std::span(digest).first(24));
  }
  return target;
}

void check_targets(const std::vector<objects::NotificationTarget>& targets) {
  if (targets.size() > max_targets) {
    throw Error(errors::invalid_argument, "A bucket has at most 100 notification configurations");
  }
  for (std::size_t i = 0; i < targets.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (targets[i].id == targets[j].id) {
        throw Error(errors::invalid_argument, "Same ID used for multiple configurations. IDs must be unique");
      }
      if (objects::overlap(targets[i], targets[j])) {
        throw Error(errors::invalid_argument,
                    "Configurations overlap. Configurations on the same bucket cannot share a common event type.");
      }
    }
  }
}

[[noreturn]] void refuse_destination(const std::string& arn, const std::string& why) {
  throw Error(errors::invalid_argument, "Unable to validate the following destination configurations")
      .with("ArgumentName", arn)
      .with("ArgumentValue", why);
}

// Each must be there and take what the bucket sends: a test message says so.
Task<void> try_targets(S3& s3, const objects::Bucket& bucket, const std::vector<objects::NotificationTarget>& targets) {
  std::string request_id = "test";
  for (const auto& [key, values] : s3.access.request_facts()) {
    if (key == "tarn:RequestId" && !values.empty()) request_id = values.front();
  }
  for (const objects::NotificationTarget& target : targets) {
    if (target.arn.ends_with(".fifo")) refuse_destination(target.arn, "FIFO SQS queue is not supported");
    if (!s3.notifier) throw Error(errors::not_implemented, "This server tells nobody of changes");
    const std::string refusal = co_await s3.notifier->try_target(bucket, target.arn, request_id);
    if (!refusal.empty()) refuse_destination(target.arn, refusal);
  }
}

}  // namespace

Task<PutBucketNotificationConfigurationOutput> put_bucket_notification_configuration(
    S3& s3, PutBucketNotificationConfigurationRequest request) {
  const NotificationConfiguration& asked = request.notification_configuration;
  const BucketName name = bucket_name(request.bucket);
  const auto bucket =
      co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:PutBucketNotification");
  refuse_targets(asked.topic_configurations, "topics");
  refuse_targets(asked.lambda_function_configurations, "functions");
  objects::Notification notification{.event_bridge = asked.event_bridge_configuration.has_value()};
  if (asked.queue_configurations) {
    for (const QueueConfiguration& each : *asked.queue_configurations)
      notification.targets.push_back(target_from(each));
  }
  check_targets(notification.targets);
  // The same right for both, and S3 has no delete of its own: an empty configuration ends all notifications.
  if (notification == objects::Notification{}) {
    co_await s3.objects.remove_configuration(s3.access, name, objects::ConfigurationKind::notification);
    co_return PutBucketNotificationConfigurationOutput{};
  }
  if (!request.skip_destination_validation.value_or(false)) co_await try_targets(s3, *bucket, notification.targets);
  co_await s3.objects.put_configuration(s3.access, name, objects::ConfigurationKind::notification,
                                        objects::pack(notification));
  co_return PutBucketNotificationConfigurationOutput{};
}

}  // namespace tarn::s3
