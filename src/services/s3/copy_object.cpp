// CopyObject: another object with the same bytes; in place, a change of what is said of them.
#include "api/s3/copy_object.h"

#include "services/s3/checksums.h"
#include "services/s3/copy_source.h"
#include "services/s3/description.h"
#include "services/s3/encryption.h"
#include "services/s3/grants.h"
#include "services/s3/locks.h"
#include "services/s3/preconditions.h"
#include "tiers/lifecycle.h"

namespace tarn::s3 {
namespace {

// A copy onto itself must change something, else it is a mistake.
void refuse_idle_copy(const CopyObjectRequest& request, const objects::CopyRequest& copy) {
  const bool in_place = copy.source_bucket == copy.bucket && copy.source_key == copy.key && !copy.source_version;
  if (!in_place || copy.description || copy.tags || request.storage_class || request.website_redirect_location ||
      request.checksum_algorithm || request.server_side_encryption || request.sse_customer_algorithm ||
      request.copy_source_sse_customer_algorithm) {
    return;
  }
  throw Error(errors::invalid_request,
              "This copy request is illegal because it is trying to copy an object to itself without changing the "
              "object's metadata, storage class, website redirect location or encryption attributes.");
}

}  // namespace

Task<CopyObjectOutput> copy_object(S3& s3, CopyObjectRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  CopySource source = parse_copy_source(request.copy_source);
  co_await check_owner(s3, source.bucket.text(), request.expected_source_bucket_owner);
  objects::CopyRequest copy{.source_bucket = source.bucket,
                            .source_key = source.key,
                            .source_version = source.version,
                            .check_source = source_check(request),
                            .bucket = bucket_name(request.bucket),
                            .key = object_key(request.key)};
  if (request.metadata_directive == MetadataDirective::replace) copy.description = description_of(request);
  if (request.tagging_directive == TaggingDirective::replace) {
    copy.tags = parse_tagging(request.tagging.value_or(""));
  }
  copy.website_redirect = request.website_redirect_location.value_or("");
  copy.storage_class = storage_class_of(request.storage_class);
  copy.source_customer_key = source_customer_key_of(s3, request);
  copy.customer_key = encryption_of_new(s3, request);
  if (asks_for_acl(request)) copy.acl = co_await object_wish(s3, request);
  copy.lock = lock_of(request);
  if (request.checksum_algorithm) copy.algorithm = checksum_algorithm_of(*request.checksum_algorithm);
  copy.conditions = write_conditions(request);
  refuse_idle_copy(request, copy);

  const objects::CopyResult copied = co_await s3.objects.copy(s3.access, std::move(copy));
  CopyObjectOutput output;
  output.copy_object_result =
      CopyObjectResult{.e_tag = in_quotes(copied.made.e_tag), .last_modified = copied.made.modified};
  set_checksum(*output.copy_object_result, copied.made.checksum, copied.made.parts);
  tell_seal(copied.made.seal, output);
  output.version_id = version_header(copied.made);
  output.copy_source_version_id = version_header(copied.source);
  output.expiration = tiers::expiration_header(copied.made);
  co_return output;
}

}  // namespace tarn::s3
