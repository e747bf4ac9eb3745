// What the listings do alike: limits, encoding, tokens.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/encoding.h"
#include "services/s3/common.h"

namespace tarn::s3 {

// encoding-type=url, for keys that XML cannot carry. As S3 does it: slashes stay.
class Encoder {
 public:
  explicit Encoder(const std::optional<EncodingType>& type) : url_(type.has_value()) {}
  std::string operator()(std::string text) const { return url_ ? uri_encode(text, true) : std::move(text); }
  std::optional<std::string> operator()(const std::optional<std::string>& text) const {
    return text ? std::optional((*this)(std::string(*text))) : std::nullopt;
  }

 private:
  bool url_;
};

// What the client asked for; S3 tells it back, and gives 1,000 at most. Throws InvalidArgument below zero.
std::int32_t page_size(const std::optional<std::int32_t>& asked, std::string_view name);

// Whose each listed version is. Where lists are on it may be its writer's, which its row tells: a read for each; else
// all are the bucket owner's.
Task<std::vector<Owner>> owners_of(S3& s3, const objects::Listing& listing);

// Both S3 listings' line of an object. `Listed` is Object or ObjectVersion of the API.
template <typename Listed>
Listed listed_as(objects::ListedObject& object, const Encoder& encode) {
  Listed listed;
  listed.key = encode(std::move(object.key));
  // Listings tell whole seconds, as the Last-Modified header does.
  listed.last_modified = std::chrono::floor<std::chrono::seconds>(object.modified);
  listed.e_tag = in_quotes(object.e_tag);
  listed.size = static_cast<std::int64_t>(object.size);
  if constexpr (std::is_same_v<decltype(listed.storage_class), std::optional<std::string>>) {
    listed.storage_class = objects::name_of(object.storage_class);
  } else {
    listed.storage_class = storage_class_as<ObjectStorageClass>(object.storage_class);
  }
  if (object.checksum_algorithm) {
    listed.checksum_algorithm.emplace().push_back(
        *aws::parse_enum<ChecksumAlgorithm>(name_of(*object.checksum_algorithm)));
    listed.checksum_type =
        object.checksum_type == objects::ChecksumType::composite ? ChecksumType::composite : ChecksumType::full_object;
  }
  return listed;
}

template <typename CommonPrefixes>
void set_common_prefixes(const std::vector<std::string>& prefixes, const Encoder& encode, CommonPrefixes& out) {
  if (prefixes.empty()) return;
  out.emplace();
  for (const std::string& prefix : prefixes) out->push_back({.prefix = encode(std::string(prefix))});
}

}  // namespace tarn::s3
