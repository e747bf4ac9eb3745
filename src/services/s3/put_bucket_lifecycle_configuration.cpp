// PutBucketLifecycleConfiguration: these rules instead of those it had. What cannot be honoured is refused here.
#include "api/s3/put_bucket_lifecycle_configuration.h"

#include "services/s3/common.h"
#include "services/s3/lifecycle_rules.h"

namespace tarn::s3 {

Task<PutBucketLifecycleConfigurationOutput> put_bucket_lifecycle_configuration(
    S3& s3, PutBucketLifecycleConfigurationRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  if (!request.lifecycle_configuration || request.lifecycle_configuration->rules.empty()) {
    throw Error(errors::malformed_xml,
                "The XML you provided was not well-formed or did not validate against our published schema");
  }
  tiers::Lifecycle lifecycle;
  lifecycle.small_objects_may_archive =
      request.transition_default_minimum_object_size == TransitionDefaultMinimumObjectSize::varies_by_storage_class;
  for (const LifecycleRule& rule : request.lifecycle_configuration->rules) lifecycle.rules.push_back(rule_of(rule));
  tiers::check(lifecycle);
  co_await s3.objects.put_configuration(s3.access, bucket_name(request.bucket), objects::ConfigurationKind::lifecycle,
                                        tiers::pack(lifecycle));
  PutBucketLifecycleConfigurationOutput output;
  output.transition_default_minimum_object_size = lifecycle.small_objects_may_archive
                                                      ? TransitionDefaultMinimumObjectSize::varies_by_storage_class
                                                      : TransitionDefaultMinimumObjectSize::all_storage_classes_128_k;
  co_return output;
}

}  // namespace tarn::s3
