// ListBucketMetricsConfigurations: a hundred a page, by id.
#include "api/s3/list_bucket_metrics_configurations.h"

#include "services/s3/metrics_words.h"

namespace tarn::s3 {

Task<ListBucketMetricsConfigurationsOutput> list_bucket_metrics_configurations(
    S3& s3, ListBucketMetricsConfigurationsRequest request) {
  constexpr std::size_t page = 100;
  const auto bucket =
      co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:GetMetricsConfiguration");
  ListBucketMetricsConfigurationsOutput output;
  output.is_truncated = false;
  output.continuation_token = request.continuation_token;
  const auto all = metrics_of(*bucket);
  for (const traffic::MetricsConfiguration& each : all) {
    if (request.continuation_token && each.id <= *request.continuation_token) continue;
    if (!output.metrics_configuration_list) output.metrics_configuration_list.emplace();
    if (output.metrics_configuration_list->size() == page) {
      output.is_truncated = true;
      output.next_continuation_token = output.metrics_configuration_list->back().id;
      break;
    }
    output.metrics_configuration_list->push_back(metrics_out(each));
  }
  co_return output;
}

}  // namespace tarn::s3
