#include "meta/rocksdb/leap_cache.h"

#include <algorithm>

namespace tarn::meta {
namespace {

constexpr std::size_t max_partitions = 256;
constexpr std::size_t max_recent = 64;
constexpr std::size_t max_row_bytes = 4 << 10;
// How many rows are told with the lock held, so that a commit never waits long.
constexpr std::size_t rows_at_once = 64;

std::size_t bytes_of(std::string_view target, const Row& row) {
  constexpr std::size_t node_bytes = 160;
  return target.size() + row.key.size() + row.value.size() + node_bytes;
}

}  // namespace

LeapCache::Reader LeapCache::begin(std::string prefix) {
  const std::lock_guard lock(mutex_);
  if (!parts_.contains(prefix)) {
    if (parts_.size() >= max_partitions) forget_all();
    // What is being written now was not noted for this partition.
    parts_[prefix].since = changes_ + (visible_ < changes_ ? 1 : 0);
  }
  return {.prefix = std::move(prefix), .began = changes_};
}

LeapCache::Outcome LeapCache::follow(const Reader& reader, RowKey& target, const RowKey& end, const Leap& leap,
                                     Gathered& gathered) const {
  while (true) {
    const std::lock_guard lock(mutex_);
    const auto found = parts_.find(reader.prefix);
    if (found == parts_.end() || found->second.since > reader.began) return Outcome::unknown;
    const Part& part = found->second;
    auto at = part.landings.find(target);
    for (std::size_t i = 0; i < rows_at_once; ++i) {
      const Step taken = step(reader, part, at, target, end, leap, gathered);
      if (taken != Step::taken) return taken == Step::ended ? Outcome::ended : Outcome::unknown;
    }
  }
}

LeapCache::Step LeapCache::step(const Reader& reader, const Part& part, Landings::const_iterator& at, RowKey& target,
                                const RowKey& end, const Leap& leap, Gathered& gathered) const {
  // The next target is mostly the next one known.
  if (at != part.landings.end() && at->first != target) at = part.landings.find(target);
  if (at == part.landings.end() || at->second.since > reader.began) return Step::unknown;
  const Row& row = at->second.row;
  if (!end.empty() && row.key >= end) return Step::ended;
  if (!gathered.fits(row.key.size() + row.value.size())) return Step::ended;
  gathered.rows.push_back(row);
  if (gathered.full()) return Step::ended;
  RowKey next = leap(row.key);
  if (next <= row.key) {
    target = row.key + '\0';
    return Step::unknown;
  }
  target = std::move(next);
  ++at;
  return Step::taken;
}

void LeapCache::keep(const Reader& reader, std::vector<Landing> found) {
  std::size_t added = 0;
  for (const Landing& landing : found) added += bytes_of(landing.target, landing.row);
  const std::lock_guard lock(mutex_);
  if (bytes_ + added > max_bytes_) {
    forget_all();
    return;
  }
  const auto part = parts_.find(reader.prefix);
  if (part == parts_.end() || part->second.since > reader.began) return;
  for (Landing& landing : found) {
    const bool fits = landing.row.key.size() + landing.row.value.size() <= max_row_bytes;
    if (fits && still_true(part->second, reader, landing)) insert(part->second, std::move(landing));
  }
}

// The reader may have looked before or after any change that was not visible when it began.
bool LeapCache::still_true(const Part& part, const Reader& reader, const Landing& landing) const {
  const std::uint64_t seen = std::min(reader.began, visible_);
  return std::ranges::none_of(part.recent, [&](const auto& change) {
    return change.first > seen && change.second >= landing.target && change.second <= landing.row.key;
  });
}

void LeapCache::insert(Part& part, Landing landing) {
  auto at = part.landings.lower_bound(landing.target);
  if (at != part.landings.begin()) {
    const auto before = std::prev(at);
    if (before->second.row.key >= landing.target) erase(part, before);
  }
  while (at != part.landings.end() && at->first <= landing.row.key) at = erase(part, at);
  bytes_ += bytes_of(landing.target, landing.row);
  part.landings.emplace_hint(at, std::move(landing.target), Entry{.row = std::move(landing.row), .since = changes_});
}

LeapCache::Landings::iterator LeapCache::erase(Part& part, Landings::iterator at) {
  bytes_ -= bytes_of(at->first, at->second.row);
  return part.landings.erase(at);
}

void LeapCache::forget_all() {
  parts_.clear();
  bytes_ = 0;
}

void LeapCache::will_change(std::span<const ChangedKey> changes) {
  const std::lock_guard lock(mutex_);
  // A reader that begins before these are visible counts among those that missed them.
  record(changes, changes_ + 2);
}

void LeapCache::changed(std::span<const ChangedKey> changes) {
  const std::lock_guard lock(mutex_);
  record(changes, changes_ + 1);
  visible_ = changes_;
}

// More than can be noted are followed from the number `missed_until` on only.
void LeapCache::record(std::span<const ChangedKey> changes, std::uint64_t missed_until) {
  ++changes_;
  if (parts_.empty()) return;
  std::string_view prefix;
  auto found = parts_.end();
  for (const ChangedKey& change : changes) {
    if (change.prefix != prefix) {
      prefix = change.prefix;
      found = parts_.find(std::string(prefix));
    }
    if (found == parts_.end()) continue;
    Part& part = found->second;
    if (changes.size() > max_recent) {
      part.recent.clear();
      part.since = std::max(part.since, missed_until);
    } else {
      part.recent.emplace_back(changes_, change.key);
      if (part.recent.size() > max_recent) {
        part.since = std::max(part.since, part.recent.front().first);
        part.recent.pop_front();
      }
    }
    auto at = part.landings.upper_bound(change.key);
    if (at == part.landings.begin()) continue;
    if ((--at)->second.row.key >= change.key) erase(part, at);
  }
}

std::size_t LeapCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace tarn::meta
