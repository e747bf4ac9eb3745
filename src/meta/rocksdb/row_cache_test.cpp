#include "meta/rocksdb/row_cache.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/os/memory_file.h"
#include "meta/rocksdb/rocksdb_store.h"

namespace tarn::meta {
namespace {

class RowCacheTest : public ::testing::Test {
 protected:
  std::string found(const std::string& key) {
    const auto value = cache_.find("p" + key);
    EXPECT_EQ(value.has_value(), cache_.find_version("p" + key).has_value());
    return value ? value->value + "@" + std::to_string(value->version) : "(none)";
  }
  void keep(const std::string& key, std::uint64_t state, const std::string& value, std::uint64_t version = 1) {
    cache_.keep("p" + key, state, value, version);
  }
  void keep(const std::string& key, const std::string& value) { keep(key, cache_.state_of("p" + key), value); }

  static std::vector<ChangedKey> changes_of(const std::string& key) { return {{.prefix = "p", .key = key}}; }

  RowCache cache_{1 << 20};
};

TEST_F(RowCacheTest, FindsWhatWasKept) {
  EXPECT_EQ(found("a"), "(none)");
  keep("a", cache_.state_of("pa"), "value", 7);
  EXPECT_EQ(found("a"), "value@7");
  EXPECT_EQ(found("b"), "(none)");
  EXPECT_EQ(cache_.find_version("pa"), 7u);
}

TEST_F(RowCacheTest, AChangeTakesARow) {
  keep("a", "old");
  keep("b", "other");
  const auto before = cache_.state_of("pa");
  cache_.will_change(changes_of("a"));
  EXPECT_EQ(found("a"), "(none)");
  EXPECT_EQ(found("b"), "other@1");
  const auto amid = cache_.state_of("pa");
  keep("a", before, "old");
  keep("a", amid, "old");
  EXPECT_EQ(found("a"), "(none)") << "it may be the old row or the new one";
  cache_.changed();
  keep("a", before, "old");
  keep("a", amid, "old");
  EXPECT_EQ(found("a"), "(none)") << "read before the change was visible";
  keep("a", "new");
  EXPECT_EQ(found("a"), "new@1");
}

TEST_F(RowCacheTest, IsBoundedAndKeepsWhatIsUsed) {
  keep("used", "value");
  for (int i = 0; i < 5000; ++i) {
    keep(std::to_string(i), std::string(1000, 'x'));
    ASSERT_EQ(found("used"), "value@1");
    ASSERT_LE(cache_.bytes(), 1u << 20);
  }
  EXPECT_EQ(found("0"), "(none)");
  EXPECT_NE(found("4999"), "(none)");
  keep("large", std::string(100'000, 'x'));
  EXPECT_EQ(found("large"), "(none)");
  RowCache none(0);
  none.keep("pa", none.state_of("pa"), "value", 1);
  EXPECT_FALSE(none.find("pa"));
}

// ---- with the store

const Partition partition{"bucket/one"};

// Whoever reads sees every commit that returned before, whatever others read meanwhile.
TEST(RowsOfTheStore, AreNeverOlderThanTheLastCommit) {
  MemoryDisk disk;
  const auto store = open_rocksdb("/meta", {.files = &disk, .block_cache_bytes = 1 << 20});
  constexpr int keys = 3;
  std::atomic<int> committed[keys] = {};
  std::atomic<bool> done{false};
  std::vector<std::jthread> readers;
  for (int reader = 0; reader < 3; ++reader) {
    readers.emplace_back([&] {
      for (int i = 0; !done; ++i) {
        const int least = committed[i % keys];
        const auto row = sync_wait(store->get(partition, std::to_string(i % keys)));
        if (least > 0) {
          ASSERT_TRUE(row);
          ASSERT_GE(std::stoi(row->value), least);
        }
      }
    });
  }
  for (int i = 1; i <= 3000; ++i) {
    const std::string key = std::to_string(i % keys);
    ASSERT_TRUE(sync_wait(store->commit(partition, Batch().put(key, std::to_string(i)))).applied);
    committed[i % keys] = i;
    const auto row = sync_wait(store->get(partition, key));
    ASSERT_EQ(row->value, std::to_string(i));
    // A check sees the same version, from memory or not.
    ASSERT_TRUE(sync_wait(store->commit(partition, Batch().require_version(key, row->version))).applied);
    ASSERT_FALSE(sync_wait(store->commit(partition, Batch().require_version(key, row->version - 1))).applied);
  }
  done = true;
}

TEST(RowsOfTheStore, AreGoneWhenTheyAreRemoved) {
  MemoryDisk disk;
  const auto store = open_rocksdb("/meta", {.files = &disk, .block_cache_bytes = 1 << 20});
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(sync_wait(store->commit(partition, Batch().require_absent("a").put("a", "1"))).applied);
    EXPECT_EQ(sync_wait(store->get(partition, "a"))->value, "1");
    EXPECT_EQ(sync_wait(store->get(partition, "a"))->value, "1");
    ASSERT_TRUE(sync_wait(store->commit(partition, Batch().require_present("a").remove("a"))).applied);
    EXPECT_FALSE(sync_wait(store->get(partition, "a")));
  }
}

}  // namespace
}  // namespace tarn::meta
