// PutBucketLogging: switches a bucket's access logs on (into another bucket of the same owner) or off.
#include "api/s3/put_bucket_logging.h"

#include "services/s3/logging_words.h"
#include "traffic/traffic.h"

namespace tarn::s3 {
namespace {

[[noreturn]] void refuse(std::string why, const std::string& target) {
  throw Error(errors::invalid_target_bucket_for_logging, std::move(why)).with("TargetBucket", target);
}

// Where lists are off, the policy may come later, as Terraform writes it; where they are on, S3 asks for the grant
// first.
Task<void> check_target(S3& s3, objects::BucketPointer source, const traffic::LoggingConfiguration& configuration) {
  const std::string& name = configuration.target_bucket;
  const auto parsed = BucketName::parse(name);
  const auto target = parsed ? co_await s3.objects.peek_bucket(*parsed) : nullptr;
  if (!target) refuse("The target bucket for logging does not exist", name);
  if (target->owner != source->owner) {
    refuse("The owner for the bucket to be logged and the target bucket must be the same.", name);
  }
  if (target->configuration(objects::ConfigurationKind::object_lock)) {
    refuse("The target bucket for logging must not have a default retention period.", name);
  }
  if (objects::ownership_of(*target) == objects::Ownership::bucket_owner_enforced) co_return;
  if (s3.traffic && !co_await s3.traffic->may_deliver(source, configuration)) {
    refuse("You must give the log-delivery group WRITE and READ_ACP permissions to the target bucket", name);
  }
}

}  // namespace

Task<PutBucketLoggingOutput> put_bucket_logging(S3& s3, PutBucketLoggingRequest request) {
  const auto bucket = co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:PutBucketLogging");
  constexpr auto kind = objects::ConfigurationKind::logging;
  if (!request.bucket_logging_status.logging_enabled) {
    co_await s3.objects.remove_configuration(s3.access, bucket->name, kind);
    co_return PutBucketLoggingOutput{};
  }
  const traffic::LoggingConfiguration configuration = logging_in(*request.bucket_logging_status.logging_enabled);
  co_await check_target(s3, bucket, configuration);
  co_await s3.objects.put_configuration(s3.access, bucket->name, kind, traffic::pack(configuration));
  if (s3.traffic) s3.traffic->wanted();
  co_return PutBucketLoggingOutput{};
}

}  // namespace tarn::s3
