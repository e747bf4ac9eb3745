// GetBucketMetricsConfiguration: one of a bucket's metrics configurations.
#include "api/s3/get_bucket_metrics_configuration.h"

#include <algorithm>

#include "services/s3/metrics_words.h"

namespace tarn::s3 {

Task<GetBucketMetricsConfigurationOutput> get_bucket_metrics_configuration(
    S3& s3, GetBucketMetricsConfigurationRequest request) {
  const auto bucket =
      co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:GetMetricsConfiguration");
  const auto all = metrics_of(*bucket);
  const auto found = std::ranges::find(all, request.id, &traffic::MetricsConfiguration::id);
  if (found == all.end()) refuse_missing_metrics();
  GetBucketMetricsConfigurationOutput output;
  output.metrics_configuration = metrics_out(*found);
  co_return output;
}

}  // namespace tarn::s3
