// PutBucketAcl: this list instead of the one that the bucket has, where lists are on.
#include "api/s3/put_bucket_acl.h"

#include "services/s3/grants.h"

namespace tarn::s3 {

Task<PutBucketAclOutput> put_bucket_acl(S3& s3, PutBucketAclRequest request) {
  const objects::BucketPointer bucket =
      co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:PutBucketAcl");
  objects::AclWish wish = co_await put_wish(s3, request, bucket->owner);
  co_await s3.objects.put_bucket_acl(s3.access, bucket->name, std::move(wish));
  co_return PutBucketAclOutput{};
}

}  // namespace tarn::s3
