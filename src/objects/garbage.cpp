// Keeping house: removing blobs that nothing names any more.
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

}  // namespace

Task<std::size_t> Objects::collect_garbage(std::size_t max) {
  std::size_t total = 0;
  std::string after;
  while (total < max) {
    const auto partitions = co_await core_->d.meta.partitions("bucket/", after, 100);
    if (partitions.empty()) break;
    after = partitions.back().name;
    for (const meta::Partition& partition : partitions) {
      if (total >= max) break;
      total += co_await collect_bucket(*core_, partition, max - total);
      co_await forget_deleted(*core_, partition);
    }
  }
  co_return total;
}

}  // namespace tarn::objects
