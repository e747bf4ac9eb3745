// Block Public Access: a bucket's own, and its account's over all of its buckets.
#include "objects/public_access.h"

#include "objects/core.h"
#include "objects/objects.h"

namespace tarn::objects {

std::string pack(const PublicAccessBlock& block) {
  std::string document;
  for (const bool on :
       {block.block_public_acls, block.ignore_public_acls, block.block_public_policy, block.restrict_public_buckets}) {
    document += on ? '1' : '0';
  }
  return document;
}

PublicAccessBlock unpack_public_access_block(std::string_view document) {
  if (document.size() != 4) throw std::runtime_error("a public access block's row is broken");
  return {document[0] == '1', document[1] == '1', document[2] == '1', document[3] == '1'};
}

PublicAccessBlock operator|(const PublicAccessBlock& one, const PublicAccessBlock& other) {
  return {one.block_public_acls || other.block_public_acls, one.ignore_public_acls || other.ignore_public_acls,
          one.block_public_policy || other.block_public_policy,
          one.restrict_public_buckets || other.restrict_public_buckets};
}

std::optional<std::optional<PublicAccessBlock>> AccountBlocks::find(const AccountId& account) const {
  const std::shared_lock lock(mutex_);
  const auto found = blocks_.find(account.text());
  if (found == blocks_.end()) return std::nullopt;
  return std::optional<std::optional<PublicAccessBlock>>(std::in_place, found->second);
}

void AccountBlocks::remember(const AccountId& account, std::optional<PublicAccessBlock> block,
                             std::uint64_t generation) {
  const std::unique_lock lock(mutex_);
  if (generation != generation_.load()) return;
  if (blocks_.size() >= most_accounts) blocks_.clear();
  blocks_[account.text()] = block;
}

void AccountBlocks::forget(const AccountId& account) {
  const std::unique_lock lock(mutex_);
  ++generation_;
  blocks_.erase(account.text());
}

Task<std::optional<PublicAccessBlock>> Objects::Core::account_block(AccountId account) {
  if (const auto known = account_blocks.find(account)) co_return *known;
  const std::uint64_t generation = account_blocks.generation();
  const auto row = co_await d.meta.get(rows::names(), rows::account_block_key(account));
  const auto block = row ? std::optional(unpack_public_access_block(row->value)) : std::nullopt;
  account_blocks.remember(account, block, generation);
  co_return block;
}

Task<PublicAccessBlock> Objects::Core::blocked(BucketPointer bucket) {
  PublicAccessBlock block = (co_await account_block(bucket->owner)).value_or(PublicAccessBlock{});
  if (const Configuration* own = bucket->configuration(ConfigurationKind::public_access_block)) {
    block = block | unpack_public_access_block(own->document);
  }
  co_return block;
}

Task<PublicAccessBlock> Objects::effective_public_access_block(BucketPointer bucket) {
  co_return co_await core_->blocked(std::move(bucket));
}

Task<std::optional<PublicAccessBlock>> Objects::account_public_access_block(const policy::Access& access,
                                                                            AccountId account) {
  co_await access.require("s3:GetAccountPublicAccessBlock", "*");
  co_return co_await core_->account_block(std::move(account));
}

Task<void> Objects::set_account_public_access_block(const policy::Access& access, AccountId account,
                                                    std::optional<PublicAccessBlock> block) {
  co_await access.require("s3:PutAccountPublicAccessBlock", "*");
  meta::Batch batch;
  if (block) {
    batch.put(rows::account_block_key(account), pack(*block));
  } else {
    batch.remove(rows::account_block_key(account));
  }
  (void)co_await core_->d.meta.commit(rows::names(), std::move(batch));
  core_->account_blocks.forget(account);
}

}  // namespace tarn::objects
