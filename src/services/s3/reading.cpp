#include "services/s3/reading.h"

namespace tarn::s3 {
namespace {

constexpr ErrorCode invalid_part_number{"InvalidPartNumber", 416};

}  // namespace

void refuse_missing(const std::string& key, const std::optional<std::string>& version) {
  if (version) {
    throw Error(errors::no_such_version, "The specified version does not exist.")
        .with("Key", key)
        .with("VersionId", *version);
  }
  throw Error(errors::no_such_key, "The specified key does not exist.").with("Key", key);
}

Task<void> refuse_unread(S3& s3, const BucketName& bucket, const ObjectKey& key,
                         const std::optional<std::string>& version) {
  if (!version) {
    if (const auto marker = co_await s3.objects.hiding_marker(s3.access, bucket, key)) {
      throw Error(errors::no_such_key, "The specified key does not exist.")
          .with("Key", key.text())
          .with_header("x-amz-delete-marker", "true")
          .with_header("x-amz-version-id", marker->id().text());
    }
  }
  refuse_missing(key.text(), version);
}

Task<Selection> select(S3& s3, const objects::ObjectVersion& version, const std::optional<std::string>& range,
                       std::optional<std::int32_t> part_number) {
  const ByteRange everything{.offset = 0, .length = version.size};
  if (!part_number) {
    // No range means all of it, and an empty object has no last byte: it must not take the range path.
    const auto wanted = range ? resolve_range(*range, version.size) : std::nullopt;
    co_return Selection{.range = wanted.value_or(everything), .partial = wanted.has_value()};
  }
  if (range) {
    throw Error(errors::invalid_request, "Cannot specify both Range header and partNumber query parameter");
  }
  if (*part_number < 1 || *part_number > 10'000) {
    throw Error(errors::invalid_argument, "Part number must be an integer between 1 and 10000, inclusive")
        .with("ArgumentName", "partNumber")
        .with("ArgumentValue", std::to_string(*part_number));
  }
  const auto number = static_cast<std::uint32_t>(*part_number);
  if (number > std::max(version.parts, 1u)) {
    throw Error(invalid_part_number, "The requested partnumber is not satisfiable")
        .with("PartNumberRequested", std::to_string(number))
        .with("ActualPartCount", std::to_string(std::max(version.parts, 1u)));
  }
  if (version.parts == 0) {
    co_return Selection{.range = everything, .partial = version.size > 0, .part_checksum = version.checksum};
  }
  const auto parts = co_await s3.objects.parts_of(s3.access, version, number - 1, 1);
  if (parts.empty()) co_return Selection{.range = {.offset = version.size, .length = 0}};
  Selection selection{
      .range = parts.front().range, .partial = true, .parts_count = static_cast<std::int32_t>(version.parts)};
  if (version.checksum && parts.front().checksum) {
    selection.part_checksum = version.checksum;
    selection.part_checksum->value = *parts.front().checksum;
  }
  co_return selection;
}

}  // namespace tarn::s3
