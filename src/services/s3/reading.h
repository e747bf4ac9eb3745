// What GetObject and HeadObject do alike.
#pragma once

#include <optional>

#include "services/s3/checksums.h"
#include "services/s3/description.h"
#include "services/s3/preconditions.h"
#include "services/s3/range.h"
#include "tiers/lifecycle.h"

namespace tarn::s3 {

// NoSuchKey or NoSuchVersion.
[[noreturn]] void refuse_missing(const std::string& key, const std::optional<std::string>& version);
// The same for a read of the object itself: where a delete marker hides it, the headers name that.
Task<void> refuse_unread(S3& s3, const BucketName& bucket, const ObjectKey& key,
                         const std::optional<std::string>& version);
// A delete marker that was named: MethodNotAllowed, with what it is in the headers.
template <typename Output>
Output delete_marker_answer(const objects::ObjectVersion& marker) {
  Output output;
  output.http_status = 405;
  output.delete_marker = true;
  output.version_id = version_header(marker);
  output.last_modified = marker.modified;
  return output;
}

// What is to be sent.
struct Selection {
  ByteRange range;
  bool partial = false;
  std::optional<std::int32_t> parts_count;
  // Of the one part that is sent, where it has one.
  std::optional<objects::StoredChecksum> part_checksum = {};
};
// By Range or partNumber. Throws InvalidRange, InvalidPartNumber, InvalidRequest.
Task<Selection> select(S3& s3, const objects::ObjectVersion& version, const std::optional<std::string>& range,
                       std::optional<std::int32_t> part_number);

template <typename Request, typename Output>
void fill(const S3& s3, const Request& request, const objects::ObjectVersion& version, const Selection& selection,
          Output& output) {
  describe(version, output);
  override_description(s3, request, output);
  output.http_status = selection.partial ? 206 : 200;
  output.content_length = static_cast<std::int64_t>(selection.range.length);
  if (selection.partial) output.content_range = content_range(selection.range, version.size);
  output.parts_count = selection.parts_count;
  if (!request.version_id) output.expiration = tiers::expiration_header(version);
  // A checksum covers the whole object: of a range it would say nothing. Parts have checksums of their own. Clients on
  // AWS's C runtime (awscli 2, for one) ask for it in lower case.
  const bool wanted = request.checksum_mode && equal_ignoring_case(*request.checksum_mode, "ENABLED");
  if (wanted && !selection.partial) set_checksum(output, version.checksum, version.parts);
  if (wanted) set_part_checksum(output, selection.part_checksum);
}

}  // namespace tarn::s3
