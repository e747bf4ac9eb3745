#include "meta/rocksdb/rocksdb_store.h"

#include "base/error.h"
#include "base/os/memory_file.h"
#include "meta/store_contract_test.h"

namespace tarn::meta {
namespace {

// Small enough that tests cross from memory to tables.
constexpr RocksOptions small(FileSystem* files) {
  return {.files = files, .block_cache_bytes = 1 << 20, .memtable_bytes = 1 << 20};
}

struct RocksHolder : StoreHolder {
  MemoryDisk disk;
  std::unique_ptr<Store> rocks = open_rocksdb("/lake/meta", small(&disk));
  Store& store() override { return *rocks; }
};

INSTANTIATE_TEST_SUITE_P(RocksDB, StoreContract,
                         testing::Values(StoreFactory([] { return std::make_unique<RocksHolder>(); })));

const Partition partition{"bucket/one"};

bool put(Store& store, const std::string& key, const std::string& value) {
  return sync_wait(store.commit(partition, Batch().put(key, value))).applied;
}
std::string get(Store& store, const std::string& key) {
  const auto row = sync_wait(store.get(partition, key));
  return row ? row->value : "(none)";
}

TEST(RocksStore, RowsAndVersionsOutliveAStop) {
  MemoryDisk disk;
  std::uint64_t version = 0;
  {
    const auto store = open_rocksdb("/meta", small(&disk));
    EXPECT_TRUE(put(*store, "a", "1"));
    EXPECT_TRUE(put(*store, "a", "2"));
    version = sync_wait(store->get(partition, "a"))->version;
  }
  const auto store = open_rocksdb("/meta", small(&disk));
  const auto row = sync_wait(store->get(partition, "a"));
  EXPECT_EQ(row->value, "2");
  EXPECT_EQ(row->version, version);
  EXPECT_TRUE(put(*store, "a", "3"));
  EXPECT_GT(sync_wait(store->get(partition, "a"))->version, version);
}

TEST(RocksStore, OneProcessHasIt) {
  MemoryDisk disk;
  const auto store = open_rocksdb("/meta", small(&disk));
  EXPECT_THROW(open_rocksdb("/meta", small(&disk)), std::runtime_error);
}

// Rows that no cache holds are read away from the caller's thread, and come back right.
TEST(RocksStore, ReadsWhatIsNotInMemory) {
  MemoryDisk disk;
  constexpr int rows = 2000;
  {
    const auto store = open_rocksdb("/meta", small(&disk));
    for (int i = 0; i < rows; i += 100) {
      Batch batch;
      for (int j = i; j < i + 100; ++j) batch.put("key" + std::to_string(j), std::string(3000, 'a' + j % 26));
      EXPECT_TRUE(sync_wait(store->commit(partition, std::move(batch))).applied);
    }
  }
  const auto store = open_rocksdb("/meta", small(&disk));
  for (int i = 0; i < rows; i += 97) EXPECT_EQ(get(*store, "key" + std::to_string(i)), std::string(3000, 'a' + i % 26));
  const auto all = sync_wait(store->scan(partition, "", "", {.max_rows = 10000, .max_bytes = 100 << 20}));
  EXPECT_EQ(all.size(), static_cast<std::size_t>(rows));
  EXPECT_FALSE(sync_wait(store->commit(partition, Batch().require_absent("key77").put("x", ""))).applied);
  EXPECT_EQ(sync_wait(store->partitions("", "", 10)).size(), 1u);
}

// Every acknowledged commit is there after a power cut, whole; one that was not is whole or absent.
TEST(RocksStore, APowerCutLosesNothingAcknowledged) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    auto disk = std::make_unique<MemoryDisk>();
    int acknowledged = 0;
    for (int round = 0; round < 3; ++round) {
      auto store = open_rocksdb("/meta", small(disk.get()));
      for (int i = 0; i < acknowledged; ++i) {
        EXPECT_EQ(get(*store, "a" + std::to_string(i)), std::to_string(i)) << "seed " << seed;
      }
      for (int i = acknowledged; i < acknowledged + 20; ++i) {
        // Each pair stands or falls as one; what comes after the last acknowledged is at most one more.
        const auto a = get(*store, "a" + std::to_string(i)), b = get(*store, "b" + std::to_string(i));
        EXPECT_EQ(a == "(none)", b == "(none)") << "seed " << seed;
      }
      std::atomic<bool> cut{false};
      std::atomic<int> syncs{0};
      const int syncs_until_cut = static_cast<int>(5 + seed * 7 % 40);
      disk->set_fault([&](FileAction action, const std::string&) {
        if (action == FileAction::sync && ++syncs > syncs_until_cut) cut = true;
        return cut ? EIO : 0;
      });
      try {
        for (int i = acknowledged; !cut; ++i) {
          Batch batch;
          batch.put("a" + std::to_string(i), std::to_string(i));
          batch.put("b" + std::to_string(i), std::string(20'000, 'b'));
          if (sync_wait(store->commit(partition, std::move(batch))).applied) acknowledged = i + 1;
        }
      } catch (const std::exception&) {
        // The commit under way when the power went.
      }
      auto next = disk->after_power_cut(seed * 100 + static_cast<std::uint64_t>(round));
      store.reset();
      disk = std::move(next);
    }
    EXPECT_GT(acknowledged, 5);
  }
}

TEST(RocksStore, AFullDiskIsSaidAndPasses) {
  MemoryDisk disk;
  const auto store = open_rocksdb("/meta", small(&disk));
  EXPECT_TRUE(put(*store, "before", "1"));
  disk.set_capacity(0);
  try {
    std::ignore = put(*store, "during", std::string(100'000, 'x'));
    FAIL() << "a full disk takes nothing";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), errors::insufficient_storage);
  }
  EXPECT_EQ(get(*store, "before"), "1");
  EXPECT_EQ(get(*store, "during"), "(none)");
  disk.set_capacity(1 << 30);
  bool taken = false;
  for (int attempt = 0; attempt < 100 && !taken; ++attempt) {
    try {
      taken = put(*store, "after", "1");
    } catch (const Error&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  EXPECT_TRUE(taken);
  EXPECT_EQ(get(*store, "after"), "1");
}

}  // namespace
}  // namespace tarn::meta
