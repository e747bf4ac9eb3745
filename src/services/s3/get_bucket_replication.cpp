// GetBucketReplication: the rules as they were put.
#include "api/s3/get_bucket_replication.h"

#include "services/s3/replication_words.h"

namespace tarn::s3 {

Task<GetBucketReplicationOutput> get_bucket_replication(S3& s3, GetBucketReplicationRequest request) {
  const auto bucket =
      co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:GetReplicationConfiguration");
  const auto* found = bucket->configuration(objects::ConfigurationKind::replication);
  if (!found) {
    throw Error(errors::replication_configuration_not_found_error, "The replication configuration was not found")
        .with("BucketName", request.bucket);
  }
  GetBucketReplicationOutput output;
  output.replication_configuration = replication_out(objects::unpack_replication(found->document));
  co_return output;
}

}  // namespace tarn::s3
