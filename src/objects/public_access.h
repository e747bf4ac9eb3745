// Block Public Access and object ownership, as configurations of a bucket.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tarn::objects {

struct PublicAccessBlock {
  bool block_public_acls = false;
  bool ignore_public_acls = false;
  bool block_public_policy = false;
  bool restrict_public_buckets = false;
  friend bool operator==(const PublicAccessBlock&, const PublicAccessBlock&) = default;
};
inline constexpr PublicAccessBlock all_public_access_blocked{true, true, true, true};

std::string pack(const PublicAccessBlock& block);
PublicAccessBlock unpack_public_access_block(std::string_view document);

// The document of ConfigurationKind::ownership is the mode's name.
inline constexpr std::string_view bucket_owner_enforced = "BucketOwnerEnforced";

}  // namespace tarn::objects
