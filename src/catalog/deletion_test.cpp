#include "catalog/deletion.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/os/random.h"
#include "catalog/catalog.h"
#include "catalog/rows.h"
#include "meta/memory/memory_store.h"
#include "objects/testing.h"

namespace tarn::catalog {
namespace {

// A store that dies: after a number of commits the next ones throw.
class DyingStore : public meta::MemoryStore {
 public:
  Task<meta::Commit> commit(meta::Partition partition, meta::Batch batch) override {
    if (commits_left == 0) throw std::runtime_error("dead");
    --commits_left;
    co_return co_await meta::MemoryStore::commit(std::move(partition), std::move(batch));
  }
  int commits_left = 1'000'000;
};

struct Lake {
  DyingStore store;
  ManualClock clock{from_millis(1'700'000'000'000)};
  SeededRandom random{1};
  objects::testing::ListedAccess access;
  Catalog catalog{store, {.wall = clock, .lake = clock}, random, "us-east-1"};

  void make_database(int tables) {
    sync_wait(catalog.create_database(access, {.name = "db"}));
    for (int i = 0; i < tables; ++i) {
      TableInput input;
      input.name = "t" + std::to_string(i);
      input.partition_keys = {{.name = "day", .type = "string"}};
      (void)sync_wait(catalog.create_table(access, "db", input));
      PartitionInput partition;
      partition.values = {"monday"};
      sync_wait(catalog.put_partitions(access, "db", input.name, {partition}));
    }
  }
  std::size_t rows() {
    std::size_t count = 0;
    for (const auto& partition : sync_wait(store.partitions("", "", 1000))) {
      count += sync_wait(store.scan(partition, "", "", {.max_rows = 100'000})).size();
    }
    return count;
  }
};

TEST(CatalogDeletion, NothingIsLeft) {
  Lake lake;
  lake.make_database(3);
  sync_wait(lake.catalog.delete_table(lake.access, "db", "t1"));
  EXPECT_FALSE(sync_wait(lake.catalog.find_table(lake.access, "db", "t1")));
  sync_wait(lake.catalog.delete_database(lake.access, "db"));
  EXPECT_EQ(lake.rows(), 0u);
  EXPECT_EQ(sync_wait(finish_deletions(lake.store)), 0u);
}

TEST(CatalogDeletion, WhatACrashLeftIsFinished) {
  for (int commits = 1; commits < 9; ++commits) {
    Lake lake;
    lake.make_database(2);
    lake.store.commits_left = commits;
    try {
      sync_wait(lake.catalog.delete_database(lake.access, "db"));
    } catch (const std::runtime_error&) {
    }
    lake.store.commits_left = 1'000'000;
    EXPECT_FALSE(sync_wait(lake.catalog.find_database(lake.access, "db"))) << commits;
    (void)sync_wait(finish_deletions(lake.store));
    EXPECT_EQ(lake.rows(), 0u) << commits;
  }
}

TEST(CatalogDeletion, ATableLeftByACrashIsFinished) {
  for (int commits = 1; commits < 4; ++commits) {
    Lake lake;
    lake.make_database(2);
    const std::size_t with_both = lake.rows();
    lake.store.commits_left = commits;
    try {
      sync_wait(lake.catalog.delete_table(lake.access, "db", "t0"));
    } catch (const std::runtime_error&) {
    }
    lake.store.commits_left = 1'000'000;
    EXPECT_EQ(sync_wait(finish_deletions(lake.store)), commits < 3 ? 1u : 0u);
    EXPECT_EQ(lake.rows(), with_both - 2);
    EXPECT_TRUE(sync_wait(lake.catalog.find_table(lake.access, "db", "t1")));
  }
}

// A database of the same name begins empty, though nobody has finished the other's deletion.
TEST(CatalogDeletion, ANewDatabaseHasNoTablesOfTheOldOne) {
  Lake lake;
  lake.make_database(2);
  lake.store.commits_left = 1;
  EXPECT_THROW(sync_wait(lake.catalog.delete_database(lake.access, "db")), std::runtime_error);
  lake.store.commits_left = 1'000'000;
  sync_wait(lake.catalog.create_database(lake.access, {.name = "DB"}));
  EXPECT_FALSE(sync_wait(lake.catalog.find_table(lake.access, "db", "t0")));
  EXPECT_TRUE(sync_wait(lake.catalog.list_tables(lake.access, "db", {}, "", 10)).items.empty());
  EXPECT_EQ(lake.rows(), 1u);
}

}  // namespace
}  // namespace tarn::catalog
