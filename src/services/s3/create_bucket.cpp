// CreateBucket: a name for an account, for good or until it is deleted.
#include "api/s3/create_bucket.h"

#include "services/s3/grants.h"

namespace tarn::s3 {
namespace {

std::string asked_region(const S3& s3, const CreateBucketRequest& request) {
  if (!request.create_bucket_configuration) return s3.region;
  const CreateBucketConfiguration& configuration = *request.create_bucket_configuration;
  if (configuration.location || configuration.bucket) {
    throw Error(errors::not_implemented, "Directory buckets are not implemented");
  }
  const std::string asked = configuration.location_constraint.value_or("");
  if (asked.empty()) return s3.region;
  // As on AWS, us-east-1 is what no constraint means, and is no constraint itself.
  if (asked == "us-east-1") {
    throw Error(errors::invalid_location_constraint, "The specified location-constraint is not valid")
        .with("LocationConstraint", asked);
  }
  if (asked != s3.region) {
    throw Error(errors::illegal_location_constraint_exception,
                "The " + asked +
                    " location constraint is incompatible for the region specific endpoint this request "
                    "was sent to.");
  }
  return asked;
}

}  // namespace

Task<CreateBucketOutput> create_bucket(S3& s3, CreateBucketRequest request) {
  objects::CreateBucketRequest wanted{.name = bucket_name(request.bucket)};
  wanted.region = asked_region(s3, request);
  wanted.object_lock = request.object_lock_enabled_for_bucket.value_or(false);
  const objects::AclWish wish = co_await wish_of(s3, request.acl,
                                                 {.full_control = request.grant_full_control,
                                                  .read = request.grant_read,
                                                  .read_acp = request.grant_read_acp,
                                                  .write = request.grant_write,
                                                  .write_acp = request.grant_write_acp});
  if (wish.given && s3.access.principal().account) {
    wanted.acl = objects::acl_for_bucket(wish, *s3.access.principal().account);
  }
  if (request.object_ownership) {
    wanted.configurations[objects::ConfigurationKind::ownership] = to_string(*request.object_ownership);
  }
  if (request.create_bucket_configuration && request.create_bucket_configuration->tags) {
    const objects::Tags tags = tags_of(*request.create_bucket_configuration->tags, 50);
    if (!tags.empty()) wanted.configurations[objects::ConfigurationKind::tagging] = objects::pack_tags(tags);
  }
  const objects::BucketPointer made = co_await s3.objects.create_bucket(s3.access, std::move(wanted));
  CreateBucketOutput output;
  output.location = "/" + made->name.text();
  output.bucket_arn = made->arn();
  co_return output;
}

}  // namespace tarn::s3
