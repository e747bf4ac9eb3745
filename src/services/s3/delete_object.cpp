// DeleteObject: a delete marker, or one version for good. Deleting what is not there is success.
#include "api/s3/delete_object.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<DeleteObjectOutput> delete_object(S3& s3, DeleteObjectRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  objects::RemoveRequest remove{.bucket = bucket_name(request.bucket), .key = object_key(request.key)};
  remove.version = version_id(request.version_id);
  if (request.if_match) remove.if_match = unquoted(*request.if_match);
  if (request.if_match_size) remove.if_size = static_cast<std::uint64_t>(*request.if_match_size);
  remove.if_modified = request.if_match_last_modified_time;
  remove.bypass_governance = request.bypass_governance_retention.value_or(false);
  if (!remove.version) remove.replica_of = version_id(s3.replica_of);
  const objects::RemoveResult removed = co_await s3.objects.remove(s3.access, std::move(remove));
  DeleteObjectOutput output;
  output.http_status = 204;
  if (removed.delete_marker) output.delete_marker = true;
  if (removed.version) output.version_id = removed.version->text();
  co_return output;
}

}  // namespace tarn::s3
