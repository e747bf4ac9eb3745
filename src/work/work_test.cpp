#include "work/work.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "base/eventually.h"
#include "meta/memory/memory_store.h"
#include "work/item_codec.h"

namespace tarn::work {
namespace {

using std::chrono::milliseconds;

class WorkTest : public testing::Test {
 protected:
  meta::MemoryStore store;
  LakeClock clock;
};

TEST_F(WorkTest, RunsWhatIsEnqueuedOnce) {
  std::atomic<int> runs = 0;
  Queue queue(store, clock);
  queue.handle("count", [&runs](const Item& item) -> Task<Outcome> {
    EXPECT_EQ(item.payload, "p");
    ++runs;
    co_return Done{};
  });
  sync_wait(queue.start());
  sync_wait(queue.enqueue({.id = "a", .kind = "count", .payload = "p"}));
  ASSERT_TRUE(eventually([&] { return runs == 1; }));
  EXPECT_TRUE(queue.stop(kPatience));
  EXPECT_TRUE(sync_wait(queue.pending("count")).empty());
  EXPECT_EQ(runs, 1);
}

TEST_F(WorkTest, AnIdThatWaitsIsNotEnqueuedTwice) {
  Queue queue(store, clock);
  sync_wait(queue.enqueue({.id = "a", .kind = "k", .payload = "first"}));
  sync_wait(queue.enqueue({.id = "a", .kind = "k", .payload = "second"}));
  const auto items = sync_wait(queue.pending("k"));
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].payload, "first");
}

TEST_F(WorkTest, ItemsOfADeadProcessRunAgainAsInterrupted) {
  Item item{.id = "a", .kind = "k", .payload = "p", .created = clock.now(), .not_before = clock.now()};
  {
    // What a killed process leaves: an item whose run began.
    Queue killed(store, clock);
    sync_wait(killed.enqueue({.id = "a", .kind = "k", .payload = "p"}));
    const auto partitions = sync_wait(store.partitions("work/", "", 10));
    ASSERT_EQ(partitions.size(), 1u);
    meta::Batch batch;
    batch.put("i/a", encode_item(item, true));
    ASSERT_TRUE(sync_wait(store.commit(partitions[0], std::move(batch))).applied);
  }
  std::atomic<int> interrupted = 0;
  Queue queue(store, clock);
  queue.handle("k", [&](const Item& again) -> Task<Outcome> {
    interrupted += again.interrupted ? 1 : 100;
    co_return Done{};
  });
  sync_wait(queue.start());
  EXPECT_TRUE(eventually([&] { return interrupted != 0; }));
  EXPECT_TRUE(queue.stop(kPatience));
  EXPECT_EQ(interrupted, 1);
}

TEST_F(WorkTest, AFailureIsTriedAgainAndThenBuried) {
  std::atomic<int> runs = 0, told = 0;
  Queue queue(store, clock);
  queue.handle("fails",
               [&](const Item&) -> Task<Outcome> {
                 ++runs;
                 throw std::runtime_error("the disk is on fire");
                 co_return Done{};
               },
               {.max_attempts = 3,
                .first_delay = Milliseconds(1),
                .longest_delay = Milliseconds(2),
                .on_dead = [&](const Item&) -> Task<void> {
                  ++told;
                  co_return;
                }});
  sync_wait(queue.start());
  sync_wait(queue.enqueue({.id = "a", .kind = "fails", .payload = {}}));
  ASSERT_TRUE(eventually([&] { return sync_wait(queue.dead("fails")).size() == 1; }));
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(told, 1);
  EXPECT_EQ(sync_wait(queue.dead("fails"))[0].last_error, "the disk is on fire");
  EXPECT_TRUE(sync_wait(queue.pending("fails")).empty());
  EXPECT_TRUE(sync_wait(queue.revive("a")));
  EXPECT_FALSE(sync_wait(queue.revive("a")));
  EXPECT_TRUE(eventually([&] { return runs == 6; }));
}

TEST_F(WorkTest, WaitsForTheLakesClock) {
  std::atomic<int> runs = 0;
  Queue queue(store, clock);
  queue.handle("later", [&](const Item&) -> Task<Outcome> {
    ++runs;
    co_return Done{};
  });
  sync_wait(queue.start());
  sync_wait(
      queue.enqueue({.id = "a", .kind = "later", .payload = {}, .not_before = clock.now() + std::chrono::hours(24)}));
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(runs, 0);
  clock.advance(std::chrono::hours(25));
  queue.clock_moved();
  EXPECT_TRUE(eventually([&] { return runs == 1; }));
}

