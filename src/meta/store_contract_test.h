// What every meta::Store promises, as tests. An implementation's test instantiates StoreContract with its factory:
//
//   INSTANTIATE_TEST_SUITE_P(Memory, StoreContract, testing::Values(StoreFactory(…)));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "meta/store.h"

namespace tarn::meta {

// Keeps a store and whatever it stands on.
struct StoreHolder {
  virtual ~StoreHolder() = default;
  virtual Store& store() = 0;
};
using StoreFactory = std::function<std::unique_ptr<StoreHolder>()>;

class StoreContract : public testing::TestWithParam<StoreFactory> {
 protected:
  StoreContract() : holder_(GetParam()()) {}
  Store& store() { return holder_->store(); }

  std::optional<Row> get(RowKey key) { return sync_wait(store().get(partition_, std::move(key))); }
  Commit commit(Batch batch) { return sync_wait(store().commit(partition_, std::move(batch))); }
  std::string value(RowKey key) {
    const auto row = get(std::move(key));
    return row ? row->value : "(none)";
  }
  std::vector<RowKey> keys(RowKey first, RowKey end, ScanLimits limits = {}) {
    std::vector<RowKey> found;
    for (auto& row : sync_wait(store().scan(partition_, std::move(first), std::move(end), limits))) {
      found.push_back(row.key);
    }
    return found;
  }

  const Partition partition_{"bucket/one"};

 private:
  std::unique_ptr<StoreHolder> holder_;
};

TEST_P(StoreContract, AnUnknownRowIsAbsent) {
  EXPECT_EQ(get("nothing"), std::nullopt);
  EXPECT_TRUE(keys("", "").empty());
}

TEST_P(StoreContract, PutsReplacesAndRemoves) {
  EXPECT_TRUE(commit(Batch().put("a", "1")).applied);
  const auto first = get("a");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->key, "a");
  EXPECT_EQ(first->value, "1");
  EXPECT_GT(first->version, 0u);

  EXPECT_TRUE(commit(Batch().put("a", "2")).applied);
  EXPECT_EQ(value("a"), "2");
  EXPECT_GT(get("a")->version, first->version);

  EXPECT_TRUE(commit(Batch().remove("a").remove("was never there")).applied);
  EXPECT_EQ(get("a"), std::nullopt);
}

TEST_P(StoreContract, AVersionIsNeverUsedAgain) {
  EXPECT_TRUE(commit(Batch().put("a", "1")).applied);
  const auto before = get("a")->version;
  EXPECT_TRUE(commit(Batch().remove("a")).applied);
  EXPECT_TRUE(commit(Batch().put("a", "2")).applied);
  EXPECT_GT(get("a")->version, before);
  EXPECT_FALSE(commit(Batch().require_version("a", before).put("a", "3")).applied);
}

TEST_P(StoreContract, ScansReportTheVersionsThatGetDoes) {
  EXPECT_TRUE(commit(Batch().put("a", "1").put("b", "2")).applied);
  const auto rows = sync_wait(store().scan(partition_, "", "", {}));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].version, get("a")->version);
  EXPECT_EQ(rows[1].version, get("b")->version);
  EXPECT_EQ(rows[1].value, "2");
}

TEST_P(StoreContract, ChangesOfABatchApplyInOrder) {
  EXPECT_TRUE(commit(Batch().put("a", "1").remove("a").put("a", "2").put("b", "1").remove("b")).applied);
  EXPECT_EQ(value("a"), "2");
  EXPECT_EQ(value("b"), "(none)");
}

TEST_P(StoreContract, AFailedCheckChangesNothingAndIsNamed) {
  EXPECT_TRUE(commit(Batch().put("there", "1")).applied);
  const auto version = get("there")->version;
  const std::vector<Batch> refused = {
      Batch().require_absent("there").put("x", "1"),
      Batch().require_present("gone").put("x", "1"),
      Batch().require_version("there", version + 1).put("x", "1"),
      Batch().require_version("gone", 1).put("x", "1"),
      Batch().require_present("there").require_absent("there").put("x", "1"),
  };
  const std::vector<RowKey> named = {"there", "gone", "there", "gone", "there"};
  for (std::size_t i = 0; i < refused.size(); ++i) {
    const Commit result = commit(refused[i]);
    EXPECT_FALSE(result.applied) << i;
    EXPECT_EQ(result.failed_check, named[i]) << i;
  }
  EXPECT_EQ(get("x"), std::nullopt);
  EXPECT_TRUE(
      commit(Batch().require_present("there").require_version("there", version).require_absent("gone").put("x", "1"))
          .applied);
  EXPECT_EQ(value("x"), "1");
}

