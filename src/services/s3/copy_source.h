// x-amz-copy-source: "bucket/key?versionId=…", URL-encoded, with or without a slash in front.
#pragma once

#include <optional>
#include <string_view>

#include "base/names.h"

namespace tarn::s3 {

struct CopySource {
  BucketName bucket;
  ObjectKey key;
  std::optional<VersionId> version;
};
// Throws InvalidArgument.
CopySource parse_copy_source(std::string_view header);

}  // namespace tarn::s3
