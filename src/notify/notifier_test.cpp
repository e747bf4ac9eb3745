#include "notify/notifier.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "objects/testing.h"

namespace tarn::notify {
namespace {

using nlohmann::json;
using objects::testing::ListedAccess;
using objects::testing::MemoryBlobs;

class RecordingTarget : public events::Target {
 public:
  bool owns(std::string_view arn) const override { return arn.starts_with("arn:aws:test:"); }
  bool needs_role() const override { return false; }
  Task<void> deliver(const policy::Access*, std::string, std::string, std::string input) override {
    const std::lock_guard lock(mutex);
    received.push_back(json::parse(input));
    co_return;
  }
  std::vector<json> wait_for(std::size_t wanted) {
    for (int i = 0; i < 1500; ++i) {
      {
        const std::lock_guard lock(mutex);
        if (received.size() >= wanted) return received;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return received;
  }
  std::mutex mutex;
  std::vector<json> received;
};

class NotifierTest : public testing::Test {
 protected:
  NotifierTest() {
    notifier.watch(objects);
    events.add_target(target);
    sync_wait(objects.create_bucket(access, {.name = bucket}));
    sync_wait(events.put_rule(access, {.name = "all", .pattern = R"({"source":["aws.s3"]})"}));
    std::vector<events::RuleTarget> targets;
    targets.push_back({.id = "t", .arn = "arn:aws:test:x"});
    sync_wait(events.put_targets(access, "default", "all", std::move(targets)));
  }
  void TearDown() override { EXPECT_TRUE(queue.stop(std::chrono::seconds(5))); }
  void enable() { sync_wait(objects.put_configuration(access, bucket, objects::ConfigurationKind::notification, "x")); }
  void put(const std::string& key) {
    sync_wait(objects.put(access, objects::PutRequest{.bucket = bucket, .key = ObjectKey::trusted(key)}, "bytes"));
  }

  meta::MemoryStore store;
  MemoryBlobs blobs;
  LakeClock clock;
  SystemRandom random;
  ListedAccess access;
  BucketName bucket = BucketName::trusted("lake");
  RecordingTarget target;
  work::Queue queue{store, clock};
  events::Events events{
      store,  queue,       Clocks{clock, clock},
      random, "us-east-1", [](std::string) -> Task<std::shared_ptr<const policy::Access>> { co_return nullptr; }};
  Notifier notifier{store, queue, events};
  objects::Objects objects{
      objects::Dependencies{.meta = store, .blobs = blobs, .clock = clock, .random = random, .hook = &notifier}};
};

TEST_F(NotifierTest, AChangeBecomesAnEvent) {
  enable();
  sync_wait(queue.start());
  put("raw/a b.csv");
  const auto received = target.wait_for(1);
  ASSERT_EQ(received.size(), 1u);
  const json& event = received[0];
  EXPECT_EQ(event["detail-type"], "Object Created");
  EXPECT_EQ(event["source"], "aws.s3");
  EXPECT_EQ(event["account"], "111122223333");
  EXPECT_EQ(event["resources"][0], "arn:aws:s3:::lake");
  EXPECT_EQ(event["detail"]["bucket"]["name"], "lake");
  EXPECT_EQ(event["detail"]["object"]["key"], "raw/a b.csv");
  EXPECT_EQ(event["detail"]["object"]["size"], 5);
  EXPECT_EQ(event["detail"]["reason"], "PutObject");
  EXPECT_EQ(event["detail"]["requester"], "111122223333");
  EXPECT_EQ(event["detail"]["source-ip-address"], "192.0.2.7");
}

TEST_F(NotifierTest, DeletionsSayWhichKind) {
  enable();
  sync_wait(queue.start());
  put("a");
  sync_wait(objects.remove(access, {.bucket = bucket, .key = ObjectKey::trusted("a")}));
  const auto received = target.wait_for(2);
  ASSERT_EQ(received.size(), 2u);
  const auto& removed = received[0]["detail-type"] == "Object Deleted" ? received[0] : received[1];
  EXPECT_EQ(removed["detail-type"], "Object Deleted");
  EXPECT_EQ(removed["detail"]["deletion-type"], "Permanently Deleted");
}

TEST_F(NotifierTest, WhatWasWrittenBeforeTheStartIsToldAfterIt) {
  enable();
  for (int i = 0; i < 450; ++i) put("k" + std::to_string(i));
  sync_wait(queue.start());
  EXPECT_EQ(target.wait_for(450).size(), 450u);
  // Told rows are gone.
  for (int i = 0; i < 500; ++i) {
    const auto id = sync_wait(objects.peek_bucket(bucket))->id;
    if (sync_wait(store.scan({"bucket/" + id}, "o/", "o0", {})).empty()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  FAIL() << "the outbox does not empty";
}

TEST_F(NotifierTest, BucketsWithoutNotificationsSayNothing) {
  sync_wait(queue.start());
  put("a");
  enable();
  put("b");
  const auto received = target.wait_for(1);
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0]["detail"]["object"]["key"], "b");
}

TEST(EventOf, OneRowIsOneId) {
  const objects::ChangeRecord record{
      .event = "LifecycleTransition", .bucket = "b", .bucket_owner = "111122223333", .storage_class = "GLACIER"};
  EXPECT_EQ(event_of(record, "place").id, event_of(record, "place").id);
  EXPECT_NE(event_of(record, "place").id, event_of(record, "other").id);
  EXPECT_EQ(event_of(record, "place").detail_type, "Object Storage Class Changed");
  EXPECT_EQ(json::parse(event_of(record, "place").detail)["destination-storage-class"], "GLACIER");
}

}  // namespace
}  // namespace tarn::notify