TEST_P(StoreContract, ANoteIsLeftByWhatIsAppliedOnlyAndLiesBesideThePartition) {
  const Partition notes = notes_of(partition_);
  EXPECT_TRUE(commit(Batch().put("a", "1").note("first", "what was done")).applied);
  EXPECT_FALSE(commit(Batch().require_absent("a").put("a", "2").note("second", "never")).applied);
  EXPECT_TRUE(commit(Batch().note("third", "a note alone")).applied);
  EXPECT_THAT(keys("", ""), testing::ElementsAre("a"));

  const auto found = sync_wait(store().scan(notes, "", "", {}));
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].key, "first");
  EXPECT_EQ(found[0].value, "what was done");
  EXPECT_GT(found[0].version, 0u);
  EXPECT_EQ(found[1].key, "third");
  EXPECT_THAT(sync_wait(store().partitions(std::string(notes_prefix), "", 10)), testing::ElementsAre(notes));

  EXPECT_TRUE(
      sync_wait(store().commit(notes, Batch().require_version("first", found[0].version).remove("first"))).applied);
  EXPECT_EQ(sync_wait(store().scan(notes, "", "", {})).size(), 1u);
}

TEST_P(StoreContract, NotesAreCountedInTheLimits) {
  const std::string large(store().limits().max_value_bytes + 1, 'x');
  EXPECT_THROW(std::ignore = commit(Batch().put("a", "1").note("n", large)), std::length_error);
  EXPECT_EQ(get("a"), std::nullopt);
}

TEST_P(StoreContract, ChecksAloneMayBeCommitted) {
  EXPECT_TRUE(commit(Batch()).applied);
  EXPECT_TRUE(commit(Batch().require_absent("a")).applied);
  EXPECT_FALSE(commit(Batch().require_present("a")).applied);
}

TEST_P(StoreContract, KeysAreOrderedByUnsignedBytes) {
  using namespace std::string_literals;
  const std::vector<RowKey> ordered = {"",      "\0"s,    "\0\0"s, "\0\1"s, "\1"s,   "a"s,
                                       "a\0b"s, "a\xff"s, "b"s,    "\x7f"s, "\x80"s, "\xff\xff"s};
  Batch batch;
  for (auto at = ordered.rbegin(); at != ordered.rend(); ++at) batch.put(*at, "v");
  EXPECT_TRUE(commit(std::move(batch)).applied);
  EXPECT_EQ(keys("", ""), ordered);
  EXPECT_EQ(keys("a", "b"), (std::vector<RowKey>{"a"s, "a\0b"s, "a\xff"s}));
  EXPECT_EQ(keys("\x80", ""), (std::vector<RowKey>{"\x80"s, "\xff\xff"s}));
  EXPECT_EQ(keys("b", "a"), std::vector<RowKey>{});
  for (const auto& key : ordered) EXPECT_EQ(value(key), "v");
}

TEST_P(StoreContract, EndOfPrefixEndsAPrefix) {
  EXPECT_TRUE(commit(Batch().put("p", "").put("p/a", "").put("p/\xff", "").put("p0", "").put("q", "")).applied);
  EXPECT_EQ(keys("p/", end_of_prefix("p/")), (std::vector<RowKey>{"p/a", "p/\xff"}));
  EXPECT_EQ(end_of_prefix("\xff\xff"), "");
  EXPECT_EQ(end_of_prefix("a\xff"), "b");
}

TEST_P(StoreContract, ScansStopAtEitherLimit) {
  Batch batch;
  for (char name = 'a'; name <= 'j'; ++name) batch.put(std::string(1, name), std::string(99, 'v'));
  EXPECT_TRUE(commit(std::move(batch)).applied);
  EXPECT_EQ(keys("", "", {.max_rows = 3}).size(), 3u);
  EXPECT_EQ(keys("", "", {.max_rows = 0}).size(), 0u);
  EXPECT_EQ(keys("", "", {.max_rows = 100, .max_bytes = 250}).size(), 2u);
  EXPECT_EQ(keys("c", "", {.max_rows = 100, .max_bytes = 1}), (std::vector<RowKey>{"c"}));
}

