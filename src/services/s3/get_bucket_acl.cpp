// GetBucketAcl: whose it is, and who else may. Where lists are off: nobody.
#include "api/s3/get_bucket_acl.h"

#include "services/s3/grants.h"

namespace tarn::s3 {

Task<GetBucketAclOutput> get_bucket_acl(S3& s3, GetBucketAclRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const objects::OwnedAcl found = co_await s3.objects.bucket_acl(s3.access, bucket_name(request.bucket));
  GetBucketAclOutput output;
  output.owner = owner_of(found.owner);
  output.grants = grants_of(found.acl);
  co_return output;
}

}  // namespace tarn::s3
