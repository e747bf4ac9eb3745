// GetBucketLogging: where a bucket's access logs go; nowhere is an empty answer.
#include "api/s3/get_bucket_logging.h"

#include "services/s3/logging_words.h"

namespace tarn::s3 {

Task<GetBucketLoggingOutput> get_bucket_logging(S3& s3, GetBucketLoggingRequest request) {
  const auto bucket = co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:GetBucketLogging");
  GetBucketLoggingOutput output;
  if (const auto* found = bucket->configuration(objects::ConfigurationKind::logging)) {
    output.logging_enabled = logging_out(traffic::unpack_logging(found->document));
  }
  co_return output;
}

}  // namespace tarn::s3
