#include "meta/rocksdb/rocksdb_store.h"

#include <array>
#include <map>

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

// In a memtable, the place of a row is looked for from where the last of its kind went.
TEST(RocksStore, RowsOfManyKindsKeepTheirOrderHoweverTheyCome) {
  MemoryDisk disk;
  const auto store = open_rocksdb("/meta", small(&disk));
  std::map<std::string, std::string> rows;
  std::uint64_t random = 1;
  for (int step = 0; step < 100; ++step) {
    Batch batch;
    for (int i = 0; i < 40; ++i) {
      random = random * 6364136223846793005 + 1442695040888963407;
      // Kinds of every length; in order, against it, and anyhow.
      const std::string kind = std::array{"", "c", "c/", "d/", "v/x"}[(random >> 40) % 5];
      const int number = i % 4 == 0 ? step * 40 + i : i % 4 == 1 ? 9999 - step * 40 - i : int(random >> 33 & 4095);
      const std::string key = kind + std::to_string(10000 + number);
      if (random >> 62 == 0) {
        batch.remove(key);
        rows.erase(key);
      } else {
        batch.put(key, std::to_string(step));
        rows[key] = std::to_string(step);
      }
    }
    ASSERT_TRUE(sync_wait(store->commit(partition, std::move(batch))).applied);
  }
  const auto found = sync_wait(store->scan(partition, "", "", {.max_rows = 10'000}));
  ASSERT_EQ(found.size(), rows.size());
  auto expected = rows.begin();
  for (const Row& row : found) {
    EXPECT_EQ(row.key, expected->first);
    EXPECT_EQ(row.value, (expected++)->second);
  }
  EXPECT_EQ(get(*store, rows.begin()->first), rows.begin()->second);
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

// A read that would wait for the disk is made elsewhere, whatever part of it memory lacks.
TEST(RocksStore, ReadsTheSameWithAndWithoutTheSystemsMemory) {
  MemoryDisk disk;
  constexpr int rows = 300;
  {
    const auto store = open_rocksdb("/meta", small(&disk));
    Batch batch;
    for (int i = 0; i < rows; ++i) batch.put("key" + std::to_string(i), std::string(3000, 'a' + i % 26));
    EXPECT_TRUE(sync_wait(store->commit(partition, std::move(batch))).applied);
  }
  for (const bool cached : {true, false}) {
    const auto store = open_rocksdb("/meta", small(&disk));
    disk.set_cached(cached);
    for (int i = 0; i < rows; i += 7) {
      disk.set_cached(i % 2 == 0 ? cached : !cached);
      EXPECT_EQ(get(*store, "key" + std::to_string(i)), std::string(3000, 'a' + i % 26));
      EXPECT_EQ(get(*store, "key" + std::to_string(i) + "x"), "(none)");
      const auto few = sync_wait(store->scan(partition, "key" + std::to_string(i), "", {.max_rows = 2}));
      EXPECT_FALSE(few.empty());
    }
    disk.set_cached(false);
    EXPECT_FALSE(sync_wait(store->commit(partition, Batch().require_absent("key77").put("x", ""))).applied);
    EXPECT_TRUE(sync_wait(store->commit(partition, Batch().require_present("key78"))).applied);
  }
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
  EXPECT_TRUE(put(*store, "after", "1")) << "the first write that finds room is taken";
  EXPECT_EQ(get(*store, "after"), "1");
  EXPECT_EQ(get(*store, "during"), "(none)");
}

// A flush that found no room closes RocksDB behind the committer's back: nobody's write has failed yet.
TEST(RocksStore, AFlushWithoutRoomIsMadeGoodByTheNextWrite) {
  // What the disk asks even while the store closes outlives both.
  std::atomic<bool> full{true};
  std::atomic<int> refused{0};
  MemoryDisk disk;
  const auto store = open_rocksdb("/meta", small(&disk));
  disk.set_fault([&](FileAction action, const std::string& path) {
    if (action != FileAction::write || !path.ends_with(".sst") || !full) return 0;
    ++refused;
    return ENOSPC;
  });
  int acknowledged = 0;
  for (int i = 0; i < 1000 && refused == 0; ++i) {
    try {
      if (put(*store, "k" + std::to_string(i), std::string(20'000, 'x'))) acknowledged = i + 1;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), errors::insufficient_storage);
    }
  }
  ASSERT_GT(refused, 0) << "no flush was tried";
  full = false;
  EXPECT_TRUE(put(*store, "after", "1"));
  for (int i = 0; i < acknowledged; ++i) EXPECT_EQ(get(*store, "k" + std::to_string(i)).size(), 20'000u);
}

// A commit that RocksDB refused is evaluated anew before it is tried again: its checks hold for what is there then.
TEST(RocksStore, AFaultThatPassesIsNotSeen) {
  MemoryDisk disk;
  const auto store = open_rocksdb("/meta", small(&disk));
  EXPECT_TRUE(put(*store, "a", "1"));
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> faults{1};
    disk.set_fault([&](FileAction action, const std::string& path) {
      return action == FileAction::write && path.ends_with(".log") && faults-- > 0 ? ENOSPC : 0;
    });
    const auto version = sync_wait(store->get(partition, "a"))->version;
    const std::string value = std::to_string(round);
    EXPECT_TRUE(sync_wait(store->commit(partition, Batch().require_version("a", version).put("a", value))).applied);
    EXPECT_LE(faults, 0);
    disk.set_fault({});
    EXPECT_FALSE(sync_wait(store->commit(partition, Batch().require_version("a", version).put("a", "x"))).applied);
    EXPECT_EQ(get(*store, "a"), value);
    EXPECT_GT(sync_wait(store->get(partition, "a"))->version, version);
  }
}

// Nobody can tell what a failed sync has left on the disk: until a start has read the log, nothing more is taken, and
// the commit is not said to be refused.
TEST(RocksStore, AFailedSyncClosesTheStoreUntilAStart) {
  std::atomic<int> faults{1};  // Outlives the disk that asks for it.
  MemoryDisk disk;
  auto store = open_rocksdb("/meta", small(&disk));
  EXPECT_TRUE(put(*store, "a", "1"));
  disk.set_fault([&](FileAction action, const std::string& path) {
    return action == FileAction::sync && path.ends_with(".log") && faults-- > 0 ? EIO : 0;
  });
  EXPECT_THROW(std::ignore = put(*store, "a", "2"), std::runtime_error);
  EXPECT_EQ(get(*store, "a"), "1");
  EXPECT_ANY_THROW(std::ignore = put(*store, "b", "3"));
  store.reset();
  store = open_rocksdb("/meta", small(&disk));
  const std::string a = get(*store, "a");
  EXPECT_TRUE(a == "1" || a == "2") << a;
  EXPECT_EQ(get(*store, "b"), "(none)");
  EXPECT_TRUE(put(*store, "b", "4"));
}

}  // namespace
}  // namespace tarn::meta
