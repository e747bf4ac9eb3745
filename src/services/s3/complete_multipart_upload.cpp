// CompleteMultipartUpload: the named parts become the object.
#include "api/s3/complete_multipart_upload.h"

#include "services/s3/checksums.h"
#include "services/s3/encryption.h"
#include "services/s3/preconditions.h"
#include "tiers/lifecycle.h"

namespace tarn::s3 {
namespace {

objects::CompleteRequest::NamedPart named_part(const CompletedPart& part) {
  if (!part.part_number || !part.e_tag) {
    throw Error(errors::malformed_xml,
                "The XML you provided was not well-formed or did not validate against our published schema");
  }
  objects::CompleteRequest::NamedPart named{.number = static_cast<std::uint32_t>(std::max(*part.part_number, 0)),
                                            .e_tag = unquoted(*part.e_tag)};
  if (const auto given = given_checksum(part)) named.checksum = given->value;
  return named;
}

}  // namespace

Task<CompleteMultipartUploadOutput> complete_multipart_upload(S3& s3, CompleteMultipartUploadRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  (void)customer_key_of(s3, request);  // Not needed to join parts; half of one is a mistake all the same.
  objects::CompleteRequest complete{
      .bucket = bucket_name(request.bucket), .key = object_key(request.key), .upload = request.upload_id};
  if (!request.multipart_upload || !request.multipart_upload->parts) {
    throw Error(errors::malformed_xml,
                "The XML you provided was not well-formed or did not validate against our published schema");
  }
  for (const CompletedPart& part : *request.multipart_upload->parts) complete.parts.push_back(named_part(part));
  if (const auto given = given_checksum(request)) complete.expected_checksum = given->value;
  if (request.checksum_type) {
    complete.checksum_type = *request.checksum_type == ChecksumType::composite ? objects::ChecksumType::composite
                                                                               : objects::ChecksumType::full_object;
  }
  if (request.mpu_object_size) complete.size = static_cast<std::uint64_t>(*request.mpu_object_size);
  complete.conditions = write_conditions(request);
  const objects::ObjectVersion made = co_await s3.objects.complete_upload(s3.access, std::move(complete));
  CompleteMultipartUploadOutput output;
  output.bucket = request.bucket;
  output.key = request.key;
  output.location = s3.scheme + "://" + s3.host + "/" + request.bucket + "/" + uri_encode(request.key, true);
  output.e_tag = in_quotes(made.e_tag);
  output.version_id = version_header(made);
  output.expiration = tiers::expiration_header(made);
  set_checksum(output, made.checksum, made.parts);
  tell_seal(made.seal, output);
  co_return output;
}

}  // namespace tarn::s3
