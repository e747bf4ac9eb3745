// Block Public Access and object ownership, as configurations of a bucket.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "base/names.h"

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
// What either forbids.
PublicAccessBlock operator|(const PublicAccessBlock& one, const PublicAccessBlock& other);

// Blocks of accounts as they are, like BucketCache: what is read while another writes is not kept.
class AccountBlocks {
 public:
  // None: not known; else the account's block, if it has one.
  std::optional<std::optional<PublicAccessBlock>> find(const AccountId& account) const;
  void remember(const AccountId& account, std::optional<PublicAccessBlock> block, std::uint64_t generation);
  void forget(const AccountId& account);
  std::uint64_t generation() const { return generation_.load(); }

 private:
  static constexpr std::size_t most_accounts = 10'000;
  mutable std::shared_mutex mutex_;
  std::map<std::string, std::optional<PublicAccessBlock>> blocks_;
  std::atomic<std::uint64_t> generation_{0};
};

}  // namespace tarn::objects
