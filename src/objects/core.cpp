#include "objects/core.h"

namespace tarn::objects {

BucketPointer BucketCache::find(const std::string& name) const {
  const std::shared_lock lock(mutex_);
  const auto found = buckets_.find(name);
  return found == buckets_.end() ? nullptr : found->second;
}

void BucketCache::remember(BucketPointer bucket, std::uint64_t generation) {
  const std::unique_lock lock(mutex_);
  if (generation != generation_.load()) return;
  if (buckets_.size() >= max_buckets) buckets_.clear();
  buckets_[bucket->name.text()] = std::move(bucket);
}

void BucketCache::forget(const std::string& name) {
  const std::unique_lock lock(mutex_);
  ++generation_;
  buckets_.erase(name);
}

// ---- buckets

Task<BucketPointer> Objects::Core::find_bucket(const BucketName& name) {
  if (BucketPointer known = buckets.find(name.text())) co_return known;
  const std::uint64_t generation = buckets.generation();
  BucketPointer bucket = co_await read_bucket(name);
  if (bucket) buckets.remember(bucket, generation);
  co_return bucket;
}

Task<BucketPointer> Objects::Core::need_bucket(const BucketName& name) {
  BucketPointer bucket = co_await find_bucket(name);
  if (!bucket) {
    throw Error(errors::no_such_bucket, "The specified bucket does not exist", "/" + name.text())
        .with("BucketName", name.text());
  }
  co_return bucket;
}

Task<BucketPointer> Objects::Core::read_bucket(const BucketName& name) {
  const auto name_row = co_await d.meta.get(rows::names(), rows::name_key(name.text()));
  if (!name_row) co_return nullptr;
  const rows::BucketName named = rows::unpack_bucket_name(name_row->value);
  const meta::Partition partition = rows::partition(named.id);

  // State and configurations at one moment.
  auto bucket = std::make_shared<Bucket>();
  std::optional<rows::State> state;
  const auto found = co_await d.meta.scan(partition, "b/", "b0", {.max_rows = 300, .max_bytes = 64 << 20});
  for (const meta::Row& row : found) {
    if (row.key == rows::state_key) {
      state = rows::unpack_state(row.value);
      bucket->state_version = row.version;
    } else if (const auto kind = rows::parse_configuration_key(row.key)) {
      bucket->configurations[*kind] = rows::unpack_configuration(row.value);
    }
  }
  if (!state || state->life == rows::State::Life::deleted) co_return nullptr;
  if (state->life == rows::State::Life::deleting) {
    {
      const std::lock_guard lock(deleting_mutex);
      if (deleting.contains(named.id)) {
        throw Error(errors::operation_aborted,
                    "A conflicting conditional operation is currently in progress against this resource. Try again.",
                    "/" + name.text());
      }
    }
    // A process that died was about to delete it, and answered nobody: it lives.
    state->life = rows::State::Life::live;
    meta::Batch batch;
    batch.require_version(std::string(rows::state_key), bucket->state_version);
    batch.put(std::string(rows::state_key), rows::pack(*state));
    const auto revived = co_await d.meta.commit(partition, std::move(batch));
    if (!revived.applied) co_return co_await read_bucket(name);
    const auto row = co_await d.meta.get(partition, std::string(rows::state_key));
    if (!row) co_return nullptr;
    bucket->state_version = row->version;
  }
  bucket->name = name;
  bucket->id = named.id;
  bucket->owner = AccountId::trusted(state->owner);
  bucket->region = state->region;
  bucket->created = state->created;
  bucket->versioning = state->versioning;
  bucket->object_lock = state->object_lock;
  co_return bucket;
}

// ---- versions

ObjectVersion Objects::Core::version_of(const BucketPointer& bucket, const ObjectKey& key, const meta::Row& row,
                                        bool latest) const {
  ObjectVersion version = rows::unpack_version(row.value);
  version.bucket = bucket;
  version.key = key;
  version.latest = latest;
  version.row_version = row.version;
  return version;
}

Task<std::optional<ObjectVersion>> Objects::Core::read_current(BucketPointer bucket, const ObjectKey& key) {
  const auto row = co_await get(*bucket, rows::current_key(key.text()));
  if (!row) co_return std::nullopt;
  co_return version_of(bucket, key, *row, true);
}

Task<std::optional<ObjectVersion>> Objects::Core::read_version(BucketPointer bucket, const ObjectKey& key,
                                                               const VersionId& id) {
  // The current row first: a version that is being superseded meanwhile is then found among the noncurrent.
  auto current = co_await read_current(bucket, key);
  if (current && current->id() == id) co_return current;

  std::uint64_t sequence = 0;
  rows::Head head;
  if (const auto row = co_await get(*bucket, rows::head_key(key.text()))) head = rows::unpack_head(row->value);
  if (id.text() == "null") {
    sequence = head.null_sequence;
  } else if (const auto numbers = parse_version_id(id.text())) {
    sequence = numbers->first;
  }
  if (sequence == 0) co_return std::nullopt;
  const auto row = co_await get(*bucket, rows::version_key(key.text(), sequence));
  if (!row) {
    // It may have become the current one just now, because the one before it was removed.
    current = co_await read_current(bucket, key);
    if (current && current->id() == id) co_return current;
    co_return std::nullopt;
  }
  ObjectVersion version = version_of(bucket, key, *row, !current && sequence == head.newest);
  if (version.id() != id) co_return std::nullopt;
  co_return version;
}

Task<KeyState> Objects::Core::read_key(BucketPointer bucket, const ObjectKey& key) {
  KeyState state;
  // The head first: whatever changes the current row later changes the head too, and the commit checks the head.
  if (bucket->versioning != Versioning::never) {
    state.head_row = co_await get(*bucket, rows::head_key(key.text()));
    if (state.head_row) state.head = rows::unpack_head(state.head_row->value);
  }
  state.current_row = co_await get(*bucket, rows::current_key(key.text()));
  if (state.current_row) state.current = version_of(bucket, key, *state.current_row, true);
  co_return state;
}

Task<void> Objects::Core::require_list_to_miss(const policy::Access& access, const Bucket& bucket,
                                               const ObjectKey& key) {
  // Policies may allow lists of some prefixes only: this is a look at one key.
  if (!co_await access.allows("s3:ListBucket", bucket.arn(), {{"s3:prefix", {key.text()}}})) {
    throw Error(errors::access_denied,
                policy::denial_message(access.principal(), "s3:ListBucket", bucket.arn(), policy::Decision{}),
                "/" + bucket.name.text() + "/" + key.text());
  }
}

}  // namespace tarn::objects
