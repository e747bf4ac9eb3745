#include "app/audit_seam.h"

#include "base/log.h"
#include "policy/evaluated_access.h"

namespace tarn::app {

bool AuditSeam::wants(const aws::Model&, const aws::Operation& operation) const {
  return !operation.data || audit_.trails().any_data();
}

namespace {

audit::Record record_of(aws::AuditEvent event) {
  audit::Record record;
  record.time = event.time;
  if (event.principal.account) record.account = *event.principal.account;
  record.principal = std::move(event.principal);
  record.source = std::string(event.model->signing_name) + ".amazonaws.com";
  record.name = event.operation->name;
  record.region = std::move(event.region);
  record.source_ip = std::move(event.source_ip);
  record.user_agent = std::move(event.user_agent);
  record.request_id = std::move(event.request_id);
  record.resources = std::move(event.resources);
  record.request_parameters = std::move(event.request_parameters);
  record.response_elements = std::move(event.response_elements);
  record.error_code = std::move(event.error_code);
  record.error_message = std::move(event.error_message);
  record.read_only = !event.operation->write;
  record.management = !event.operation->data;
  record.denials = std::move(event.denials);
  // What the handler's domain asked about, where operations.txt names nothing.
  for (const policy::Denial& denial : record.denials) {
    if (record.resources.empty() && denial.resource != "*") record.resources.push_back(denial.resource);
  }
  return record;
}

}  // namespace

std::unique_ptr<TaskCompanion> AuditSeam::begin(aws::AuditEvent event) {
  return audit_.begin(record_of(std::move(event)));
}

void AuditSeam::record(aws::AuditEvent event, std::unique_ptr<TaskCompanion> begun) {
  if (event.denied) {
    log::warning("denied", {{"request_id", event.request_id},
                            {"service", event.model->name},
                            {"operation", event.operation->name},
                            {"principal", event.principal.arn},
                            {"what", event.error_message}});
  }
  if (!event.principal.access_key_id.empty()) {
    identity_.note_key_use(event.principal.access_key_id, event.model->signing_name, event.region);
  }
  // All that begin() gave out are calls of the audit's.
  std::unique_ptr<audit::Underway> underway(static_cast<audit::Underway*>(begun.release()));
  audit_.record(record_of(std::move(event)), std::move(underway));
}

void AuditSeam::denied(const policy::Principal& principal, const policy::Facts& request_facts,
                       const policy::Denial& denial) {
  audit_.record(audit::record_of_denial(principal, request_facts, denial, wall_.now()));
}

std::shared_ptr<const policy::Access> TrailBuckets::access(const AccountId& account, const audit::Trail& trail) const {
  policy::Principal cloudtrail;
  cloudtrail.kind = policy::Principal::Kind::service;
  cloudtrail.arn = "cloudtrail.amazonaws.com";
  // The ACL that CloudTrail sends along and bucket policies ask for.
  return identity_.access(policy::make_rights(std::move(cloudtrail)),
                          {{"aws:SourceArn", {trail.arn}},
                           {"aws:SourceAccount", {account.text()}},
                           {"s3:x-amz-acl", {"bucket-owner-full-control"}}});
}

Task<void> TrailBuckets::check(AccountId account, const audit::Trail& trail, std::string example_key) {
  const auto name = BucketName::parse(trail.bucket);
  if (!name) throw Error({"InvalidS3BucketNameException", 400}, "Bucket name is invalid: " + trail.bucket);
  const auto bucket = co_await objects_.peek_bucket(*name);
  if (!bucket) {
    throw Error({"S3BucketDoesNotExistException", 400}, "S3 bucket " + trail.bucket + " does not exist!");
  }
  const auto as_service = access(account, trail);
  const bool allowed = co_await as_service->allows("s3:PutObject", "arn:aws:s3:::" + trail.bucket + "/" + example_key);
  if (!allowed) {
    throw Error({"InsufficientS3BucketPolicyException", 400},
                "Incorrect S3 bucket policy is detected for bucket: " + trail.bucket);
  }
}

Task<void> TrailBuckets::deliver(AccountId account, const audit::Trail& trail, std::string key, std::string gzip) {
  objects::PutRequest request{.bucket = BucketName::trusted(trail.bucket), .key = ObjectKey::trusted(std::move(key))};
  request.description.content_type = "application/json";
  request.description.content_encoding = "gzip";
  const auto as_service = access(account, trail);
  co_await objects_.put(*as_service, std::move(request), std::move(gzip));
}

}  // namespace tarn::app
