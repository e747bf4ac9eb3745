// GetObjectAcl: whose it is, and who else may. Where lists are off: nobody but the bucket's owner.
#include "api/s3/get_object_acl.h"

#include "services/s3/grants.h"
#include "services/s3/reading.h"

namespace tarn::s3 {

Task<GetObjectAclOutput> get_object_acl(S3& s3, GetObjectAclRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const auto object = co_await s3.objects.find(s3.access, bucket_name(request.bucket), object_key(request.key),
                                               version_id(request.version_id), "s3:GetObjectAcl");
  if (!object || object->delete_marker) refuse_missing(request.key, request.version_id);
  const objects::OwnedAcl found = objects::acl_of(*object);
  GetObjectAclOutput output;
  output.owner = owner_of(found.owner);
  output.grants = grants_of(found.acl);
  co_return output;
}

}  // namespace tarn::s3
