// PutBucketAccelerateConfiguration: there are no edges to go by, so acceleration can only stay off.
#include "api/s3/put_bucket_accelerate_configuration.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<PutBucketAccelerateConfigurationOutput> put_bucket_accelerate_configuration(
    S3& s3, PutBucketAccelerateConfigurationRequest request) {
  const auto bucket =
      co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:PutAccelerateConfiguration");
  if (!request.accelerate_configuration.status) {
    throw Error(errors::malformed_xml,
                "The XML you provided was not well-formed or did not validate against our published schema");
  }
  if (bucket->name.text().find('.') != std::string::npos) {
    throw Error(errors::invalid_request,
                "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names");
  }
  if (*request.accelerate_configuration.status == BucketAccelerateStatus::enabled) {
    throw Error(errors::not_implemented, "Tarn has no endpoints for transfer acceleration.");
  }
  co_await s3.objects.put_configuration(s3.access, bucket->name, objects::ConfigurationKind::accelerate, "Suspended");
  co_return PutBucketAccelerateConfigurationOutput{};
}

}  // namespace tarn::s3
