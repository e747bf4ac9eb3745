#include "blob/local/ids.h"

#include <stdexcept>
#include <string>

namespace tarn::blob {
namespace {

constexpr char row_format = 1;
constexpr std::string_view open_prefix = "open/";

std::string big_endian(std::uint64_t number) {
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 255);
  return out;
}
std::uint64_t number_at(std::string_view bytes, std::size_t at) {
  if (bytes.size() < at + 8) throw std::runtime_error("a row of the blob store is cut short");
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

meta::Partition partition() {
  return {"blobs"};
}
meta::RowKey open_key(std::uint64_t first) {
  return std::string(open_prefix) + big_endian(first);
}

}  // namespace

Task<void> Ids::load() {
  meta::RowKey from(open_prefix);
  while (true) {
    const auto rows = co_await rows_.scan(partition(), from, meta::end_of_prefix(open_prefix), {});
    if (rows.empty()) co_return;
    for (const auto& row : rows) {
      Block block;
      block.handed_out = ids_per_block;
      block.earlier = true;
      blocks_.emplace(number_at(row.key, open_prefix.size()), block);
    }
    from = rows.back().key + '\0';
  }
}

std::optional<std::uint64_t> Ids::take_locked() {
  if (next_ == end_) return std::nullopt;
  const std::uint64_t id = next_++;
  ++blocks_[end_ - ids_per_block].handed_out;
  return id;
}

Task<std::uint64_t> Ids::next() {
  while (true) {
    OneShot<bool> reserved;
    bool mine = false;
    {
      const std::lock_guard lock(mutex_);
      if (const auto id = take_locked()) co_return *id;
      mine = !std::exchange(reserving_, true);
      if (!mine) waiters_.push_back(&reserved);
    }
    if (!mine) {
      co_await reserved;  // Whether it worked or not: look again.
      continue;
    }
    std::exception_ptr failure;
    try {
      co_await reserve();
    } catch (...) {
      failure = std::current_exception();
    }
    std::vector<OneShot<bool>*> waiters;
    {
      const std::lock_guard lock(mutex_);
      reserving_ = false;
      waiters.swap(waiters_);
    }
    for (auto* waiter : waiters) waiter->set(true);
    if (failure) std::rethrow_exception(failure);
  }
}

Task<void> Ids::reserve() {
  while (true) {
    const auto row = co_await rows_.get(partition(), "next");
    const std::uint64_t first = row ? number_at(row->value, 1) : 1;  // No blob has id 0.
    meta::Batch batch;
    row ? batch.require_version("next", row->version) : batch.require_absent("next");
    batch.put("next", row_format + big_endian(first + ids_per_block));
    batch.put(open_key(first), std::string(1, row_format));
    std::vector<std::uint64_t> closed;
    {
      const std::lock_guard lock(mutex_);
      closed = closable_locked();
    }
    for (const auto block : closed) batch.remove(open_key(block));
    const auto commit = co_await rows_.commit(partition(), std::move(batch));
    if (!commit.applied) continue;
    const std::lock_guard lock(mutex_);
    for (const auto block : closed) blocks_.erase(block);
    blocks_.emplace(first, Block{});
    next_ = first;
    end_ = first + ids_per_block;
    co_return;
  }
}

void Ids::settled(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  auto found = blocks_.upper_bound(id);
  if (found == blocks_.begin()) return;
  --found;
  if (id - found->first < ids_per_block) found->second.settled.set(id - found->first);
}

std::vector<std::uint64_t> Ids::next_unsettled(std::size_t max) {
  const std::lock_guard lock(mutex_);
  std::vector<std::uint64_t> ids;
  for (auto& [first, block] : blocks_) {
    while (block.earlier && block.told < ids_per_block && ids.size() < max) {
      if (!block.settled.test(block.told)) ids.push_back(first + block.told);
      ++block.told;
    }
    if (ids.size() == max) break;
  }
  return ids;
}

std::vector<std::uint64_t> Ids::closable_locked() const {
  std::vector<std::uint64_t> closable;
  for (const auto& [first, block] : blocks_) {
    if (block.handed_out == ids_per_block && block.settled.all()) closable.push_back(first);
    if (closable.size() == 1000) break;
  }
  return closable;
}

Task<void> Ids::close_blocks() {
  std::vector<std::uint64_t> closed;
  {
    const std::lock_guard lock(mutex_);
    closed = closable_locked();
  }
  if (closed.empty()) co_return;
  meta::Batch batch;
  for (const auto block : closed) batch.remove(open_key(block));
  std::ignore = co_await rows_.commit(partition(), std::move(batch));
  const std::lock_guard lock(mutex_);
  for (const auto block : closed) blocks_.erase(block);
}

}  // namespace tarn::blob
