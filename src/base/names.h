// Names that must not be mixed up. Their parse() refuses what is invalid, so one in hand is always valid.
#pragma once

#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tarn {

// A string with a meaning. `Tag::valid(text)` says which texts have it.
template <typename Tag>
class Name {
 public:
  static std::optional<Name> parse(std::string_view text) {
    if (!Tag::valid(text)) return std::nullopt;
    return Name(std::string(text));
  }
  // For text that this program made or stored itself and so knows to be valid.
  static Name trusted(std::string text) { return Name(std::move(text)); }

  const std::string& text() const { return text_; }
  friend auto operator<=>(const Name&, const Name&) = default;

 private:
  explicit Name(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

struct AccountIdTag {
  static bool valid(std::string_view text);  // Twelve digits.
};
struct BucketNameTag {
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, general purpose buckets.
  static bool valid(std::string_view text);
};
struct ObjectKeyTag {
  static bool valid(std::string_view text);  // 1 to 1,024 bytes of UTF-8.
};
struct VersionIdTag {
  static bool valid(std::string_view text);  // "null", or up to 1,024 characters of the URL-safe alphabet.
};
struct ETagTag {
  static bool valid(std::string_view text);  // Without its quotes: printable ASCII, not empty.
};
struct AccessKeyIdTag {
  static bool valid(std::string_view text);  // 16 to 128 word characters.
};

using AccountId = Name<AccountIdTag>;
using BucketName = Name<BucketNameTag>;
using ObjectKey = Name<ObjectKeyTag>;
using VersionId = Name<VersionIdTag>;
using ETag = Name<ETagTag>;
using AccessKeyId = Name<AccessKeyIdTag>;

// Is all of `text` well-formed UTF-8 (no surrogates, no overlong forms)?
bool is_utf8(std::string_view text);

}  // namespace tarn

template <typename Tag>
struct std::hash<tarn::Name<Tag>> {
  std::size_t operator()(const tarn::Name<Tag>& name) const { return std::hash<std::string>{}(name.text()); }
};
