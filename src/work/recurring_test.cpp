#include "work/recurring.h"

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <thread>

#include "base/eventually.h"
#include "meta/memory/memory_store.h"

namespace tarn::work {
namespace {

using namespace std::chrono_literals;

class RecurringTest : public testing::Test {
 protected:
  RecurringTest() { start(); }
  ~RecurringTest() override { EXPECT_TRUE(queue->stop(kPatience)); }

  void start() {
    queue = std::make_unique<Queue>(store, clock);
    recurring = std::make_unique<Recurring>(
        *queue, clock, "tick",
        [this](AccountId, std::string name) -> Task<std::optional<Plan>> {
          const std::lock_guard lock(mutex);
          const auto found = plans.find(name);
          co_return found == plans.end() ? std::nullopt : std::optional(found->second);
        },
        [this](Firing firing) -> Task<void> {
          const std::lock_guard lock(mutex);
          firings.push_back(firing);
          if (failures > 0) {
            --failures;
            throw std::runtime_error("not now");
          }
          co_return;
        });
    sync_wait(queue->start());
  }
  void restart(Milliseconds meanwhile = {}) {
    EXPECT_TRUE(queue->stop(kPatience));
    queue.reset();
    clock.advance(meanwhile);
    start();
    for (const auto& [name, plan] : plans) sync_wait(recurring->begin(account, name, plan));
  }
  void plan(const std::string& name, const std::string& id, const std::string& expression) {
    {
      const std::lock_guard lock(mutex);
      plans[name] = {.id = id, .expression = expression};
    }
    sync_wait(recurring->begin(account, name, {.id = id, .expression = expression}));
  }
  void advance(Milliseconds by) {
    clock.advance(by);
    queue->clock_moved();
  }
  bool fired(std::size_t times) {
    (void)eventually([&] { return count() >= times; });
    // One too many would come now.
    std::this_thread::sleep_for(20ms);
    return count() == times;
  }
  std::size_t count() {
    const std::lock_guard lock(mutex);
    return firings.size();
  }

  meta::MemoryStore store;
  ManualClock clock{*parse_iso8601("2024-02-27T09:59:30Z")};
  AccountId account = AccountId::trusted("123456789012");
  std::mutex mutex;
  std::map<std::string, Plan> plans;
  std::vector<Firing> firings;
  int failures = 0;
  std::unique_ptr<Queue> queue;
  std::unique_ptr<Recurring> recurring;
};

constexpr const char* id_a = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
constexpr const char* id_b = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb";

TEST_F(RecurringTest, FiresWhenItIsDueAndNoMoreOften) {
  plan("a name with spaces", id_a, "cron(0 10 * * ? *)");
  advance(29s);
  EXPECT_TRUE(fired(0));
  advance(1s);
  EXPECT_TRUE(fired(1));
  EXPECT_EQ(firings[0].name, "a name with spaces");
  EXPECT_EQ(iso8601_seconds(firings[0].due), "2024-02-27T10:00:00Z");
  advance(24h);
  EXPECT_TRUE(fired(2));
  EXPECT_NE(firings[0].id, firings[1].id);
  EXPECT_EQ(firings[1].id.size(), 36u);
}

TEST_F(RecurringTest, ARateKeepsItsBeat) {
  plan("rule", id_a, "rate(5 minutes)");
  advance(5min + 1s);
  EXPECT_TRUE(fired(1));
  advance(4min + 58s);
  EXPECT_TRUE(fired(1));
  advance(1s);
  EXPECT_TRUE(fired(2));
}

TEST_F(RecurringTest, WhatPassedUnseenIsNotMadeUpFor) {
  plan("rule", id_a, "rate(5 minutes)");
  advance(7 * 24h + 1min);
  EXPECT_TRUE(fired(1));
  advance(4min);
  EXPECT_TRUE(fired(2)) << "the beat goes on";
}

TEST_F(RecurringTest, ARestartNeitherLosesNorRepeatsAFiring) {
  plan("rule", id_a, "rate(1 hour)");
  advance(1h);
  EXPECT_TRUE(fired(1));
  restart();
  EXPECT_TRUE(fired(1));
  restart(1h);
  EXPECT_TRUE(fired(2));
}

TEST_F(RecurringTest, AnotherScheduleTakesThePlaceOfTheOldOne) {
  plan("rule", id_a, "rate(1 hour)");
  plan("rule", id_b, "rate(2 hours)");
  advance(1h);
  EXPECT_TRUE(fired(0));
  advance(1h);
  EXPECT_TRUE(fired(1));
}

TEST_F(RecurringTest, WhatIsGoneFiresNoMore) {
  plan("rule", id_a, "rate(1 hour)");
  {
    const std::lock_guard lock(mutex);
    plans.clear();
  }
  advance(1h);
  EXPECT_TRUE(fired(0));
  EXPECT_TRUE(eventually([&] { return sync_wait(queue->pending("tick")).empty(); }));
}

TEST_F(RecurringTest, AFailedFiringIsToldAgainUnderItsId) {
  failures = 1;
  plan("rule", id_a, "rate(1 hour)");
  advance(1h);
  EXPECT_TRUE(fired(1));
  advance(2s);
  EXPECT_TRUE(fired(2));
  EXPECT_EQ(firings[0].id, firings[1].id);
}

TEST_F(RecurringTest, AScheduleThatNeverFiresLeavesNoItem) {
  plan("rule", id_a, "cron(0 12 * * ? 2023)");
  EXPECT_TRUE(sync_wait(queue->pending("tick")).empty());
}

}  // namespace
}  // namespace tarn::work
