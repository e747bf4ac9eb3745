// UploadPartCopy: a part from an object that is there already.
#include "api/s3/upload_part_copy.h"

#include "services/s3/checksums.h"
#include "services/s3/copy_source.h"
#include "services/s3/encryption.h"
#include "services/s3/preconditions.h"
#include "services/s3/range.h"

namespace tarn::s3 {

Task<UploadPartCopyOutput> upload_part_copy(S3& s3, UploadPartCopyRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const CopySource source = parse_copy_source(request.copy_source);
  co_await check_owner(s3, source.bucket.text(), request.expected_source_bucket_owner);
  objects::CopyPartRequest copy{.source_bucket = source.bucket,
                                .source_key = source.key,
                                .source_version = source.version,
                                .check_source = source_check(request),
                                .bucket = bucket_name(request.bucket),
                                .key = object_key(request.key),
                                .upload = request.upload_id,
                                .number = static_cast<std::uint32_t>(std::max(request.part_number, 0)),
                                .source_customer_key = source_customer_key_of(s3, request),
                                .customer_key = customer_key_of(s3, request)};
  if (request.copy_source_range) copy.range = copy_range(*request.copy_source_range);
  const objects::CopyPartResult copied = co_await s3.objects.copy_part(s3.access, std::move(copy));
  UploadPartCopyOutput output;
  output.copy_part_result =
      CopyPartResult{.e_tag = in_quotes(copied.part.e_tag), .last_modified = copied.part.modified};
  set_checksum(*output.copy_part_result, copied.part.checksum, 0);
  tell_seal(copied.part.seal, output);
  output.copy_source_version_id = version_header(copied.source);
  co_return output;
}

}  // namespace tarn::s3
