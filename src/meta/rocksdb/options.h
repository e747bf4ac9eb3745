// How RocksDB is set up, and the files that it works on.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/options.h>

#include <memory>

#include "meta/rocksdb/rocksdb_store.h"

namespace tarn::meta {

// RocksDB's view of a FileSystem: its own for the operating system's, a wrapper for any other.
struct RocksFiles {
  std::unique_ptr<rocksdb::Env> wrapped;
  rocksdb::Env* env = nullptr;
};
std::unique_ptr<RocksFiles> rocks_files_for(FileSystem& files);

rocksdb::Options rocks_options(const RocksOptions& options, RocksFiles& files);

}  // namespace tarn::meta
