// PutBucketOwnershipControls: whose new objects are, and whether access control lists count.
#include "api/s3/put_bucket_ownership_controls.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<PutBucketOwnershipControlsOutput> put_bucket_ownership_controls(S3& s3,
                                                                     PutBucketOwnershipControlsRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const auto& rules = request.ownership_controls.rules;
  if (rules.size() != 1) {
    throw Error(errors::malformed_xml,
                "The XML you provided was not well-formed or did not validate against our published schema");
  }
  const auto mode = objects::parse_ownership(to_string(rules.front().object_ownership));
  if (!mode) throw std::logic_error("an ownership of the model that the domain does not know");
  co_await s3.objects.set_ownership(s3.access, bucket_name(request.bucket), *mode);
  co_return PutBucketOwnershipControlsOutput{};
}

}  // namespace tarn::s3
