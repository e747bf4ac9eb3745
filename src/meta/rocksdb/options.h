// How RocksDB is set up, and the files that it works on.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/options.h>

#include <memory>

#include "meta/rocksdb/rocksdb_store.h"

namespace tarn::meta {

// RocksDB's view of a FileSystem: its own for the operating system's but for reads of tables, a wrapper for any other.
struct RocksFiles {
  std::unique_ptr<rocksdb::Env> wrapped;
  rocksdb::Env* env = nullptr;
};
std::unique_ptr<RocksFiles> rocks_files_for(FileSystem& files);

// While it lives, reads of tables on this thread are answered with Incomplete where they would wait for the disk. What
// the operating system has in memory is read at once.
class NoWaiting {
 public:
  NoWaiting();
  ~NoWaiting();
  NoWaiting(const NoWaiting&) = delete;
  NoWaiting& operator=(const NoWaiting&) = delete;
};

template <typename Read>
auto without_waiting(Read read) {
  const NoWaiting here;
  return read();
}

rocksdb::Options rocks_options(const RocksOptions& options, RocksFiles& files);

}  // namespace tarn::meta
