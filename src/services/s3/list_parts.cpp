// ListParts: the parts of an upload that have come.
#include "api/s3/list_parts.h"

#include "services/s3/checksums.h"
#include "services/s3/listing.h"
#include "services/s3/multipart.h"

namespace tarn::s3 {

Task<ListPartsOutput> list_parts(S3& s3, ListPartsRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const std::int32_t max = page_size(request.max_parts, "max-parts");
  const std::int32_t marker = request.part_number_marker.value_or(0);
  const objects::PartListing listing =
      co_await s3.objects.list_parts(s3.access, {.bucket = bucket_name(request.bucket),
                                                 .key = object_key(request.key),
                                                 .upload = request.upload_id,
                                                 .after = static_cast<std::uint32_t>(std::max(marker, 0)),
                                                 .max = static_cast<std::size_t>(max)});
  const objects::Upload& upload = listing.upload;
  ListPartsOutput output;
  output.bucket = request.bucket;
  output.key = request.key;
  output.upload_id = request.upload_id;
  output.part_number_marker = marker;
  output.max_parts = std::min(max, 1000);
  output.is_truncated = listing.truncated;
  output.next_part_number_marker =
      listing.parts.empty() ? marker : static_cast<std::int32_t>(listing.parts.back().number);
  output.owner = owner_of(upload.owner);
  output.initiator = initiator_of<Initiator>(upload);
  output.storage_class = storage_class_as<StorageClass>(upload.storage_class);
  if (upload.algorithm) {
    output.checksum_algorithm = aws::parse_enum<ChecksumAlgorithm>(name_of(*upload.algorithm));
    output.checksum_type =
        upload.checksum_type == objects::ChecksumType::composite ? ChecksumType::composite : ChecksumType::full_object;
  }
  set_abort(upload, output);
  for (const objects::Part& part : listing.parts) {
    if (!output.parts) output.parts.emplace();
    Part listed{.part_number = static_cast<std::int32_t>(part.number),
                .last_modified = part.modified,
                .e_tag = in_quotes(part.e_tag),
                .size = static_cast<std::int64_t>(part.size)};
    // Only what the client asked for: CRC64NVME that the server made by itself is not told of single parts.
    if (upload.algorithm) set_checksum(listed, part.checksum, 0);
    output.parts->push_back(std::move(listed));
  }
  co_return output;
}

}  // namespace tarn::s3
