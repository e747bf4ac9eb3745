// ListMultipartUploads: uploads that were neither completed nor aborted, by key and age.
#include "api/s3/list_multipart_uploads.h"

#include "services/s3/listing.h"
#include "services/s3/multipart.h"

namespace tarn::s3 {

Task<ListMultipartUploadsOutput> list_multipart_uploads(S3& s3, ListMultipartUploadsRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const std::int32_t max = page_size(request.max_uploads, "max-uploads");
  const objects::UploadListing listing =
      co_await s3.objects.list_uploads(s3.access, {.bucket = bucket_name(request.bucket),
                                                   .prefix = request.prefix.value_or(""),
                                                   .delimiter = request.delimiter.value_or(""),
                                                   .after = request.key_marker.value_or(""),
                                                   .after_upload = request.upload_id_marker.value_or(""),
                                                   .max = static_cast<std::size_t>(max)});
  const Encoder encode(request.encoding_type);
  ListMultipartUploadsOutput output;
  output.bucket = request.bucket;
  output.key_marker = encode(request.key_marker.value_or(""));
  output.upload_id_marker = request.upload_id_marker.value_or("");
  output.prefix = encode(request.prefix.value_or(""));
  if (request.delimiter && !request.delimiter->empty()) output.delimiter = encode(request.delimiter);
  output.max_uploads = std::min(max, 1000);
  output.encoding_type = request.encoding_type;
  output.is_truncated = listing.truncated;
  if (listing.truncated) {
    output.next_key_marker = encode(std::string(listing.next_after));
    output.next_upload_id_marker = listing.next_upload;
  }
  for (const objects::Upload& upload : listing.uploads) {
    if (!output.uploads) output.uploads.emplace();
    MultipartUpload listed{.upload_id = upload.id,
                           .key = encode(std::string(upload.key.text())),
                           .initiated = upload.initiated,
                           .storage_class = storage_class_as<StorageClass>(upload.storage_class),
                           .owner = owner_of(upload.owner),
                           .initiator = initiator_of<Initiator>(upload)};
    if (upload.algorithm) {
      listed.checksum_algorithm = aws::parse_enum<ChecksumAlgorithm>(name_of(*upload.algorithm));
      listed.checksum_type = upload.checksum_type == objects::ChecksumType::composite ? ChecksumType::composite
                                                                                      : ChecksumType::full_object;
    }
    output.uploads->push_back(std::move(listed));
  }
  set_common_prefixes(listing.common_prefixes, encode, output.common_prefixes);
  co_return output;
}

}  // namespace tarn::s3
