// PutBucketNotificationConfiguration: to EventBridge, or to nobody. Other targets are refused until there are any.
#include "api/s3/put_bucket_notification_configuration.h"

#include "objects/notification.h"
#include "services/s3/common.h"

namespace tarn::s3 {
namespace {

template <typename Targets>
void refuse_targets(const Targets& targets, std::string_view what) {
  if (targets && !targets->empty()) {
    throw Error(errors::not_implemented, "Notifications to " + std::string(what) +
                                             " are not implemented; send them to "
                                             "EventBridge (EventBridgeConfiguration) and add a rule there");
  }
}

}  // namespace

Task<PutBucketNotificationConfigurationOutput> put_bucket_notification_configuration(
    S3& s3, PutBucketNotificationConfigurationRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const NotificationConfiguration& asked = request.notification_configuration;
  refuse_targets(asked.topic_configurations, "topics");
  refuse_targets(asked.queue_configurations, "queues");
  refuse_targets(asked.lambda_function_configurations, "functions");
  const BucketName bucket = bucket_name(request.bucket);
  // The same right for both, and S3 has no delete of its own: an empty configuration ends all notifications.
  if (!asked.event_bridge_configuration) {
    co_await s3.objects.remove_configuration(s3.access, bucket, objects::ConfigurationKind::notification);
  } else {
    co_await s3.objects.put_configuration(s3.access, bucket, objects::ConfigurationKind::notification,
                                          objects::pack(objects::Notification{.event_bridge = true}));
  }
  co_return PutBucketNotificationConfigurationOutput{};
}

}  // namespace tarn::s3
