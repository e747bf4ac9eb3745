#include "meta/rocksdb/options.h"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <string_view>

#include "base/log.h"

namespace tarn::meta {
namespace {

// RocksDB's warnings and errors join our log; the rest of what it tells is dropped.
class LogBridge : public rocksdb::Logger {
 public:
  LogBridge() : Logger(rocksdb::WARN_LEVEL) {}
  using Logger::Logv;
  void Logv(const char* format, va_list values) override { write(log::Level::warning, format, values); }
  void Logv(rocksdb::InfoLogLevel level, const char* format, va_list values) override {
    if (level == rocksdb::WARN_LEVEL) write(log::Level::warning, format, values);
    if (level == rocksdb::ERROR_LEVEL || level == rocksdb::FATAL_LEVEL) write(log::Level::error, format, values);
  }

 private:
  static void write(log::Level level, const char* format, va_list values) {
    char text[1024];
    std::vsnprintf(text, sizeof text, format, values);
    log::write(level, "rocksdb", {{"text", text}});
  }
};

// After a full disk RocksDB would look for space every five seconds and stay closed meanwhile. The committer asks it to
// open again at the next commit instead.
class NoAutomaticRecovery : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* automatic) override {
    *automatic = false;
  }
};

// Partition and kind ("bucket/…", 0, "c/"). Rows of one kind are often made and removed in the order of their keys, as
// are those that are named by the time: their places in a memtable are found from the one before.
class KindOfRow : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "tarn.kind"; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    const std::size_t partition = std::string_view(key.data(), key.size()).find('\0');
    return {key.data(), std::min(partition + 3, key.size())};
  }
  bool InDomain(const rocksdb::Slice& key) const override {
    return std::string_view(key.data(), key.size()).contains('\0');
  }
};

// Few: what is larger than its shard's share does not stay in the cache, and is read again each time.
constexpr int cache_shard_bits = 3;

rocksdb::BlockBasedTableOptions table_options(const RocksOptions& options) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(options.block_cache_bytes, cache_shard_bits, false, 0.5);
  // Index and filters live in the cache, so that memory does not grow with the number of rows.
  table.cache_index_and_filter_blocks = true;
  // In parts, of which a read needs one: those of a large table would be a megabyte each.
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.metadata_block_size = 16 << 10;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.block_size = 16 << 10;
  table.format_version = 5;
  return table;
}

}  // namespace

rocksdb::Options rocks_options(const RocksOptions& given, RocksFiles& files) {
  rocksdb::Options options;
  options.env = files.env;
  options.create_if_missing = true;
  options.info_log = std::make_shared<LogBridge>();
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table_options(given)));
  options.compression = rocksdb::kLZ4Compression;
  // What is flushed is soon read and written again: only then it pays.
  options.compression_per_level = {rocksdb::kNoCompression, rocksdb::kLZ4Compression};

  // A torn end of the log is what a power cut leaves and is cut off. Damage before it is found by check_logs().
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.track_and_verify_wals_in_manifest = true;
  options.recycle_log_file_num = 0;
  options.paranoid_checks = true;
  // Space that was set aside must be turned into written space by the file system's journal at each sync of the log,
  // which took up to twice as long as letting the log grow.
  options.allow_fallocate = false;
  options.listeners.push_back(std::make_shared<NoAutomaticRecovery>());

  // One writer, one thread for flushes and one for compactions.
  options.write_buffer_size = given.memtable_bytes;
  options.max_write_buffer_number = 3;
  options.max_background_jobs = 2;
  options.allow_concurrent_memtable_write = false;
  options.memtable_insert_with_hint_prefix_extractor = std::make_shared<KindOfRow>();
  options.enable_write_thread_adaptive_yield = false;
  options.memtable_prefix_bloom_size_ratio = 0.02;
  options.memtable_whole_key_filtering = true;
  options.bytes_per_sync = 1 << 20;
  options.level_compaction_dynamic_level_bytes = true;
  options.max_bytes_for_level_base = 4 * given.memtable_bytes;

  // A start opens tables when they are first read, and counts nothing.
  options.max_open_files = 1000;
  options.skip_stats_update_on_db_open = true;
  options.skip_checking_sst_file_sizes_on_db_open = true;
  options.avoid_flush_during_recovery = true;
  options.avoid_unnecessary_blocking_io = true;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

}  // namespace tarn::meta
