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

TEST_F(RowCacheTest, KeepsWhatWasWritten) {
  const auto before = cache_.state_of("pa");
  cache_.will_change(changes_of("a"));
  cache_.changed();
  cache_.keep_written(changes_of("a").front(), "new", 2);
  EXPECT_EQ(found("a"), "new@2");
  keep("a", before, "old");
  EXPECT_EQ(found("a"), "new@2") << "read before the change was visible";
  cache_.will_change(changes_of("a"));
  EXPECT_EQ(found("a"), "(none)");
  cache_.changed();

  // A reader that came after the change and before the committer has put the same row there.
  keep("a", cache_.state_of("pa"), "newer", 3);
  const std::size_t bytes = cache_.bytes();
  cache_.keep_written(changes_of("a").front(), "newer", 3);
  EXPECT_EQ(found("a"), "newer@3");
  EXPECT_EQ(cache_.bytes(), bytes);
  cache_.keep_written(changes_of("b").front(), std::string(100'000, 'x'), 1);
  EXPECT_EQ(found("b"), "(none)") << "too large";
}

TEST_F(RowCacheTest, CountsTheRoomThatAWrittenRowTakes) {
  std::string roomy = "value";
  roomy.reserve(10'000);
  cache_.keep_written(changes_of("a").front(), std::move(roomy), 1);
  EXPECT_GE(cache_.bytes(), 10'000u);
  cache_.will_change(changes_of("a"));
  EXPECT_EQ(cache_.bytes(), 0u);
  cache_.changed();
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
    Batch batch;
    i % 2 == 0 ? batch.put(key, std::to_string(i)) : batch.put_warm(key, std::to_string(i));
    ASSERT_TRUE(sync_wait(store->commit(partition, std::move(batch))).applied);
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

// The committer gives the memory of rows what it was given; what is found there is what the tables hold.
TEST(RowsOfTheStore, AreWarmAsTheyWereWritten) {
  MemoryDisk disk;
  auto store = open_rocksdb("/meta", {.files = &disk, .block_cache_bytes = 1 << 20});
  std::vector<Batch> group(4);
  group[0].put_warm("a", "first").put("b", "cold").note("note", "n").put_warm("a", "second");
  group[1].require_absent("b").put_warm("a", "refused").put_warm("c", "refused");
  group[2].put_warm("a", "third").put_warm("d", "gone").remove("d");
  group[3].put_warm("e", std::string(50'000, 'e')).put_warm("f", "");
  const auto made = sync_wait(store->commit_each(partition, std::move(group)));
  EXPECT_TRUE(made[0].applied && !made[1].applied && made[2].applied && made[3].applied);

  const auto seen = [&] {
    std::vector<std::pair<std::string, std::uint64_t>> rows;
    for (const char* const key : {"a", "b", "c", "d", "e", "f"}) {
      const auto row = sync_wait(store->get(partition, key));
      rows.emplace_back(row ? row->value.substr(0, 10) : "(none)", row ? row->version : 0);
    }
    return rows;
  };
  const auto warm = seen();
  EXPECT_EQ(warm[0].first, "third");
  EXPECT_EQ(warm[1].first, "cold");
  EXPECT_EQ(warm[2].first, "(none)");
  EXPECT_EQ(warm[3].first, "(none)");
  EXPECT_EQ(warm[4].first, "eeeeeeeeee");
  EXPECT_EQ(warm[5].first, "");
  store.reset();
  store = open_rocksdb("/meta", {.files = &disk, .block_cache_bytes = 1 << 20});
  EXPECT_EQ(seen(), warm) << "the versions as well";
}

}  // namespace
}  // namespace tarn::meta
