// GetBucketReplication: not implemented as a configuration, so no bucket has one.
#include "api/s3/get_bucket_replication.h"

#include "services/s3/common.h"

namespace tarn::s3 {

Task<GetBucketReplicationOutput> get_bucket_replication(S3& s3, GetBucketReplicationRequest request) {
  (void)co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:GetReplicationConfiguration");
  throw Error(errors::replication_configuration_not_found_error, "The replication configuration was not found")
      .with("BucketName", request.bucket);
}

}  // namespace tarn::s3
