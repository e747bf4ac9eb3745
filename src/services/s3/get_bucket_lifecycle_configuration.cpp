// GetBucketLifecycleConfiguration: the rules, said as they were put.
#include "api/s3/get_bucket_lifecycle_configuration.h"

#include "services/s3/common.h"
#include "services/s3/lifecycle_rules.h"

namespace tarn::s3 {

Task<GetBucketLifecycleConfigurationOutput> get_bucket_lifecycle_configuration(
    S3& s3, GetBucketLifecycleConfigurationRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const auto found =
      co_await s3.objects.configuration(s3.access, bucket_name(request.bucket), objects::ConfigurationKind::lifecycle);
  if (!found) {
    throw Error(errors::no_such_lifecycle_configuration, "The lifecycle configuration does not exist")
        .with("BucketName", request.bucket);
  }
  const tiers::Lifecycle lifecycle = tiers::unpack_lifecycle(found->document);
  GetBucketLifecycleConfigurationOutput output;
  output.rules.emplace();
  for (const tiers::Rule& rule : lifecycle.rules) output.rules->push_back(lifecycle_rule_of(rule));
  output.transition_default_minimum_object_size = lifecycle.small_objects_may_archive
                                                      ? TransitionDefaultMinimumObjectSize::varies_by_storage_class
                                                      : TransitionDefaultMinimumObjectSize::all_storage_classes_128_k;
  co_return output;
}

}  // namespace tarn::s3