TEST_P(StoreContract, ScansLeapToWhereTheyAreTold) {
  Batch batch;
  for (const char* folder : {"a/", "b/", "c/"}) {
    for (int i = 0; i < 9; ++i) batch.put(folder + std::to_string(i), folder);
  }
  batch.put("b", "alone").put("d", "alone").put("e/", "mark");
  EXPECT_TRUE(commit(std::move(batch)).applied);
  const Leap over_folders = [](std::string_view key) {
    const std::size_t slash = key.find('/');
    return slash == std::string_view::npos ? RowKey() : end_of_prefix(key.substr(0, slash + 1));
  };
  const auto leaped = [&](RowKey first, RowKey end, ScanLimits limits, Leap leap) {
    std::vector<RowKey> found;
    for (auto& row : sync_wait(store().leap_scan(partition_, first, end, limits, leap))) {
      EXPECT_EQ(row.version, get(row.key)->version);
      found.push_back(row.key);
    }
    return found;
  };
  EXPECT_EQ(leaped("", "", {}, over_folders), (std::vector<RowKey>{"a/0", "b", "b/0", "c/0", "d", "e/"}));
  EXPECT_EQ(leaped("a/5", "c/4", {}, over_folders), (std::vector<RowKey>{"a/5", "b", "b/0", "c/0"}));
  EXPECT_EQ(leaped("", "", {.max_rows = 3}, over_folders), (std::vector<RowKey>{"a/0", "b", "b/0"}));
  EXPECT_EQ(leaped("", "c", {}, [](std::string_view) { return RowKey("x"); }), (std::vector<RowKey>{"a/0"}))
      << "a leap out of the range ends the scan";
  EXPECT_EQ(leaped("b", "c", {}, [](std::string_view) { return RowKey("a"); }).size(), 10u) << "never backwards";
}

TEST_P(StoreContract, PartitionsKeepApartAndAreListed) {
  const auto put_in = [this](const std::string& partition) {
    EXPECT_TRUE(sync_wait(store().commit({partition}, Batch().put("k", partition))).applied);
  };
  for (const char* name : {"table/2", "table/1", "table/10", "names", "table", "tablf"}) put_in(name);
  EXPECT_EQ(sync_wait(store().get({"table/1"}, "k"))->value, "table/1");
  EXPECT_EQ(sync_wait(store().get({"table/3"}, "k")), std::nullopt);
  EXPECT_EQ(sync_wait(store().scan({"table"}, "", "", {})).size(), 1u);

  const auto listed = [this](std::string prefix, std::string after, std::size_t max) {
    std::vector<std::string> names;
    for (auto& one : sync_wait(store().partitions(prefix, after, max))) names.push_back(one.name);
    return names;
  };
  EXPECT_EQ(listed("table/", "", 10), (std::vector<std::string>{"table/1", "table/10", "table/2"}));
  EXPECT_EQ(listed("table/", "table/1", 1), (std::vector<std::string>{"table/10"}));
  EXPECT_EQ(listed("table/", "table/2", 10), (std::vector<std::string>{}));
  EXPECT_EQ(listed("", "", 10).size(), 6u);
  EXPECT_EQ(listed("", "", 2), (std::vector<std::string>{"names", "table"}));
}

TEST_P(StoreContract, CommitEachLetsEveryBatchStandForItself) {
  EXPECT_TRUE(commit(Batch().put("there", "1")).applied);
  std::vector<Batch> batches;
  batches.push_back(Batch().put("a", "1"));
  batches.push_back(Batch().require_absent("there").put("b", "1"));
  batches.push_back(Batch().require_present("a").put("c", "1"));
  batches.push_back(Batch().remove("a"));
  batches.push_back(Batch().require_present("a").put("d", "1"));
  const auto commits = sync_wait(store().commit_each(partition_, std::move(batches)));
  ASSERT_EQ(commits.size(), 5u);
  EXPECT_TRUE(commits[0].applied);
  EXPECT_FALSE(commits[1].applied);
  EXPECT_EQ(commits[1].failed_check, "there");
  EXPECT_TRUE(commits[2].applied) << "a later batch sees an earlier one";
  EXPECT_TRUE(commits[3].applied);
  EXPECT_FALSE(commits[4].applied);
  EXPECT_EQ(keys("", ""), (std::vector<RowKey>{"c", "there"}));
  EXPECT_TRUE(sync_wait(store().commit_each(partition_, {})).empty());
}

TEST_P(StoreContract, WatchesHearOfTheirPartitionOnly) {
  std::atomic<int> heard{0};
  auto watch = store().watch(partition_, [&heard] { ++heard; });
  EXPECT_TRUE(watch->alive());
  EXPECT_TRUE(commit(Batch().put("a", "1")).applied);
  EXPECT_EQ(heard, 1) << "before the commit returns";
  EXPECT_TRUE(sync_wait(store().commit({"other"}, Batch().put("a", "1"))).applied);
  EXPECT_FALSE(commit(Batch().require_absent("a").put("a", "2")).applied);
  EXPECT_EQ(heard, 1);
  EXPECT_TRUE(commit(Batch().remove("a")).applied);
  EXPECT_EQ(heard, 2);
  watch.reset();
  EXPECT_TRUE(commit(Batch().put("a", "1")).applied);
  EXPECT_EQ(heard, 2);
}

