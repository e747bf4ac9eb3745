#include "notify/notifier.h"

#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/eventually.h"
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
  Task<void> deliver(events::Delivery delivery) override {
    const std::lock_guard lock(mutex);
    received.push_back(json::parse(delivery.input));
    co_return;
  }
  std::size_t count() {
    const std::lock_guard lock(mutex);
    return received.size();
  }
  std::vector<json> wait_for(std::size_t wanted) {
    (void)eventually([&] { return count() >= wanted; });
    const std::lock_guard lock(mutex);
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
  void TearDown() override { EXPECT_TRUE(queue.stop(kPatience)); }
  void enable(objects::Notification notification = {.event_bridge = true}) {
    sync_wait(objects.put_configuration(access, bucket, objects::ConfigurationKind::notification,
                                        objects::pack(notification)));
  }
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
  std::mutex log_mutex;
  std::vector<LogLine> log;
  Notifier notifier{store, queue, events, clock, [this](std::vector<LogLine> lines) -> Task<void> {
                      const std::lock_guard lock(log_mutex);
                      for (LogLine& line : lines) log.push_back(std::move(line));
                      co_return;
                    }};
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
  const auto id = sync_wait(objects.peek_bucket(bucket))->id;
  EXPECT_TRUE(eventually([&] { return sync_wait(store.scan({"bucket/" + id}, "o/", "o0", {})).empty(); }))
      << "the outbox does not empty";
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

// A queue that refuses as long as it is told to.
class QueueLike : public RecordingTarget {
 public:
  bool owns(std::string_view arn) const override { return arn.starts_with("arn:aws:sqs:"); }
  Task<void> deliver(events::Delivery delivery) override {
    if (failures > 0) {
      --failures;
      throw Error(tarn::errors::access_denied, "Access Denied");
    }
    EXPECT_EQ(delivery.sender, "s3.amazonaws.com");
    EXPECT_EQ(delivery.source_arn, "arn:aws:s3:::lake");
    EXPECT_EQ(delivery.source_account, "111122223333");
    co_await RecordingTarget::deliver(std::move(delivery));
  }
  std::atomic<int> failures = 0;
};

objects::Notification to_queue(std::string prefix = "", std::string suffix = "") {
  return {.targets = {{.id = "mine",
                       .arn = "arn:aws:sqs:us-east-1:111122223333:q",
                       .events = {"s3:ObjectCreated:*"},
                       .prefix = std::move(prefix),
                       .suffix = std::move(suffix)}}};
}

TEST_F(NotifierTest, AQueueGetsWhatItsFilterLetsThrough) {
  QueueLike sqs;
  notifier.add_target(sqs);
  enable(to_queue("raw/", ".csv"));
  sync_wait(queue.start());
  for (const char* key : {"raw/a.json", "other/a.csv", "raw/a b+c.csv"}) put(key);
  sync_wait(objects.remove(access, {.bucket = bucket, .key = ObjectKey::trusted("raw/a b+c.csv")}));
  const auto received = sqs.wait_for(1);
  ASSERT_EQ(received.size(), 1u);
  const json& record = received[0]["Records"][0];
  EXPECT_EQ(record["eventVersion"], "2.1");
  EXPECT_EQ(record["eventSource"], "aws:s3");
  EXPECT_EQ(record["eventName"], "ObjectCreated:Put");
  EXPECT_EQ(record["s3"]["configurationId"], "mine");
  EXPECT_EQ(record["s3"]["bucket"]["arn"], "arn:aws:s3:::lake");
  EXPECT_EQ(record["s3"]["object"]["key"], "raw/a+b%2Bc.csv");
  EXPECT_EQ(record["s3"]["object"]["size"], 5);
  EXPECT_EQ(record["s3"]["object"]["sequencer"].get<std::string>().size(), 16u);
  EXPECT_FALSE(record["s3"]["object"].contains("versionId"));
  EXPECT_EQ(record["requestParameters"]["sourceIPAddress"], "192.0.2.7");
  EXPECT_EQ(record["userIdentity"]["principalId"], "AWS:AIDATESTER");
  // Nobody asked for EventBridge.
  EXPECT_TRUE(target.received.empty());
}

TEST_F(NotifierTest, AQueueThatRefusesIsTriedAgainAndTheLogSaysSo) {
  QueueLike sqs;
  sqs.failures = 2;
  notifier.add_target(sqs);
  enable(to_queue());
  sync_wait(queue.start());
  put("a");
  put("b");
  ASSERT_TRUE(eventually([&] {
    clock.advance(std::chrono::seconds(5));
    queue.clock_moved();
    return sqs.count() == 2;
  }));
  std::size_t delivered = 0, failed = 0;
  EXPECT_TRUE(eventually([&] {
    clock.advance(std::chrono::seconds(1));
    queue.clock_moved();
    const std::lock_guard lock(log_mutex);
    delivered = failed = 0;
    for (const LogLine& line : log) {
      const json said = json::parse(line.text);
      delivered += said["outcome"] == "delivered";
      failed += said["outcome"] == "failed";
      if (said["outcome"] == "failed") EXPECT_EQ(said["error"], "Access Denied");
    }
    return delivered + failed >= 4;
  }));
  EXPECT_EQ(delivered, 2u);
  EXPECT_EQ(failed, 2u);
}

TEST_F(NotifierTest, WhatIsRefusedTooOftenIsKeptAsDead) {
  QueueLike sqs;
  sqs.failures = 1'000;
  notifier.add_target(sqs);
  enable(to_queue());
  sync_wait(queue.start());
  put("a");
  const auto lake = sync_wait(objects.peek_bucket(bucket));
  EXPECT_TRUE(eventually([&] {
    clock.advance(std::chrono::seconds(400));
    queue.clock_moved();
    return !sync_wait(notifier.dead_deliveries(*lake)).empty();
  }));
  const auto dead = sync_wait(notifier.dead_deliveries(*lake));
  ASSERT_EQ(dead.size(), 1u);
  EXPECT_EQ(dead[0].error, "Access Denied");
  EXPECT_EQ(dead[0].key, "a");
  EXPECT_EQ(dead[0].event, "s3:ObjectCreated:Put");
  // Another life, once the queue takes it.
  sqs.failures = 0;
  EXPECT_EQ(sync_wait(notifier.revive(*lake)), 1u);
  EXPECT_EQ(sqs.wait_for(1).size(), 1u);
  EXPECT_TRUE(sync_wait(notifier.dead_deliveries(*lake)).empty());
}

TEST_F(NotifierTest, TargetsAreTried) {
  QueueLike sqs;
  notifier.add_target(sqs);
  const auto lake = sync_wait(objects.peek_bucket(bucket));
  const std::string arn = "arn:aws:sqs:us-east-1:111122223333:q";
  EXPECT_EQ(sync_wait(notifier.try_target(*lake, arn, "R")), "");
  const auto received = sqs.wait_for(1);
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0]["Event"], "s3:TestEvent");
  EXPECT_EQ(received[0]["Service"], "Amazon S3");
  EXPECT_EQ(received[0]["Bucket"], "lake");
  EXPECT_EQ(received[0]["RequestId"], "R");
  sqs.failures = 1;
  EXPECT_EQ(sync_wait(notifier.try_target(*lake, arn, "R")),
            "Permissions on the destination queue do not allow S3 to publish notifications from this bucket");
  EXPECT_NE(sync_wait(notifier.try_target(*lake, "arn:aws:lambda:us-east-1:1:function:f", "R")), "");
}

TEST(MessageOf, SaysWhatOnlySomeEventsHave) {
  objects::ChangeRecord record{.event = "LifecycleTransition",
                               .bucket = "b",
                               .bucket_owner = "111122223333",
                               .key = "k",
                               .version_id = "v1",
                               .storage_class = "GLACIER",
                               .requester = "s3.amazonaws.com"};
  json event = json::parse(message_of(record, "id"))["Records"][0];
  EXPECT_EQ(event["eventVersion"], "2.3");
  EXPECT_EQ(event["lifecycleEventData"]["transitionEventData"]["destinationStorageClass"], "GLACIER");
  EXPECT_EQ(event["s3"]["object"]["versionId"], "v1");
  EXPECT_EQ(event["userIdentity"]["principalId"], "s3.amazonaws.com");
  record.event = "ObjectRemoved:Delete";
  event = json::parse(message_of(record, "id"))["Records"][0];
  EXPECT_EQ(event["eventVersion"], "2.1");
  EXPECT_FALSE(event["s3"]["object"].contains("size"));
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
