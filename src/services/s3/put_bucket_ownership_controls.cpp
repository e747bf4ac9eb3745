// PutBucketOwnershipControls: only that the bucket's owner owns everything; ACLs, which the other modes need, are not
// implemented.
#include "api/s3/put_bucket_ownership_controls.h"

#include "objects/public_access.h"
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
  const std::string_view mode = to_string(rules.front().object_ownership);
  if (mode != objects::bucket_owner_enforced) {
    throw Error(errors::not_implemented, "Object ownership " + std::string(mode) + " is not implemented");
  }
  co_await s3.objects.put_configuration(s3.access, bucket_name(request.bucket), objects::ConfigurationKind::ownership,
                                        std::string(mode));
  co_return PutBucketOwnershipControlsOutput{};
}

}  // namespace tarn::s3
