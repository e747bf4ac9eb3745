// GetBucketNotificationConfiguration: empty where there is none.
#include "api/s3/get_bucket_notification_configuration.h"

#include "objects/notification.h"
#include "services/s3/common.h"

namespace tarn::s3 {

Task<GetBucketNotificationConfigurationOutput> get_bucket_notification_configuration(
    S3& s3, GetBucketNotificationConfigurationRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const auto found = co_await s3.objects.configuration(s3.access, bucket_name(request.bucket),
                                                       objects::ConfigurationKind::notification);
  GetBucketNotificationConfigurationOutput output;
  if (found && objects::unpack_notification(found->document).event_bridge) {
    output.event_bridge_configuration = EventBridgeConfiguration{};
  }
  co_return output;
}

}  // namespace tarn::s3
