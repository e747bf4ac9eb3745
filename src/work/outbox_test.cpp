#include "work/outbox.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "base/eventually.h"
#include "meta/memory/memory_store.h"

namespace tarn::work {
namespace {

using std::chrono::milliseconds;

class OutboxTest : public testing::Test {
 protected:
  std::unique_ptr<Outbox> make(Outbox::Deliver deliver, OutboxOptions options = {}) {
    options.retry_after = milliseconds(5);
    return std::make_unique<Outbox>(store, queue, std::move(options), std::move(deliver));
  }
  Outbox::Deliver note() {
    return [this](meta::Partition partition, meta::Row row) -> Task<void> {
      const std::lock_guard lock(mutex);
      delivered.push_back(partition.name + ":" + row.key + "=" + row.value);
      co_return;
    };
  }
  void put(const std::string& partition, const std::string& key, const std::string& value) {
    EXPECT_TRUE(sync_wait(store.commit({partition}, meta::Batch().put("c/" + value, value).put(key, value))).applied);
  }
  std::size_t left(const std::string& partition) { return sync_wait(store.scan({partition}, "o/", "o0", {})).size(); }
  std::vector<std::string> seen() {
    const std::lock_guard lock(mutex);
    return delivered;
  }

  meta::MemoryStore store;
  std::mutex mutex;
  std::vector<std::string> delivered;
  LakeClock clock;
  Queue queue{store, clock};
};

TEST_F(OutboxTest, DeliversWhatWasThereInOrderAndRemovesIt) {
  put("bucket/a", "o/2", "two");
  put("bucket/a", "o/1", "one");
  put("bucket/b", "o/1", "other");
  put("table/a", "o/1", "not a bucket's");
  const auto outbox = make(note());
  outbox->start();
  ASSERT_TRUE(eventually([&] { return left("bucket/a") + left("bucket/b") == 0; }));
  EXPECT_TRUE(queue.stop(kPatience));
  auto found = seen();
  ASSERT_EQ(found.size(), 3u);
  std::erase(found, "bucket/b:o/1=other");
  EXPECT_EQ(found, (std::vector<std::string>{"bucket/a:o/1=one", "bucket/a:o/2=two"}));
  EXPECT_EQ(left("table/a"), 1u);
}

TEST_F(OutboxTest, HearsOfNewRowsAtOnce) {
  const auto outbox = make(note());
  outbox->start();
  for (int i = 0; i < 300; ++i) put("bucket/" + std::to_string(i % 20), "o/" + std::to_string(i), "v");
  ASSERT_TRUE(eventually([&] { return seen().size() >= 300; }));
  EXPECT_TRUE(queue.stop(kPatience));
  EXPECT_EQ(seen().size(), 300u) << "each once";
}

TEST_F(OutboxTest, AFailureIsTriedAgainAndHoldsUpNobodyElse) {
  std::atomic<int> failures{0};
  const auto outbox = make([&](meta::Partition partition, meta::Row row) -> Task<void> {
    if (partition.name == "bucket/bad" && failures < 3) {
      ++failures;
      throw std::runtime_error("the target is away");
    }
    const std::lock_guard lock(mutex);
    delivered.push_back(partition.name + row.key);
    co_return;
  });
  outbox->start();
  put("bucket/bad", "o/1", "v");
  put("bucket/bad", "o/2", "v");
  put("bucket/good", "o/1", "v");
  ASSERT_TRUE(eventually([&] { return left("bucket/bad") + left("bucket/good") == 0; }));
  EXPECT_TRUE(queue.stop(kPatience));
  EXPECT_EQ(failures, 3);
  const auto found = seen();
  EXPECT_EQ(found.size(), 3u);
  EXPECT_EQ(found.front(), "bucket/goodo/1");
}

TEST_F(OutboxTest, WhatFollowsAFailureWaitsForIt) {
  std::atomic<bool> away{true};
  const auto outbox = make([&](meta::Partition, meta::Row row) -> Task<void> {
    if (row.key == "o/2" && away) throw std::runtime_error("away");
    const std::lock_guard lock(mutex);
    delivered.push_back(row.key);
    co_return;
  });
  for (const char* key : {"o/1", "o/2", "o/3"}) put("bucket/a", key, "v");
  outbox->start();
  ASSERT_TRUE(eventually([&] { return left("bucket/a") == 2; })) << "what was delivered before is not done again";
  away = false;
  ASSERT_TRUE(eventually([&] { return left("bucket/a") == 0; }));
  EXPECT_TRUE(queue.stop(kPatience));
  EXPECT_EQ(seen(), (std::vector<std::string>{"o/1", "o/2", "o/3"}));
}

TEST_F(OutboxTest, AStopWaitsForWhatIsUnderWayAndLeavesTheRest) {
  std::atomic<bool> begun{false}, ended{false};
  const auto outbox = make([&](meta::Partition, meta::Row) -> Task<void> {
    begun = true;
    co_await sleep_for(milliseconds(30));
    ended = true;
  });
  for (int i = 0; i < 50; ++i) put("bucket/a", "o/" + std::to_string(100 + i), "v");
  outbox->start();
  ASSERT_TRUE(eventually([&] { return begun.load(); }));
  EXPECT_TRUE(queue.stop(kPatience));
  EXPECT_TRUE(ended);
  EXPECT_GT(left("bucket/a"), 40u);
}

// The next start finds what a stop left, and a limit on partitions holds.
TEST_F(OutboxTest, FewPartitionsAtOnce) {
  std::atomic<int> now{0}, most{0};
  for (int i = 0; i < 30; ++i) put("bucket/" + std::to_string(i), "o/1", "v");
  const auto outbox = make(
      [&](meta::Partition, meta::Row) -> Task<void> {
        most = std::max(most.load(), ++now);
        co_await sleep_for(milliseconds(2));
        --now;
      },
      {.max_partitions_at_once = 3});
  outbox->start();
  const auto pending = [&] {
    std::size_t rows = 0;
    for (int i = 0; i < 30; ++i) rows += left("bucket/" + std::to_string(i));
    return rows;
  };
  ASSERT_TRUE(eventually([&] { return pending() == 0; }));
  EXPECT_TRUE(queue.stop(kPatience));
  EXPECT_EQ(most, 3);
}

}  // namespace
}  // namespace tarn::work
