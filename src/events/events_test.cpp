#include "events/events.h"

#include <gtest/gtest.h>

#include <mutex>
#include <thread>

#include "base/eventually.h"
#include "meta/memory/memory_store.h"

namespace tarn::events {
namespace {

// May everything but what is named.
class TestAccess : public policy::Access {
 public:
  TestAccess() {
    principal_.kind = policy::Principal::Kind::root;
    principal_.account = AccountId::trusted("123456789012");
    principal_.arn = "arn:aws:iam::123456789012:root";
  }
  const policy::Principal& principal() const override { return principal_; }
  const policy::Facts& request_facts() const override { return facts_; }
  Task<policy::Decision> decide(std::string action, std::string, policy::Facts) const override {
    policy::Decision decision;
    decision.kind = action == denied ? policy::Decision::Kind::implicit_deny : policy::Decision::Kind::allow;
    co_return decision;
  }
  std::string denied;

 private:
  policy::Principal principal_;
  policy::Facts facts_;
};

class RecordingTarget : public Target {
 public:
  bool owns(std::string_view arn) const override { return arn.starts_with("arn:aws:test:"); }
  bool needs_role() const override { return false; }
  Task<void> deliver(Delivery delivery) override {
    const std::string event_id = delivery.event_id;
    const std::string input = delivery.input;
    const std::lock_guard lock(mutex);
    if (failures > 0) {
      --failures;
      throw std::runtime_error("not now");
    }
    received.emplace_back(event_id, input);
    co_return;
  }
  std::size_t count() {
    const std::lock_guard lock(mutex);
    return received.size();
  }
  std::mutex mutex;
  int failures = 0;
  std::vector<std::pair<std::string, std::string>> received;
};

// Refuses all, or takes dead letters.
class DeadLetters : public Target {
 public:
  bool owns(std::string_view arn) const override { return arn.starts_with("arn:aws:sqs:"); }
  bool needs_role() const override { return false; }
  Task<void> deliver(Delivery delivery) override {
    if (delivery.arn.ends_with("refuses")) throw Error(errors::resource_not_found, "It is gone.");
    const std::lock_guard lock(mutex);
    letters.push_back(std::move(delivery));
    co_return;
  }
  std::size_t count() {
    const std::lock_guard lock(mutex);
    return letters.size();
  }
  std::mutex mutex;
  std::vector<Delivery> letters;
};

class EventsTest : public testing::Test {
 protected:
  EventsTest() {
    events.add_target(target);
    events.add_target(queues);
    sync_wait(queue.start());
  }
  // What runs uses what is destroyed next.
  void TearDown() override { EXPECT_TRUE(queue.stop(kPatience)); }
  Event created(std::string key) {
    return {.id = "id-" + key,
            .source = "aws.s3",
            .detail_type = "Object Created",
            .account = AccountId::trusted("123456789012"),
            .time = clock.now(),
            .region = "us-east-1",
            .resources = {"arn:aws:s3:::lake"},
            .detail = R"({"bucket":{"name":"lake"},"object":{"key":")" + key + R"("}})"};
  }
  void make_rule(std::string name, std::string pattern, RuleTarget rule_target) {
    sync_wait(events.put_rule(access, {.name = name, .pattern = std::move(pattern)}));
    std::vector<RuleTarget> targets;
    targets.push_back(std::move(rule_target));
    EXPECT_TRUE(sync_wait(events.put_targets(access, "default", name, std::move(targets))).empty());
  }
  bool received(std::size_t wanted) {
    return eventually([&] { return target.count() >= wanted; }) && target.count() == wanted;
  }

