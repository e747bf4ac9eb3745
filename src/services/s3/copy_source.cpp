#include "services/s3/copy_source.h"

#include "base/encoding.h"
#include "services/s3/common.h"

namespace tarn::s3 {
namespace {

Error invalid_source() {
  return Error(errors::invalid_argument, "Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
      .with("ArgumentName", "x-amz-copy-source");
}

}  // namespace

CopySource parse_copy_source(std::string_view header) {
  if (header.starts_with("arn:")) {
    throw Error(errors::not_implemented, "Access points are not implemented");
  }
  // The version stands behind the last question mark that is not encoded.
  constexpr std::string_view parameter = "?versionId=";
  std::optional<std::string> version;
  const std::size_t question = header.rfind(parameter);
  if (question != std::string_view::npos) {
    version = uri_decode(header.substr(question + parameter.size()));
    header = header.substr(0, question);
  }
  auto path = uri_decode(header);
  if (!path) throw invalid_source();
  if (path->starts_with('/')) path->erase(0, 1);
  const std::size_t slash = path->find('/');
  if (slash == std::string::npos || slash + 1 == path->size()) throw invalid_source();
  return {.bucket = bucket_name(path->substr(0, slash)),
          .key = object_key(path->substr(slash + 1)),
          .version = version_id(version)};
}

}  // namespace tarn::s3
