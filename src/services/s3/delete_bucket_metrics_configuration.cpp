// DeleteBucketMetricsConfiguration: these requests are no longer counted by themselves.
#include "api/s3/delete_bucket_metrics_configuration.h"

#include "services/s3/metrics_words.h"

namespace tarn::s3 {

Task<DeleteBucketMetricsConfigurationOutput> delete_bucket_metrics_configuration(
    S3& s3, DeleteBucketMetricsConfigurationRequest request) {
  const auto bucket =
      co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:PutMetricsConfiguration");
  auto all = metrics_of(*bucket);
  if (std::erase_if(all, [&](const auto& each) { return each.id == request.id; }) == 0) refuse_missing_metrics();
  constexpr auto kind = objects::ConfigurationKind::metrics;
  if (all.empty()) {
    co_await s3.objects.remove_configuration(s3.access, bucket->name, kind);
  } else {
    co_await s3.objects.put_configuration(s3.access, bucket->name, kind, traffic::pack(all));
  }
  co_return DeleteBucketMetricsConfigurationOutput{};
}

}  // namespace tarn::s3
