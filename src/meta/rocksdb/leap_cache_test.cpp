#include "meta/rocksdb/leap_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "base/os/memory_file.h"
#include "meta/rocksdb/rocksdb_store.h"

namespace tarn::meta {
namespace {

const std::string prefix("p\0", 2);

// Over everything in a folder.
RowKey over_folders(std::string_view key) {
  const std::size_t slash = key.find('/');
  return slash == std::string_view::npos ? RowKey() : end_of_prefix(key.substr(0, slash + 1));
}

class LeapCacheTest : public ::testing::Test {
 protected:
  static LeapCache::Landing landing(const RowKey& target, const RowKey& key) {
    return {.target = target, .row = {.key = key, .value = "v", .version = 1}};
  }
  std::vector<RowKey> follow(const LeapCache::Reader& reader, RowKey target, const RowKey& end = "",
                             std::size_t max = 100) {
    std::vector<Row> rows;
    Gathered gathered{.rows = rows, .limits = {.max_rows = max}};
    std::ignore = cache_.follow(reader, target, end, over_folders, gathered);
    std::vector<RowKey> keys;
    for (const Row& row : rows) keys.push_back(row.key);
    return keys;
  }
  void keep_three() {
    cache_.keep(cache_.begin(prefix), {landing("", "a/1"), landing("a0", "b/1"), landing("b0", "c/1")});
  }
  void change(const std::string& key) {
    const std::vector<ChangedKey> keys{{.prefix = prefix, .key = key}};
    cache_.will_change(keys);
    cache_.changed(keys);
  }
  LeapCache cache_{1 << 20};
};

using Keys = std::vector<RowKey>;

TEST_F(LeapCacheTest, TellsWhatWasKept) {
  EXPECT_EQ(follow(cache_.begin(prefix), ""), Keys{});
  keep_three();
  EXPECT_EQ(follow(cache_.begin(prefix), ""), (Keys{"a/1", "b/1", "c/1"}));
  EXPECT_EQ(follow(cache_.begin(prefix), "a0"), (Keys{"b/1", "c/1"}));
  EXPECT_EQ(follow(cache_.begin(prefix), "", "b/1"), (Keys{"a/1"})) << "the end is no part of it";
  EXPECT_EQ(follow(cache_.begin(prefix), "", "", 2), (Keys{"a/1", "b/1"}));
  EXPECT_EQ(follow(cache_.begin(prefix), "a"), Keys{}) << "another target is another question";
  EXPECT_EQ(follow(cache_.begin(std::string("q\0", 2)), ""), Keys{}) << "another partition";
}

TEST_F(LeapCacheTest, AChangeTakesTheLandingsThatItMayMove) {
  struct Case {
    std::string key;
    Keys left;
  };
  for (const auto& [key, left] : {Case{"b/1", {"a/1"}}, Case{"b/0", {"a/1"}}, Case{"a0", {"a/1"}},
                                  Case{"b/2", {"a/1", "b/1", "c/1"}}, Case{"c/1", {"a/1", "b/1"}}, Case{"a", {}}}) {
    cache_.keep(cache_.begin(prefix), {});
    keep_three();
    change(key);
    EXPECT_EQ(follow(cache_.begin(prefix), ""), left) << key;
  }
}

TEST_F(LeapCacheTest, WhatAReaderFoundBeforeAChangeIsNotKept) {
  const auto before = cache_.begin(prefix);
  const std::vector<ChangedKey> keys{{.prefix = prefix, .key = "a0x"}};
  cache_.will_change(keys);
  const auto amid = cache_.begin(prefix);
  cache_.keep(before, {landing("", "a/1"), landing("a0", "b/1")});
  EXPECT_EQ(follow(cache_.begin(prefix), ""), (Keys{"a/1"})) << "the change may be visible or not";
  cache_.changed(keys);
  cache_.keep(amid, {landing("a0", "b/1")});
  cache_.keep(before, {landing("a0", "b/1")});
  EXPECT_EQ(follow(cache_.begin(prefix), ""), (Keys{"a/1"}));
  cache_.keep(cache_.begin(prefix), {landing("a0", "a0x")});
  EXPECT_EQ(follow(cache_.begin(prefix), ""), (Keys{"a/1", "a0x"}));
}

TEST_F(LeapCacheTest, AReaderSeesNothingYoungerThanItself) {
  const auto reader = cache_.begin(prefix);
  change("z");
  keep_three();
  EXPECT_EQ(follow(reader, ""), Keys{});
}

TEST_F(LeapCacheTest, APartitionThatIsNewAmidAChangeWaitsForItsEnd) {
  const std::vector<ChangedKey> keys{{.prefix = prefix, .key = "a/1"}};
  cache_.will_change(keys);
  keep_three();
  EXPECT_EQ(follow(cache_.begin(prefix), ""), Keys{});
  cache_.changed(keys);
  keep_three();
  EXPECT_EQ(follow(cache_.begin(prefix), ""), (Keys{"a/1", "b/1", "c/1"}));
}

TEST_F(LeapCacheTest, ManyChangesAtOnceLetReadersKeepNothing) {
  const auto before = cache_.begin(prefix);
  std::vector<std::string> texts;
  for (int i = 0; i < 1000; ++i) texts.push_back("z" + std::to_string(i));
  std::vector<ChangedKey> keys;
  for (const auto& text : texts) keys.push_back({.prefix = prefix, .key = text});
  cache_.will_change(keys);
  const auto amid = cache_.begin(prefix);
  cache_.keep(amid, {landing("", "a/1")});
  EXPECT_EQ(follow(amid, ""), Keys{});
  cache_.changed(keys);
  cache_.keep(before, {landing("", "a/1")});
  cache_.keep(amid, {landing("", "a/1")});
  EXPECT_EQ(follow(cache_.begin(prefix), ""), Keys{});
}

TEST_F(LeapCacheTest, IsBounded) {
  for (int i = 0; i < 10'000; ++i) {
    cache_.keep(cache_.begin(prefix), {landing("t" + std::to_string(i), "t" + std::to_string(i) + "/")});
    ASSERT_LE(cache_.bytes(), 1u << 20);
  }
  cache_.keep(cache_.begin(prefix), {landing("", std::string(2000, 'x'))});
  for (int i = 0; i < 1000; ++i) std::ignore = cache_.begin("p" + std::to_string(i));
  EXPECT_EQ(cache_.bytes(), 0u) << "so many partitions are not remembered";
}

TEST_F(LeapCacheTest, OverlapsAreReplaced) {
  keep_three();
  const std::size_t bytes = cache_.bytes();
  cache_.keep(cache_.begin(prefix), {landing("a5", "b/1")});
  EXPECT_EQ(follow(cache_.begin(prefix), "a5"), (Keys{"b/1", "c/1"}));
  EXPECT_EQ(follow(cache_.begin(prefix), "a0"), Keys{});
  EXPECT_EQ(cache_.bytes(), bytes);
  change("b/1");
  EXPECT_EQ(follow(cache_.begin(prefix), "a5"), Keys{});
}

// ---- with the store

const Partition partition{"bucket/one"};

// What a scan over folders must give of these keys.
Keys leaped(const std::map<std::string, std::string>& rows, std::size_t max) {
  Keys keys;
  for (auto at = rows.begin(); at != rows.end() && keys.size() < max;) {
    keys.push_back(at->first);
    const RowKey target = over_folders(at->first);
    at = target.empty() ? std::next(at) : rows.lower_bound(target);
  }
  return keys;
}

TEST(LeapsOfTheStore, AreTheSameWithTheCache) {
  MemoryDisk disk;
  const auto store = open_rocksdb("/meta", {.files = &disk, .block_cache_bytes = 1 << 20, .memtable_bytes = 256 << 10});
  std::mt19937 random(7);
  std::map<std::string, std::string> rows;
  for (int round = 0; round < 3000; ++round) {
    std::string key = std::to_string(random() % 40);
    if (random() % 5 != 0) key += "/" + std::to_string(random() % 6);
    if (random() % 3 == 0) {
      rows.erase(key);
      ASSERT_TRUE(sync_wait(store->commit(partition, Batch().remove(key))).applied);
    } else {
      rows[key] = std::to_string(round);
      ASSERT_TRUE(sync_wait(store->commit(partition, Batch().put(key, rows[key]))).applied);
    }
    if (round % 3 != 0) continue;
    const std::size_t max = 1 + random() % 60;
    const auto found = sync_wait(store->leap_scan(partition, "", "", {.max_rows = max}, over_folders));
    Keys keys;
    for (const Row& row : found) {
      keys.push_back(row.key);
      ASSERT_EQ(row.value, rows[row.key]) << row.key << " in round " << round;
    }
    ASSERT_EQ(keys, leaped(rows, max)) << "round " << round;
  }
}

// Each commit moves a mark from one folder to another, so that any moment has exactly one.
TEST(LeapsOfTheStore, SeeOneMoment) {
  MemoryDisk disk;
  const auto store = open_rocksdb("/meta", {.files = &disk, .block_cache_bytes = 1 << 20});
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(sync_wait(store->commit(partition, Batch().put(std::to_string(10 + i) + "/z", "folder"))).applied);
  }
  ASSERT_TRUE(sync_wait(store->commit(partition, Batch().put("10/a", "mark"))).applied);
  std::atomic<bool> done{false};
  std::jthread writer([&] {
    for (int i = 0; i < 2000; ++i) {
      const std::string from = std::to_string(10 + i * 7 % 20), to = std::to_string(10 + (i + 1) * 7 % 20);
      std::ignore = sync_wait(store->commit(partition, Batch().remove(from + "/a").put(to + "/a", "mark")));
    }
    done = true;
  });
  while (!done) {
    const auto found = sync_wait(store->leap_scan(partition, "", "", {}, over_folders));
    ASSERT_EQ(found.size(), 20u);
    ASSERT_EQ(std::ranges::count(found, "mark", &Row::value), 1);
  }
}

}  // namespace
}  // namespace tarn::meta
