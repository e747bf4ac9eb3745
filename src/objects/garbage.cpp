// Keeping house: removing blobs that nothing names any more, and those that a dead process left behind.
#include <set>

#include "base/pack.h"
#include "objects/core.h"

namespace tarn::objects {
namespace {

constexpr std::size_t rows_a_step = 200;

// Removes the blobs and rows of [prefix], which are parts. The rows go after their blobs, so that a stop in between
// only makes us do it again.
Task<void> remove_parts(Objects::Core& core, const meta::Partition& partition, const std::string& prefix) {
  while (true) {
    const auto found =
        co_await core.d.meta.scan(partition, prefix, meta::end_of_prefix(prefix), {.max_rows = rows_a_step});
    if (found.empty()) co_return;
    meta::Batch batch;
    for (const meta::Row& row : found) {
      const rows::StoredPart part = rows::unpack_part(row.value);
      if (part.blob) co_await core.d.blobs.remove(*part.blob);
      batch.remove(row.key);
    }
    (void)co_await core.d.meta.commit(partition, std::move(batch));
  }
}

Task<std::size_t> collect_bucket(Objects::Core& core, const meta::Partition& partition, std::size_t max) {
  std::string end = "g/";
  Packer(end).fixed64(static_cast<std::uint64_t>(to_millis(core.now())) + 1);
  std::string from = "g/";
  std::size_t collected = 0;
  while (collected < max) {
    const auto due =
        co_await core.d.meta.scan(partition, from, end, {.max_rows = std::min(rows_a_step, max - collected)});
    if (due.empty()) break;
    meta::Batch batch;
    for (const meta::Row& row : due) {
      from = row.key + '\0';
      const rows::Garbage garbage = rows::unpack_garbage(row.value);
      if (garbage.kind == rows::Garbage::Kind::blob) {
        co_await core.d.blobs.remove(garbage.blob);
      } else if (garbage.kind == rows::Garbage::Kind::upload_parts) {
        co_await remove_parts(core, partition, rows::upload_parts_prefix(garbage.upload));
      } else if (!core.pins.contains({garbage.sequence, garbage.nonce})) {
        co_await remove_parts(core, partition, rows::parts_prefix(garbage.sequence, garbage.nonce));
      } else {
        continue;  // Somebody reads it still.
      }
      batch.remove(row.key);
      ++collected;
    }
    if (!batch.empty()) (void)co_await core.d.meta.commit(partition, std::move(batch));
  }
  co_return collected;
}

// A deleted bucket whose garbage and outbox are worked off leaves nothing behind.
Task<void> forget_deleted(Objects::Core& core, const meta::Partition& partition) {
  const auto row = co_await core.d.meta.get(partition, std::string(rows::state_key));
  if (!row || rows::unpack_state(row->value).life != rows::State::Life::deleted) co_return;
  for (const std::string_view prefix : {"g/", "o/"}) {
    const auto left =
        co_await core.d.meta.scan(partition, std::string(prefix), meta::end_of_prefix(prefix), {.max_rows = 1});
    if (!left.empty()) co_return;
  }
  const auto all = co_await core.d.meta.scan(partition, "", "", {.max_rows = 1000});
  meta::Batch batch;
  batch.require_version(std::string(rows::state_key), row->version);
  for (const meta::Row& each : all) batch.remove(each.key);
  (void)co_await core.d.meta.commit(partition, std::move(batch));
}

// Blobs that rows of one kind name are not orphans.
Task<void> strike_named(Objects::Core& core, const meta::Partition& partition, std::string_view kind,
                        std::set<std::uint64_t>& orphans) {
  std::string from(kind);
  while (!orphans.empty()) {
    const auto page = co_await core.d.meta.scan(partition, from, meta::end_of_prefix(kind), {.max_rows = 1000});
    if (page.empty()) co_return;
    from = page.back().key + '\0';
    for (const meta::Row& row : page) {
      if (kind == "p/" || kind == "m/") {
        const rows::StoredPart part = rows::unpack_part(row.value);
        if (part.blob) orphans.erase(part.blob->id);
      } else if (kind == "g/") {
        orphans.erase(rows::unpack_garbage(row.value).blob.id);
      } else {
        const ObjectVersion version = rows::unpack_version(row.value);
        if (const auto* blob = std::get_if<blob::BlobRef>(&version.location)) orphans.erase(blob->id);
        if (version.restored) orphans.erase(version.restored->id);
      }
    }
  }
}

template <typename Visit>
Task<void> for_each_partition(Objects::Core& core, Visit visit) {
  std::string after;
  while (true) {
    const auto partitions = co_await core.d.meta.partitions("bucket/", after, 100);
    if (partitions.empty()) co_return;
    after = partitions.back().name;
    for (const meta::Partition& partition : partitions) {
      if (!co_await visit(partition)) co_return;
    }
  }
}

Task<bool> collect_one(Objects::Core& core, const meta::Partition& partition, std::size_t max, std::size_t& total) {
  total += co_await collect_bucket(core, partition, max - total);
  co_await forget_deleted(core, partition);
  co_return total < max;
}

Task<bool> strike_one(Objects::Core& core, const meta::Partition& partition, std::set<std::uint64_t>& orphans) {
  // In the order in which blobs change hands while the server runs: a part becomes an object's, a current version a
  // noncurrent one; and once more for one that was promoted.
  for (const std::string_view kind : {"p/", "m/", "c/", "v/", "c/", "g/"}) {
    co_await strike_named(core, partition, kind, orphans);
  }
  co_return !orphans.empty();
}

}  // namespace

Task<std::size_t> Objects::collect_garbage(std::size_t max) {
  std::size_t total = 0;
  co_await for_each_partition(*core_, [this, max, &total](const meta::Partition& partition) {
    return collect_one(*core_, partition, max, total);
  });
  co_return total;
}

Task<std::size_t> Objects::sweep_orphans() {
  std::size_t removed = 0;
  while (true) {
    const std::vector<blob::Unsettled> unsettled = co_await core_->d.blobs.unsettled(100'000);
    if (unsettled.empty()) co_return removed;
    std::set<std::uint64_t> orphans;
    for (const blob::Unsettled& blob : unsettled) orphans.insert(blob.ref.id);
    co_await for_each_partition(
        *core_, [this, &orphans](const meta::Partition& partition) { return strike_one(*core_, partition, orphans); });
    for (const blob::Unsettled& blob : unsettled) {
      if (!orphans.contains(blob.ref.id)) {
        core_->d.blobs.settled(blob.ref);
        continue;
      }
      co_await core_->d.blobs.remove(blob.ref);
      ++removed;
    }
  }
}

}  // namespace tarn::objects
