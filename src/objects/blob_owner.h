// What a blob's file says of the row that will name it, so that a sweep after a crash reads that row and not all of
// them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::objects {

struct BlobOwner {
  std::string bucket_id;
  std::string key;
  // Of a part: its upload and its number in it.
  std::string upload = {};
  std::uint32_t part = 0;
};

std::string pack(const BlobOwner& owner);
// None for bytes that are not whole, or from a version that says it otherwise: then every row has to be looked at.
std::optional<BlobOwner> unpack_blob_owner(std::string_view bytes);

}  // namespace tarn::objects
