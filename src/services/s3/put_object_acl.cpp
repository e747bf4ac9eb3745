// PutObjectAcl: this list instead of the one that the version has, where lists are on.
#include "api/s3/put_object_acl.h"

#include "services/s3/grants.h"
#include "services/s3/reading.h"

namespace tarn::s3 {

Task<PutObjectAclOutput> put_object_acl(S3& s3, PutObjectAclRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const BucketName bucket = bucket_name(request.bucket);
  const ObjectKey key = object_key(request.key);
  const std::optional<VersionId> id = version_id(request.version_id);
  const auto object = co_await s3.objects.find(s3.access, bucket, key, id, "s3:PutObjectAcl");
  if (!object) refuse_missing(request.key, request.version_id);
  objects::AclWish wish = co_await put_wish(s3, request, objects::acl_of(*object).owner);
  const auto changed = co_await s3.objects.put_object_acl(s3.access, bucket, key, id, std::move(wish));
  if (!changed) refuse_missing(request.key, request.version_id);
  co_return PutObjectAclOutput{};
}

}  // namespace tarn::s3
