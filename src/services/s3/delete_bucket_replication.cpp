// DeleteBucketReplication: success also where there are no rules.
#include "api/s3/delete_bucket_replication.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<DeleteBucketReplicationOutput> delete_bucket_replication(S3& s3, DeleteBucketReplicationRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  co_await s3.objects.remove_configuration(s3.access, bucket_name(request.bucket),
                                           objects::ConfigurationKind::replication);
  DeleteBucketReplicationOutput output;
  output.http_status = 204;
  co_return output;
}

}  // namespace tarn::s3
