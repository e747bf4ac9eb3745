// The configurations of a bucket, and its versioning.
#include <array>

#include "objects/core.h"

namespace tarn::objects {
namespace {

struct Actions {
  ConfigurationKind kind;
  std::string_view get;
  std::string_view put;
  std::string_view remove;  // Mostly the same as to put.
};

constexpr std::array<Actions, 17> actions{{
    {ConfigurationKind::policy, "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"},
    {ConfigurationKind::public_access_block, "s3:GetBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock",
     "s3:PutBucketPublicAccessBlock"},
    {ConfigurationKind::ownership, "s3:GetBucketOwnershipControls", "s3:PutBucketOwnershipControls",
     "s3:PutBucketOwnershipControls"},
    {ConfigurationKind::tagging, "s3:GetBucketTagging", "s3:PutBucketTagging", "s3:PutBucketTagging"},
    {ConfigurationKind::lifecycle, "s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration",
     "s3:PutLifecycleConfiguration"},
    {ConfigurationKind::notification, "s3:GetBucketNotification", "s3:PutBucketNotification",
     "s3:PutBucketNotification"},
    {ConfigurationKind::encryption, "s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration",
     "s3:PutEncryptionConfiguration"},
    {ConfigurationKind::cors, "s3:GetBucketCORS", "s3:PutBucketCORS", "s3:PutBucketCORS"},
    {ConfigurationKind::object_lock, "s3:GetBucketObjectLockConfiguration", "s3:PutBucketObjectLockConfiguration",
     "s3:PutBucketObjectLockConfiguration"},
    {ConfigurationKind::inventory, "s3:GetInventoryConfiguration", "s3:PutInventoryConfiguration",
     "s3:PutInventoryConfiguration"},
    {ConfigurationKind::logging, "s3:GetBucketLogging", "s3:PutBucketLogging", "s3:PutBucketLogging"},
    {ConfigurationKind::website, "s3:GetBucketWebsite", "s3:PutBucketWebsite", "s3:DeleteBucketWebsite"},
    {ConfigurationKind::replication, "s3:GetReplicationConfiguration", "s3:PutReplicationConfiguration",
     "s3:PutReplicationConfiguration"},
    {ConfigurationKind::request_payment, "s3:GetBucketRequestPayment", "s3:PutBucketRequestPayment",
     "s3:PutBucketRequestPayment"},
    {ConfigurationKind::accelerate, "s3:GetAccelerateConfiguration", "s3:PutAccelerateConfiguration",
     "s3:PutAccelerateConfiguration"},
    {ConfigurationKind::acl, "s3:GetBucketAcl", "s3:PutBucketAcl", "s3:PutBucketAcl"},
    {ConfigurationKind::metrics, "s3:GetMetricsConfiguration", "s3:PutMetricsConfiguration",
     "s3:PutMetricsConfiguration"},
}};

const Actions& actions_of(ConfigurationKind kind) {
  return actions[static_cast<std::size_t>(kind) - 1];
}

}  // namespace

// Changes the state row (its generation at least), so that writes that looked at the bucket before look again, and
// whatever `change` adds to the same commit.
Task<void> Objects::Core::change_bucket(BucketPointer bucket, std::function<void(rows::State&, meta::Batch&)> change) {
  for (int attempt = 0;; ++attempt) {
    const auto row = co_await get(*bucket, std::string(rows::state_key));
    if (row) {
      rows::State state = rows::unpack_state(row->value);
      if (state.life == rows::State::Life::live) {
        ++state.generation;
        meta::Batch batch;
        batch.require_version(std::string(rows::state_key), row->version);
        change(state, batch);
        batch.put(std::string(rows::state_key), rows::pack(state));
        const meta::Commit done = co_await d.meta.commit(rows::partition(bucket->id), std::move(batch));
        buckets.forget(bucket->name.text());
        if (done.applied) co_return;
      }
    }
    bucket = co_await look_again(bucket, attempt);
  }
}

Task<void> Objects::set_versioning(const policy::Access& access, BucketName name, Versioning versioning) {
  const BucketPointer bucket = co_await core_->need_bucket(name);
  co_await access.require("s3:PutBucketVersioning", bucket->arn());
  if (versioning == Versioning::never) throw std::logic_error("versioning cannot be taken back");
  if (versioning == Versioning::suspended && bucket->object_lock) {
    throw Error(errors::invalid_bucket_state,
                "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
                "/" + name.text());
  }
  if (versioning == Versioning::suspended && bucket->configuration(ConfigurationKind::replication)) {
    throw Error(errors::invalid_bucket_state,
                "A replication configuration is present on this bucket, so you cannot change the versioning state. To "
                "change the versioning state, first delete the replication configuration.",
                "/" + name.text());
  }
  co_await core_->change_bucket(bucket,
                                [versioning](rows::State& state, meta::Batch&) { state.versioning = versioning; });
}

Task<std::optional<Configuration>> Objects::configuration(const policy::Access& access, BucketName name,
                                                          ConfigurationKind kind) {
  const BucketPointer bucket = co_await core_->need_bucket(name);
  co_await access.require(std::string(actions_of(kind).get), bucket->arn());
  const Configuration* found = bucket->configuration(kind);
  co_return found ? std::optional(*found) : std::nullopt;
}

Task<void> Objects::put_configuration(const policy::Access& access, BucketName name, ConfigurationKind kind,
                                      std::string document) {
  const BucketPointer bucket = co_await core_->need_bucket(name);
  co_await access.require(std::string(actions_of(kind).put), bucket->arn());
  co_await core_->change_bucket(bucket, [kind, &document](rows::State& state, meta::Batch& batch) {
    batch.put(rows::configuration_key(kind),
              rows::pack(Configuration{.document = document, .revision = state.generation}));
  });
}

Task<void> Objects::remove_configuration(const policy::Access& access, BucketName name, ConfigurationKind kind) {
  const BucketPointer bucket = co_await core_->need_bucket(name);
  co_await access.require(std::string(actions_of(kind).remove), bucket->arn());
  if (!bucket->configuration(kind)) co_return;
  co_await core_->change_bucket(
      bucket, [kind](rows::State&, meta::Batch& batch) { batch.remove(rows::configuration_key(kind)); });
}

Task<void> Objects::change_bucket_tags(const policy::Access& access, BucketName name, std::string action,
                                       std::function<void(Tags&)> change) {
  BucketPointer bucket = co_await core_->need_bucket(name);
  co_await access.require(std::move(action), bucket->arn());
  const std::string key = rows::configuration_key(ConfigurationKind::tagging);
  for (int attempt = 0;; ++attempt) {
    // The state first: every change of a configuration changes it, so the commit fails if the tags are newer than it.
    const auto row = co_await core_->get(*bucket, std::string(rows::state_key));
    if (row) {
      rows::State state = rows::unpack_state(row->value);
      const auto kept = co_await core_->get(*bucket, key);
      if (state.life == rows::State::Life::live) {
        Tags tags;
        if (kept) tags = unpack_tags(rows::unpack_configuration(kept->value).document);
        change(tags);
        ++state.generation;
        meta::Batch batch;
        batch.require_version(std::string(rows::state_key), row->version);
        batch.put(std::string(rows::state_key), rows::pack(state));
        if (tags.empty()) {
          batch.remove(key);
        } else {
          batch.put(key, rows::pack(Configuration{.document = pack_tags(tags), .revision = state.generation}));
        }
        const meta::Commit done = co_await core_->d.meta.commit(rows::partition(bucket->id), std::move(batch));
        core_->buckets.forget(name.text());
        if (done.applied) co_return;
      }
    }
    bucket = co_await core_->look_again(bucket, attempt);
  }
}

}  // namespace tarn::objects
