// PutBucketReplication: which versions go where, and as whom.
#include "api/s3/put_bucket_replication.h"

#include "replicate/replicator.h"
#include "services/s3/replication_words.h"

namespace tarn::s3 {

Task<PutBucketReplicationOutput> put_bucket_replication(S3& s3, PutBucketReplicationRequest request) {
  const auto bucket =
      co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:PutReplicationConfiguration");
  const auto configuration = replication_in(request.replication_configuration);
  if (!s3.replicator) throw Error(errors::not_implemented, "This server replicates nothing");
  co_await s3.replicator->check(s3.access, *bucket, configuration);
  co_await s3.objects.put_configuration(s3.access, bucket_name(request.bucket), objects::ConfigurationKind::replication,
                                        objects::pack(configuration));
  co_return PutBucketReplicationOutput{};
}

}  // namespace tarn::s3
