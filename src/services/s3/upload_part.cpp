// UploadPart: one part; sent again, it replaces the earlier one.
#include "api/s3/upload_part.h"

#include "objects/body.h"
#include "services/s3/checksums.h"
#include "services/s3/encryption.h"

namespace tarn::s3 {

Task<UploadPartOutput> upload_part(S3& s3, UploadPartRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  objects::PutPartRequest put{.bucket = bucket_name(request.bucket),
                              .key = object_key(request.key),
                              .upload = request.upload_id,
                              .number = static_cast<std::uint32_t>(std::max(request.part_number, 0)),
                              .customer_key = customer_key_of(s3, request),
                              .checks = body_checks(s3, request)};
  if (!request.content_length && request.body) {
    throw Error(errors::missing_content_length, "You must provide the Content-Length HTTP header.");
  }
  objects::StringStream nothing{std::string()};
  ByteStream& body = request.body ? *request.body : nothing;
  const objects::Part part = co_await s3.objects.put_part(s3.access, std::move(put), body);
  UploadPartOutput output;
  output.e_tag = in_quotes(part.e_tag);
  set_checksum(output, part.checksum, 0);
  tell_seal(part.seal, output);
  co_return output;
}

}  // namespace tarn::s3
