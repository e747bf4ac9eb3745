// GetObjectAttributes: what is known of an object, as asked for, without its bytes.
#include "api/s3/get_object_attributes.h"

#include <algorithm>

#include "services/s3/checksums.h"
#include "services/s3/encryption.h"
#include "services/s3/listing.h"
#include "services/s3/reading.h"

namespace tarn::s3 {
namespace {

Task<GetObjectAttributesParts> object_parts(S3& s3, const objects::ObjectVersion& version,
                                            const GetObjectAttributesRequest& request) {
  const std::int32_t max = std::min(page_size(request.max_parts, "max-parts"), 1000);
  const std::int32_t marker = std::max(request.part_number_marker.value_or(0), 0);
  const auto found = co_await s3.objects.parts_of(s3.access, version, static_cast<std::uint32_t>(marker),
                                                  static_cast<std::size_t>(max));
  GetObjectAttributesParts parts;
  parts.total_parts_count = static_cast<std::int32_t>(version.parts);
  // Without checksums of its parts S3 tells only how many there are.
  if (!version.checksum || version.checksum->type != objects::ChecksumType::composite) co_return parts;
  parts.part_number_marker = marker;
  parts.max_parts = max;
  parts.next_part_number_marker = found.empty() ? 0 : static_cast<std::int32_t>(found.back().number);
  parts.is_truncated = !found.empty() && found.back().number < version.parts;
  parts.parts.emplace();
  for (const objects::ObjectPart& part : found) {
    ObjectPart listed{.part_number = static_cast<std::int32_t>(part.number),
                      .size = static_cast<std::int64_t>(part.range.length)};
    if (part.checksum) {
      set_checksum(listed, objects::StoredChecksum{.algorithm = version.checksum->algorithm, .value = *part.checksum},
                   0);
    }
    parts.parts->push_back(std::move(listed));
  }
  co_return parts;
}

}  // namespace

Task<GetObjectAttributesOutput> get_object_attributes(S3& s3, GetObjectAttributesRequest request) {
  co_await check_owner(s3, request.bucket, request.expected_bucket_owner);
  const auto customer_key = customer_key_of(s3, request);
  const auto object = co_await s3.objects.find(s3.access, bucket_name(request.bucket), object_key(request.key),
                                               version_id(request.version_id), "s3:GetObjectAttributes");
  if (!object) co_await refuse_unread(s3, bucket_name(request.bucket), object_key(request.key), request.version_id);
  if (object->delete_marker) co_return delete_marker_answer<GetObjectAttributesOutput>(*object);
  s3.objects.check_customer_key(*object, customer_key);
  const auto wants = [&](ObjectAttributes attribute) {
    return std::ranges::find(request.object_attributes, attribute) != request.object_attributes.end();
  };
  GetObjectAttributesOutput output;
  output.last_modified = object->modified;
  output.version_id = version_header(*object);
  if (wants(ObjectAttributes::e_tag)) output.e_tag = object->e_tag;
  if (wants(ObjectAttributes::checksum) && object->checksum) {
    set_checksum(output.checksum.emplace(), object->checksum, object->parts);
  }
  if (wants(ObjectAttributes::object_size)) output.object_size = static_cast<std::int64_t>(object->size);
  if (wants(ObjectAttributes::storage_class)) {
    output.storage_class = storage_class_as<StorageClass>(object->storage_class);
  }
  if (wants(ObjectAttributes::object_parts) && object->parts > 0) {
    output.object_parts = co_await object_parts(s3, *object, request);
  }
  co_return output;
}

}  // namespace tarn::s3
