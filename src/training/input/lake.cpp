#include "training/input/lake.h"

namespace tarn::training {

std::optional<S3Uri> parse_s3_uri(std::string_view text) {
  static constexpr std::string_view scheme = "s3://";
  if (!text.starts_with(scheme)) return std::nullopt;
  text.remove_prefix(scheme.size());
  const std::size_t slash = std::min(text.find('/'), text.size());
  S3Uri uri{.bucket = std::string(text.substr(0, slash)), .key = {}};
  if (uri.bucket.empty()) return std::nullopt;
  if (slash < text.size()) uri.key = text.substr(slash + 1);
  return uri;
}

std::string read_whole(Lake& lake, const LakeObject& object, std::size_t limit) {
  if (object.size > limit) {
    throw InputError(object.uri() + " has " + std::to_string(object.size) + " bytes; at most " + std::to_string(limit) +
                     " are taken here.");
  }
  std::string bytes(object.size, '\0');
  const auto reader = lake.open(object);
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const std::size_t got = reader->read(std::as_writable_bytes(std::span(bytes)).subspan(filled));
    if (got == 0) throw InputError(object.uri() + " ended before its size.");
    filled += got;
  }
  return bytes;
}

}  // namespace tarn::training
