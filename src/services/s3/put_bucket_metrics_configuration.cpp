// PutBucketMetricsConfiguration: requests that are counted by themselves, in /_tarn/metrics.
#include "api/s3/put_bucket_metrics_configuration.h"

#include <algorithm>

#include "services/s3/metrics_words.h"
#include "traffic/traffic.h"

namespace tarn::s3 {

Task<PutBucketMetricsConfigurationOutput> put_bucket_metrics_configuration(
    S3& s3, PutBucketMetricsConfigurationRequest request) {
  const auto bucket =
      co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:PutMetricsConfiguration");
  auto asked = metrics_in(request.id, request.metrics_configuration);
  auto all = metrics_of(*bucket);
  const auto same = std::ranges::find(all, asked.id, &traffic::MetricsConfiguration::id);
  if (same != all.end()) {
    *same = std::move(asked);
  } else {
    if (all.size() >= traffic::most_metrics_configurations) {
      throw Error(ErrorCode{"TooManyConfigurations", 400},
                  "You are attempting to create a new configuration but have already reached the 1,000-configuration "
                  "limit.");
    }
    all.push_back(std::move(asked));
    std::ranges::sort(all, {}, &traffic::MetricsConfiguration::id);
  }
  co_await s3.objects.put_configuration(s3.access, bucket->name, objects::ConfigurationKind::metrics,
                                        traffic::pack(all));
  if (s3.traffic) s3.traffic->wanted();
  co_return PutBucketMetricsConfigurationOutput{};
}

}  // namespace tarn::s3
