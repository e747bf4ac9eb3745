// Who hands out the ids of blobs, in blocks that are durable before their first id is.
//
// Rows of partition "blobs":
//   next           the first id that no block has
//   open/<first>   a block, some of whose blobs may have no row
#pragma once

#include <bitset>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "meta/store.h"

namespace tarn::blob {

constexpr std::uint64_t ids_per_block = 1024;

class Ids {
 public:
  explicit Ids(meta::Store& rows) : rows_(rows) {}

  // Reads which blocks an earlier process left open. Before all else.
  Task<void> load();

  // A new id. Thread-safe, as are all below.
  Task<std::uint64_t> next();

  // The id's blob has a row, or is gone for good.
  void settled(std::uint64_t id);

  // The next ids of blocks that an earlier process left open, at most `max`. Each must be told `settled` for its block
  // to close; the caller does so at once where there is no blob.
  std::vector<std::uint64_t> next_unsettled(std::size_t max);

  // Removes the rows of blocks that have nothing unsettled left. next() does so on its way.
  Task<void> close_blocks();

 private:
  struct Block {
    std::uint64_t handed_out = 0;  // Of this process's blocks; all of an earlier one's.
    std::uint64_t told = 0;        // By next_unsettled().
    std::bitset<ids_per_block> settled;
    bool earlier = false;
  };
  std::optional<std::uint64_t> take_locked();
  Task<void> reserve();
  std::vector<std::uint64_t> closable_locked() const;

  meta::Store& rows_;
  std::mutex mutex_;
  std::map<std::uint64_t, Block> blocks_;  // By first id.
  std::uint64_t next_ = 0;                 // Of the block in hand; its end when it is used up.
  std::uint64_t end_ = 0;
  bool reserving_ = false;
  std::vector<OneShot<bool>*> waiters_;
};

}  // namespace tarn::blob
