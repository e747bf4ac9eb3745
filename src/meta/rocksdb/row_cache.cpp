#include "meta/rocksdb/row_cache.h"

#include <xxhash.h>

namespace tarn::meta {
namespace {

constexpr std::uint64_t under_way = UINT64_MAX;
// Larger ones gain little, and would push out many small ones.
constexpr std::size_t max_row_bytes = 16 << 10;
constexpr std::size_t entry_bytes = 160;

std::size_t hash_of(std::string_view key) {
  return XXH3_64bits(key.data(), key.size());
}

std::string stored_key(const ChangedKey& change) {
  std::string key;
  key.reserve(change.prefix.size() + change.key.size());
  key += change.prefix;
  key += change.key;
  return key;
}

}  // namespace

std::size_t RowCache::KeyHash::operator()(std::string_view key) const {
  return hash_of(key);
}

RowCache::RowCache(std::size_t max_bytes) : max_shard_bytes_(max_bytes / shard_count), slots_(slot_count) {}

const RowCache::Entry* RowCache::use(Shard& shard, std::string_view key) {
  const auto found = shard.by_key.find(key);
  if (found == shard.by_key.end()) return nullptr;
  shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
  return &*found->second;
}

std::optional<RowCache::Value> RowCache::find(std::string_view key) {
  Shard& shard = shard_of(hash_of(key));
  const std::lock_guard lock(shard.mutex);
  const Entry* const entry = use(shard, key);
  return entry ? std::optional(entry->value) : std::nullopt;
}

std::optional<std::uint64_t> RowCache::find_version(std::string_view key) {
  Shard& shard = shard_of(hash_of(key));
  const std::lock_guard lock(shard.mutex);
  const Entry* const entry = use(shard, key);
  return entry ? std::optional(entry->value.version) : std::nullopt;
}

std::uint64_t RowCache::state_of(std::string_view key) const {
  return slots_[hash_of(key) % slot_count].load();
}

void RowCache::keep(std::string_view key, std::uint64_t state, std::string_view value, std::uint64_t version) {
  if (state == under_way || value.size() > max_row_bytes) return;
  const std::size_t hash = hash_of(key);
  Shard& shard = shard_of(hash);
  std::list<Entry> made;
  made.push_back({.key = std::string(key), .value = {.value = std::string(value), .version = version}});
  const std::lock_guard lock(shard.mutex);
  // A change that begins after this look takes the row away again, for it needs the lock.
  if (slots_[hash % slot_count].load() == state) insert(shard, std::move(made));
}

void RowCache::keep_written(const ChangedKey& place, std::string value, std::uint64_t version) {
  if (value.size() > max_row_bytes) return;
  std::list<Entry> made;
  made.push_back({.key = stored_key(place), .value = {.value = std::move(value), .version = version}});
  Shard& shard = shard_of(hash_of(made.front().key));
  const std::lock_guard lock(shard.mutex);
  insert(shard, std::move(made));
}

// Unless a reader was quicker, with the same row.
void RowCache::insert(Shard& shard, std::list<Entry> made) {
  const std::size_t bytes = bytes_of(made.front());
  if (bytes > max_shard_bytes_ || shard.by_key.contains(made.front().key)) return;
  while (shard.bytes + bytes > max_shard_bytes_) erase(shard, std::prev(shard.entries.end()));
  shard.entries.splice(shard.entries.begin(), made);
  shard.by_key.emplace(shard.entries.front().key, shard.entries.begin());
  shard.bytes += bytes;
}

std::size_t RowCache::bytes_of(const Entry& entry) {
  return entry.key.capacity() + entry.value.value.capacity() + entry_bytes;
}

void RowCache::erase(Shard& shard, std::list<Entry>::iterator at) {
  shard.bytes -= bytes_of(*at);
  shard.by_key.erase(at->key);
  shard.entries.erase(at);
}

void RowCache::will_change(std::span<const ChangedKey> changes) {
  for (const ChangedKey& change : changes) {
    const std::string key = stored_key(change);
    const std::size_t hash = hash_of(key);
    changing_.push_back(hash % slot_count);
    slots_[changing_.back()].store(under_way);
    Shard& shard = shard_of(hash);
    const std::lock_guard lock(shard.mutex);
    if (const auto found = shard.by_key.find(key); found != shard.by_key.end()) erase(shard, found->second);
  }
}

void RowCache::changed() {
  ++changes_;
  for (const std::size_t slot : changing_) slots_[slot].store(changes_);
  changing_.clear();
}

std::size_t RowCache::bytes() const {
  std::size_t bytes = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    bytes += shard.bytes;
  }
  return bytes;
}

}  // namespace tarn::meta
