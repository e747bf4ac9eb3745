// GetBucketAcl: the owner, and nobody else: ACLs are off.
#include "api/s3/get_bucket_acl.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<GetBucketAclOutput> get_bucket_acl(S3& s3, GetBucketAclRequest request) {
  const objects::BucketPointer bucket =
      co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:GetBucketAcl");
  GetBucketAclOutput output;
  output.owner = owner_of(bucket->owner);
  output.grants.emplace().push_back({.grantee = Grantee{.id = output.owner->id, .type = Type::canonical_user},
                                     .permission = Permission::full_control});
  co_return output;
}

}  // namespace tarn::s3
