// meta::Store on RocksDB: one committer thread, one log, one sync for all that waits.
//
// A commit queues with what its checks saw; the committer takes everything that waits (up to 4 MiB or 1,000 batches),
// evaluates the checks in order, writes one record to the log and syncs it once. Nothing is seen before it is durable.
// Reads are answered where they stand when memory has the blocks (the operating system's too, for a row or a few), and
// on the blocking pool otherwise.
//
// On disk: key   = partition, 0, the row's key
//          value = 1 (format), version (8 bytes, little-endian), the row's value
// The version is the sequence number that RocksDB gives the change, so it grows for ever and needs no counter.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/os/file.h"
#include "meta/store.h"

namespace tarn::meta {

struct RocksOptions {
  FileSystem* files = nullptr;  // Null: the operating system's.
  std::size_t block_cache_bytes = 64 << 20;
  std::size_t row_cache_bytes = 16 << 20;   // Of rows read one by one.
  std::size_t leap_cache_bytes = 16 << 20;  // Of landings, see leap_cache.h.
  std::size_t memtable_bytes = 32 << 20;    // Also what a start after a crash has to read again.
};

// Opens or makes the store in `folder`. Throws where another process has it open, and where the log is damaged before
// its end: records after the damage were synced once, and leaving them out in silence would lose them.
std::unique_ptr<Store> open_rocksdb(const std::string& folder, RocksOptions options = {});

}  // namespace tarn::meta