  meta::MemoryStore store;
  LakeClock clock;
  SystemRandom random;
  TestAccess access;
  work::Queue queue{store, clock};
  RecordingTarget target;
  DeadLetters queues;
  Events events{
      store,  queue,       Clocks{clock, clock},
      random, "us-east-1", [](std::string) -> Task<std::shared_ptr<const policy::Access>> { co_return nullptr; }};
};

const char* const raw = R"({"source":["aws.s3"],"detail":{"object":{"key":[{"prefix":"raw/"}]}}})";

// A rule's events by time. The clock is not the test's to move back, so each starts from what it reads.
class ScheduledRules : public EventsTest {
 protected:
  void schedule(std::string name, std::string expression, bool enabled = true) {
    sync_wait(events.put_rule(access, {.name = name, .schedule = std::move(expression), .enabled = enabled}));
    std::vector<RuleTarget> targets;
    targets.push_back({.id = "t", .arn = "arn:aws:test:x"});
    EXPECT_TRUE(sync_wait(events.put_targets(access, "default", name, std::move(targets))).empty());
  }
  void advance(Milliseconds by) {
    clock.advance(by);
    queue.clock_moved();
  }
  // Waits for so many, and a little for one too many.
  bool fired(std::size_t wanted) {
    if (!received(wanted)) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    return target.count() == wanted;
  }
};

TEST_F(ScheduledRules, FireWithAScheduledEvent) {
  schedule("beat", "rate(5 minutes)");
  EXPECT_TRUE(fired(0));
  advance(std::chrono::minutes(5));
  ASSERT_TRUE(fired(1));
  const std::string event = target.received[0].second;
  EXPECT_NE(event.find(R"("detail-type":"Scheduled Event")"), std::string::npos) << event;
  EXPECT_NE(event.find(R"("source":"aws.events")"), std::string::npos);
  EXPECT_NE(event.find(R"("resources":["arn:aws:events:us-east-1:123456789012:rule/beat"])"), std::string::npos);
  EXPECT_NE(event.find(R"("detail":{})"), std::string::npos);
  advance(std::chrono::minutes(5));
  ASSERT_TRUE(fired(2));
  EXPECT_NE(target.received[0].first, target.received[1].first);
}

TEST_F(ScheduledRules, ADisabledRuleIsSilentUntilItIsEnabled) {
  schedule("beat", "rate(1 hour)", false);
  advance(std::chrono::hours(2));
  EXPECT_TRUE(fired(0));
  sync_wait(events.set_enabled(access, "default", "beat", true));
  advance(std::chrono::hours(1));
  EXPECT_TRUE(fired(1));
  sync_wait(events.set_enabled(access, "default", "beat", false));
  advance(std::chrono::hours(3));
  EXPECT_TRUE(fired(1));
}

TEST_F(ScheduledRules, ARulePutAgainAsItWasKeepsItsBeat) {
  schedule("beat", "rate(1 hour)");
  advance(std::chrono::minutes(59));
  schedule("beat", "rate(1 hour)");
  advance(std::chrono::minutes(1));
  EXPECT_TRUE(fired(1));
  schedule("beat", "rate(2 hours)");
  advance(std::chrono::hours(1));
  EXPECT_TRUE(fired(1)) << "another schedule begins anew";
  advance(std::chrono::hours(1));
  EXPECT_TRUE(fired(2));
}

TEST_F(ScheduledRules, AStartBeginsWhatIsThereAndRepeatsNothing) {
  schedule("beat", "rate(1 hour)");
  sync_wait(events.recover());
  sync_wait(events.recover());
  advance(std::chrono::hours(1));
  EXPECT_TRUE(fired(1));
}

TEST_F(ScheduledRules, ADeletedRuleFiresNoMore) {
  schedule("beat", "rate(1 hour)");
  sync_wait(events.remove_targets(access, "default", "beat", {"t"}));
  sync_wait(events.delete_rule(access, "default", "beat"));
  advance(std::chrono::hours(1));
  EXPECT_TRUE(fired(0));
}

TEST_F(ScheduledRules, WhatIsNoScheduleIsRefused) {
  for (const char* text :
       {"rate(1 minutes)", "rate(0 minutes)", "cron(0 12 * * *)", "at(2030-01-01T00:00:00)", "daily"}) {
    try {
      sync_wait(events.put_rule(access, {.name = "beat", .schedule = text}));
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code().name, "ValidationException");
      EXPECT_EQ(error.message(), "Parameter ScheduleExpression is not valid.");
    }
  }
}

TEST_F(EventsTest, AMatchingEventReachesItsTargetOnce) {
  make_rule("raw", raw, {.id = "t", .arn = "arn:aws:test:x"});
  EXPECT_EQ(sync_wait(events.accept("default", created("raw/a.csv"))), 1u);
  EXPECT_EQ(sync_wait(events.accept("default", created("features/a"))), 0u);
  ASSERT_TRUE(received(1));
  EXPECT_EQ(target.received[0].first, "id-raw/a.csv");
  EXPECT_NE(target.received[0].second.find("\"detail-type\":\"Object Created\""), std::string::npos);
}

TEST_F(EventsTest, ATargetThatFailsIsTriedAgain) {
  target.failures = 1;
  make_rule("raw", raw, {.id = "t", .arn = "arn:aws:test:x"});
  sync_wait(events.accept("default", created("raw/a.csv")));
  EXPECT_TRUE(received(1));
}

TEST_F(EventsTest, WhatIsGivenUpBecomesADeadLetter) {
  const std::string account = "arn:aws:sqs:us-east-1:123456789012:";
  make_rule("raw", raw, {.id = "t", .arn = account + "refuses", .dead_letter_arn = account + "dead"});
  sync_wait(events.accept("default", created("raw/a.csv")));
  ASSERT_TRUE(eventually([&] { return queues.count() == 1; }));
  Delivery& letter = queues.letters[0];
  EXPECT_EQ(letter.arn, account + "dead");
  EXPECT_NE(letter.input.find("raw/a.csv"), std::string::npos);
  EXPECT_EQ(letter.attributes["TARGET_ARN"], account + "refuses");
  EXPECT_EQ(letter.attributes["ERROR_CODE"], "ResourceNotFoundException");
  EXPECT_EQ(letter.attributes["RULE_ARN"], "arn:aws:events:us-east-1:123456789012:rule/raw");
  EXPECT_EQ(letter.sender, "events.amazonaws.com");
}

TEST_F(EventsTest, RetriesEndWithTheTargetsPolicy) {
  target.failures = 1'000;
  make_rule("raw", raw,
            {.id = "t",
             .arn = "arn:aws:test:x",
             .max_attempts = 1,
             .dead_letter_arn = "arn:aws:sqs:us-east-1:123456789012:dead"});
  sync_wait(events.accept("default", created("raw/a.csv")));
  ASSERT_TRUE(eventually([&] {
    clock.advance(std::chrono::seconds(1));
    queue.clock_moved();
    return queues.count() == 1;
  }));
  EXPECT_EQ(queues.letters[0].attributes["EXHAUSTED_RETRY_CONDITION"], "MaximumRetryAttempts");
  EXPECT_EQ(queues.letters[0].attributes["ERROR_MESSAGE"], "not now");
}

TEST_F(EventsTest, QueuesOfGroupsWantAGroup) {
  sync_wait(events.put_rule(access, {.name = "raw", .pattern = raw}));
  const auto put = [&](RuleTarget one) {
    std::vector<RuleTarget> targets;
    targets.push_back(std::move(one));
    sync_wait(events.put_targets(access, "default", "raw", std::move(targets)));
  };
  const std::string account = "arn:aws:sqs:us-east-1:123456789012:";
  EXPECT_THROW(put({.id = "t", .arn = account + "q.fifo"}), Error);
  EXPECT_THROW(put({.id = "t", .arn = account + "q", .group = "g"}), Error);
  EXPECT_THROW(put({.id = "t", .arn = account + "q", .dead_letter_arn = "arn:aws:sns:us-east-1:1:t"}), Error);
  put({.id = "t", .arn = account + "q.fifo", .dead_letter_arn = account + "dead", .group = "g"});
  const auto kept = sync_wait(events.list_targets(access, "default", "raw", "", 10));
  EXPECT_EQ(kept.items[0].group, "g");
  EXPECT_EQ(kept.items[0].dead_letter_arn, account + "dead");
}

TEST_F(EventsTest, DisabledRulesSleepAndEnabledOnesWake) {
  make_rule("raw", raw, {.id = "t", .arn = "arn:aws:test:x"});
  sync_wait(events.set_enabled(access, "default", "raw", false));
  EXPECT_EQ(sync_wait(events.accept("default", created("raw/1"))), 0u);
  sync_wait(events.set_enabled(access, "default", "raw", true));
  EXPECT_EQ(sync_wait(events.accept("default", created("raw/2"))), 1u);
}

TEST_F(EventsTest, RulesWithTargetsAreNotDeleted) {
  make_rule("raw", raw, {.id = "t", .arn = "arn:aws:test:x"});
  EXPECT_THROW(sync_wait(events.delete_rule(access, "default", "raw")), Error);
  EXPECT_TRUE(sync_wait(events.remove_targets(access, "default", "raw", {"t"})).empty());
  EXPECT_EQ(sync_wait(events.remove_targets(access, "default", "raw", {"t"})).size(), 1u);
  sync_wait(events.delete_rule(access, "default", "raw"));
  EXPECT_THROW(sync_wait(events.describe_rule(access, "default", "raw")), Error);
  EXPECT_EQ(sync_wait(events.accept("default", created("raw/1"))), 0u);
}

TEST_F(EventsTest, WhatWouldNotBeHonouredIsRefused) {
  EXPECT_THROW(sync_wait(events.put_rule(access, {.name = "none"})), Error);
  EXPECT_THROW(sync_wait(events.put_rule(access, {.name = "bad", .pattern = "{}"})), Error);
  sync_wait(events.put_rule(access, {.name = "raw", .pattern = raw}));
  const auto put = [&](RuleTarget wrong) {
    std::vector<RuleTarget> targets;
    targets.push_back(std::move(wrong));
    return sync_wait(events.put_targets(access, "default", "raw", std::move(targets)));
  };
  EXPECT_THROW(put({.id = "t", .arn = "arn:aws:lambda:us-east-1:1:function:f"}), Error);
  EXPECT_THROW(put({.id = "t", .arn = "arn:aws:test:x", .input = "{}", .input_path = "$.detail"}), Error);
}

TEST_F(EventsTest, WhoMayNotIsRefused) {
  access.denied = "events:PutRule";
  EXPECT_THROW(sync_wait(events.put_rule(access, {.name = "raw", .pattern = raw})), Error);
}

TEST_F(EventsTest, ListsAreOrderedPages) {
  for (const char* name : {"b", "a", "c"}) sync_wait(events.put_rule(access, {.name = name, .pattern = raw}));
  const auto first = sync_wait(events.list_rules(access, "default", "", "", 2));
  ASSERT_EQ(first.items.size(), 2u);
  EXPECT_EQ(first.items[0].name, "a");
  EXPECT_EQ(first.next, "b");
  const auto second = sync_wait(events.list_rules(access, "default", "", first.next, 2));
  ASSERT_EQ(second.items.size(), 1u);
  EXPECT_EQ(second.next, "");
}

TEST(EventInput, PathsAndTemplates) {
  const std::string event = R"({"time":"t","detail":{"object":{"key":"a \"b\"","size":5}},"resources":["r0","r1"]})";
  EXPECT_EQ(input_for({.input = "{\"x\":1}"}, event, "arn"), "{\"x\":1}");
  EXPECT_EQ(input_for({.input_path = "$.detail.object.size"}, event, "arn"), "5");
  EXPECT_EQ(input_for({.input_path = "$.resources[1]"}, event, "arn"), "\"r1\"");
  EXPECT_EQ(input_for({.input_path = "$.nosuch"}, event, "arn"), "null");
  const RuleTarget transformed{
      .transformer = InputTransformer{
          .paths = {{"key", "$.detail.object.key"}, {"size", "$.detail.object.size"}},
          .text = R"({"file": "<key> of <size>", "bytes": <size>, "by": "<aws.events.rule-arn>", "odd": "<x>"})"}};
  EXPECT_EQ(input_for(transformed, event, "arn"), R"({"file": "a \"b\" of 5", "bytes": 5, "by": "arn", "odd": "<x>"})");
}

}  // namespace
}  // namespace tarn::events
