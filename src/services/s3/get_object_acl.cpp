// GetObjectAcl: the owner, and nobody else: ACLs are off.
#include "api/s3/get_object_acl.h"

#include "services/s3/reading.h"

namespace tarn::s3 {

Task<GetObjectAclOutput> get_object_acl(S3& s3, GetObjectAclRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const auto object = co_await s3.objects.find(s3.access, bucket_name(request.bucket), object_key(request.key),
                                               version_id(request.version_id), "s3:GetObjectAcl");
  if (!object || object->delete_marker) refuse_missing(request.key, request.version_id);
  GetObjectAclOutput output;
  output.owner = owner_of(object->owner);
  output.grants.emplace().push_back({.grantee = Grantee{.id = output.owner->id, .type = Type::canonical_user},
                                     .permission = Permission::full_control});
  co_return output;
}

}  // namespace tarn::s3