TEST_P(StoreContract, WatchesOfRowsHearOfPutsUnderTheirPrefixes) {
  std::vector<std::string> heard;
  auto watch = store().watch_rows("bucket/", "o/", [&heard](const Partition& where) { heard.push_back(where.name); });
  if (!watch) GTEST_SKIP() << "this store cannot";
  const auto commit_in = [this](const char* partition, Batch batch) {
    EXPECT_TRUE(sync_wait(store().commit({partition}, std::move(batch))).applied);
  };
  commit_in("bucket/1", Batch().put("c/key", "1"));
  commit_in("table/1", Batch().put("o/1", "1"));
  EXPECT_TRUE(heard.empty());
  commit_in("bucket/1", Batch().put("c/key", "2").put("o/1", "1").put("o/2", "1"));
  commit_in("bucket/2", Batch().put("o/1", "1"));
  EXPECT_EQ(heard, (std::vector<std::string>{"bucket/1", "bucket/2"})) << "once a commit";
  commit_in("bucket/2", Batch().remove("o/1"));
  EXPECT_FALSE(sync_wait(store().commit({"bucket/2"}, Batch().require_present("no").put("o/3", "1"))).applied);
  EXPECT_EQ(heard.size(), 2u) << "neither removals nor refused batches";
  watch.reset();
  commit_in("bucket/1", Batch().put("o/4", "1"));
  EXPECT_EQ(heard.size(), 2u);
}

TEST_P(StoreContract, RefusesWhatIsBeyondItsLimits) {
  const Limits limits = store().limits();
  EXPECT_THROW(std::ignore = commit(Batch().put("a", std::string(limits.max_value_bytes + 1, 'v'))), std::length_error);
  EXPECT_THROW(std::ignore = commit(Batch().put(std::string(4097, 'k'), "v")), std::length_error);
  EXPECT_THROW(std::ignore = commit(Batch().require_absent(std::string(4097, 'k'))), std::length_error);
  Batch large;
  for (std::size_t bytes = 0; bytes <= limits.max_batch_bytes; bytes += limits.max_value_bytes) {
    large.put("k" + std::to_string(bytes), std::string(limits.max_value_bytes, 'v'));
  }
  EXPECT_THROW(std::ignore = commit(std::move(large)), std::length_error);
  EXPECT_THROW(sync_wait(store().get({""}, "a")), std::invalid_argument);
  EXPECT_THROW(sync_wait(store().get({std::string("a\0b", 3)}, "a")), std::invalid_argument);
  EXPECT_THROW(sync_wait(store().get({std::string(201, 'p')}, "a")), std::invalid_argument);
  EXPECT_TRUE(keys("", "").empty());
  EXPECT_TRUE(commit(Batch().put(std::string(4096, 'k'), std::string(limits.max_value_bytes, 'v'))).applied);
}

// Many threads count one row up by compare-and-set: no step is lost, none done twice.
TEST_P(StoreContract, ConcurrentCompareAndSetLosesNothing) {
  constexpr int threads = 4, steps = 50;
  std::vector<std::jthread> workers;
  for (int i = 0; i < threads; ++i) {
    workers.emplace_back([this] {
      for (int done = 0; done < steps;) {
        const auto row = get("counter");
        Batch batch;
        if (row) {
          batch.require_version("counter", row->version).put("counter", std::to_string(std::stoi(row->value) + 1));
        } else {
          batch.require_absent("counter").put("counter", "1");
        }
        if (commit(std::move(batch)).applied) ++done;
      }
    });
  }
  workers.clear();
  EXPECT_EQ(value("counter"), std::to_string(threads * steps));
}

// One writer keeps two rows equal; a scan sees one moment, so never a difference.
TEST_P(StoreContract, AScanSeesOneMoment) {
  std::atomic<bool> ended{false};
  std::jthread writer([&] {
    for (int i = 0; i < 200; ++i) {
      EXPECT_TRUE(commit(Batch().put("a", std::to_string(i)).put("b", std::to_string(i))).applied);
    }
    ended = true;
  });
  while (!ended) {
    const auto rows = sync_wait(store().scan(partition_, "", "", {}));
    if (rows.size() == 2) {
      EXPECT_EQ(rows[0].value, rows[1].value);
    }
  }
}

}  // namespace tarn::meta
