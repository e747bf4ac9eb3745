// GetBucketOwnershipControls
#include "api/s3/get_bucket_ownership_controls.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<GetBucketOwnershipControlsOutput> get_bucket_ownership_controls(S3& s3,
                                                                     GetBucketOwnershipControlsRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const auto found =
      co_await s3.objects.configuration(s3.access, bucket_name(request.bucket), objects::ConfigurationKind::ownership);
  const auto mode = found ? aws::parse_enum<ObjectOwnership>(found->document) : std::nullopt;
  if (!mode) {
    throw Error(errors::ownership_controls_not_found_error, "The bucket ownership controls were not found")
        .with("BucketName", request.bucket);
  }
  GetBucketOwnershipControlsOutput output;
  output.ownership_controls.emplace().rules.push_back({.object_ownership = *mode});
  co_return output;
}

}  // namespace tarn::s3