TEST_F(WorkTest, RunAgainKeepsTheItemWithItsNewPayload) {
  std::mutex mutex;
  std::vector<std::string> seen;
  Queue queue(store, clock);
  queue.handle("steps", [&](const Item& item) -> Task<Outcome> {
    const std::lock_guard lock(mutex);
    seen.push_back(item.payload);
    if (item.payload == "2") co_return Done{};
    co_return RunAgain{.after = Milliseconds(1), .payload = std::to_string(std::stoi(item.payload) + 1)};
  });
  sync_wait(queue.start());
  sync_wait(queue.enqueue({.id = "a", .kind = "steps", .payload = "0"}));
  EXPECT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex);
    return seen.size() == 3;
  }));
  EXPECT_EQ(seen, (std::vector<std::string>{"0", "1", "2"}));
}

TEST_F(WorkTest, NoMoreThanTheLimitRunAtOnce) {
  std::atomic<int> running = 0, most = 0, done = 0;
  Queue queue(store, clock);
  queue.handle("slow",
               [&](const Item&) -> Task<Outcome> {
                 most = std::max<int>(most, ++running);
                 co_await sleep_for(milliseconds(5));
                 --running;
                 ++done;
                 co_return Done{};
               },
               {.max_running = 2});
  sync_wait(queue.start());
  std::vector<NewItem> items;
  for (int i = 0; i < 10; ++i) items.push_back({.id = std::to_string(i), .kind = "slow", .payload = {}});
  sync_wait(queue.enqueue_all(std::move(items)));
  EXPECT_TRUE(eventually([&] { return done == 10; }));
  EXPECT_EQ(most, 2);
}

TEST_F(WorkTest, StopWaitsForWhatRunsAndKeepsWhatItCutShort) {
  std::atomic<bool> began = false;
  Queue queue(store, clock);
  queue.handle("patient", [&](const Item&) -> Task<Outcome> {
    began = true;
    while (!co_await stop_requested()) co_await sleep_for(milliseconds(1));
    throw std::runtime_error("stopped");
    co_return Done{};
  });
  sync_wait(queue.start());
  sync_wait(queue.enqueue({.id = "a", .kind = "patient", .payload = {}}));
  ASSERT_TRUE(eventually([&] { return began.load(); }));
  EXPECT_TRUE(queue.stop(kPatience));
  const auto left = sync_wait(queue.pending("patient"));
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].attempts, 0u);
}

TEST_F(WorkTest, PeriodicJobsFollowTheLakesClock) {
  std::atomic<int> runs = 0;
  Queue queue(store, clock);
  queue.every("tick", std::chrono::hours(1), [&]() -> Task<void> {
    ++runs;
    co_return;
  });
  sync_wait(queue.start());
  EXPECT_TRUE(eventually([&] { return runs == 1; }));
  clock.advance(std::chrono::hours(2));
  queue.clock_moved();
  EXPECT_TRUE(eventually([&] { return runs == 2; }));
}

TEST_F(WorkTest, APeriodicJobThatIsWantedSoonRunsOnceMore) {
  std::atomic<int> runs = 0;
  std::atomic<bool> go_on = false;
  Queue queue(store, clock);
  queue.every("sweep", std::chrono::hours(1), [&]() -> Task<void> {
    ++runs;
    while (!go_on && !co_await stop_requested()) co_await sleep_for(milliseconds(1));
  });
  sync_wait(queue.start());
  ASSERT_TRUE(eventually([&] { return runs == 1; }));
  for (int i = 0; i < 5; ++i) queue.run_soon("sweep");
  queue.run_soon("nosuch");
  go_on = true;
  EXPECT_TRUE(eventually([&] { return runs == 2; }));
  std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(runs, 2);
}

TEST(ItemCodec, BrokenRowsAreRefused) {
  const std::string row = encode_item({.id = "a", .kind = "k", .payload = "p", .last_error = "e"}, true);
  EXPECT_EQ(decode_item(row).last_error, "e");
  for (std::size_t length = 0; length < row.size(); ++length) {
    EXPECT_THROW(decode_item(row.substr(0, length)), std::runtime_error) << length;
  }
  EXPECT_THROW(decode_item("\x02" + row.substr(1)), std::runtime_error);
}

}  // namespace
}  // namespace tarn::work
