#include "queues/queues.h"

#include <gtest/gtest.h>

#include "base/eventually.h"
#include "queues/testing.h"

namespace tarn::queues {
namespace {

using std::chrono::seconds;
using testing::refusal;

class QueuesTest : public ::testing::Test {
 protected:
  testing::Bench bench;
};

TEST_F(QueuesTest, ANameHasOneQueue) {
  bench.create("jobs", {{"VisibilityTimeout", "60"}});
  const auto id = sync_wait(bench.queues.peek(bench.at("jobs")))->id;
  // The same again, and without saying everything.
  bench.create("jobs", {{"VisibilityTimeout", "60"}});
  bench.create("jobs");
  EXPECT_EQ(sync_wait(bench.queues.peek(bench.at("jobs")))->id, id);
  EXPECT_EQ(refusal([&] { bench.create("jobs", {{"VisibilityTimeout", "61"}}); }), "QueueNameExists");
  EXPECT_EQ(refusal([&] { bench.create("jobs", {{"DelaySeconds", "1"}}); }), "QueueNameExists");
}

TEST_F(QueuesTest, NamesAreChecked) {
  for (const char* bad : {"", "a.b", "a b", "jobs.fifo", "ä"}) {
    EXPECT_EQ(refusal([&] { bench.create(bad); }), "InvalidParameterValue") << bad;
  }
  EXPECT_EQ(refusal([&] { bench.create(std::string(81, 'a')); }), "InvalidParameterValue");
  EXPECT_EQ(refusal([&] { bench.create("jobs", {{"FifoQueue", "true"}}); }), "InvalidParameterValue");
  EXPECT_EQ(refusal([&] { bench.create(std::string(80, 'a')); }), "");
  EXPECT_EQ(refusal([&] { bench.create("jobs.fifo", {{"FifoQueue", "true"}}); }), "");
}

struct AttributeCase {
  const char* name;
  const char* value;
  const char* code;
};
class QueueAttributes : public ::testing::TestWithParam<AttributeCase> {};

TEST_P(QueueAttributes, AreChecked) {
  testing::Bench bench;
  EXPECT_EQ(refusal([&] { bench.create("q", {{GetParam().name, GetParam().value}}); }), GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    , QueueAttributes,
    ::testing::Values(
        AttributeCase{"VisibilityTimeout", "43200", ""},
        AttributeCase{"VisibilityTimeout", "43201", "InvalidAttributeValue"},
        AttributeCase{"VisibilityTimeout", "-1", "InvalidAttributeValue"},
        AttributeCase{"VisibilityTimeout", "x", "InvalidAttributeValue"},
        AttributeCase{"MessageRetentionPeriod", "59", "InvalidAttributeValue"},
        AttributeCase{"MessageRetentionPeriod", "1209600", ""},
        AttributeCase{"MaximumMessageSize", "1023", "InvalidAttributeValue"},
        AttributeCase{"MaximumMessageSize", "1048576", ""},
        AttributeCase{"DelaySeconds", "901", "InvalidAttributeValue"},
        AttributeCase{"ReceiveMessageWaitTimeSeconds", "21", "InvalidAttributeValue"},
        AttributeCase{"Policy", "nonsense", "InvalidAttributeValue"}, AttributeCase{"Policy", "", ""},
        AttributeCase{"RedrivePolicy", "[]", "InvalidAttributeValue"},
        AttributeCase{"RedrivePolicy", R"({"maxReceiveCount":1})", "InvalidAttributeValue"},
        AttributeCase{"RedrivePolicy",
                      R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:d","maxReceiveCount":0})",
                      "InvalidAttributeValue"},
        AttributeCase{"RedrivePolicy",
                      R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:d","maxReceiveCount":"3"})",
                      "InvalidParameterValue"},  // It is not there.
        AttributeCase{"ContentBasedDeduplication", "true", "InvalidAttributeName"},
        AttributeCase{"FifoQueue", "false", "InvalidParameterValue"},
        AttributeCase{"QueueArn", "x", "InvalidAttributeName"}, AttributeCase{"Colour", "red", "InvalidAttributeName"},
        AttributeCase{"KmsMasterKeyId", "alias/x", "UnsupportedOperation"}, AttributeCase{"KmsMasterKeyId", "", ""},
        AttributeCase{"SqsManagedSseEnabled", "true", "UnsupportedOperation"}));

TEST_F(QueuesTest, WhatWasNotSetHasItsDefault) {
  bench.create("q", {{"DelaySeconds", "5"}});
  const auto queue = sync_wait(bench.queues.peek(bench.at("q")));
  EXPECT_EQ(attribute_value(queue->attributes, "DelaySeconds"), "5");
  EXPECT_EQ(attribute_value(queue->attributes, "VisibilityTimeout"), "30");
  EXPECT_EQ(attribute_value(queue->attributes, "MaximumMessageSize"), "1048576");
  EXPECT_EQ(attribute_value(queue->attributes, "MessageRetentionPeriod"), "345600");
  EXPECT_EQ(attribute_value(queue->attributes, "RedrivePolicy"), std::nullopt);
  EXPECT_EQ(attribute_value(queue->attributes, "ContentBasedDeduplication"), std::nullopt);
}

TEST_F(QueuesTest, ListsByPrefixInPages) {
  for (const char* name : {"b", "a-2", "a-1", "a-3"}) bench.create(name);
  const auto first = sync_wait(bench.queues.list(bench.root, "a-", "", 2));
  ASSERT_EQ(first.queues.size(), 2u);
  EXPECT_EQ(first.queues[1]->name, "a-2");
  const auto second = sync_wait(bench.queues.list(bench.root, "a-", first.next, 2));
  ASSERT_EQ(second.queues.size(), 1u);
  EXPECT_EQ(second.queues[0]->name, "a-3");
  EXPECT_EQ(second.next, "");
}

TEST_F(QueuesTest, ADeletedQueuesMessagesDoNotComeBackWithItsName) {
  bench.create("q");
  bench.send("q", "old");
  sync_wait(bench.queues.remove(bench.root, bench.at("q")));
  EXPECT_EQ(refusal([&] { bench.send("q", "x"); }), "QueueDoesNotExist");
  EXPECT_EQ(refusal([&] { bench.receive("q"); }), "QueueDoesNotExist");
  bench.create("q");
  EXPECT_EQ(bench.bodies("q"), "");
  // Their rows go too.
  bench.clock.advance(seconds(60));
  bench.work.clock_moved();
  EXPECT_TRUE(eventually([&] { return sync_wait(bench.store.partitions("queue/", "", 10)).empty(); }))
      << "rows of a deleted queue stay";
}

TEST_F(QueuesTest, ReceiversOfADeletedQueueAreTold) {
  bench.create("q");
  std::thread deleter([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    sync_wait(bench.queues.remove(bench.root, bench.at("q")));
  });
  EXPECT_EQ(refusal([&] { bench.receive("q", {.wait_seconds = 20}); }), "QueueDoesNotExist");
  deleter.join();
}

TEST_F(QueuesTest, AQueuesPolicyLetsOthersIn) {
  bench.create("q");
  policy::EvaluatedAccess other(policy::make_rights(policy::testing::root_of(policy::testing::abroad)), {}, bench.clock,
                                &bench.policies);
  policy::EvaluatedAccess s3(policy::make_rights(policy::testing::service("s3.amazonaws.com")),
                             {{"aws:SourceArn", {"arn:aws:s3:::lake"}}}, bench.clock, &bench.policies);
  const auto send = [&](const policy::Access& access) {
    return refusal([&] { sync_wait(bench.queues.send(access, bench.at("q"), {.body = "x"})); });
  };
  EXPECT_EQ(send(other), "AccessDenied");
  EXPECT_EQ(send(s3), "AccessDenied");
  const auto allow = [&](const std::string& bucket) {
    sync_wait(bench.queues.set_attributes(
        bench.root, bench.at("q"),
        {{"Policy", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
                    R"("Principal":{"Service":"s3.amazonaws.com"},"Action":"SQS:SendMessage",)"
                    R"("Resource":"arn:aws:sqs:us-east-1:111122223333:q",)"
                    R"("Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::)" +
                        bucket + R"("}}}]})"}}));
  };
  allow("other");
  EXPECT_EQ(send(s3), "AccessDenied");
  allow("lake");
  EXPECT_EQ(send(s3), "");
  EXPECT_EQ(send(other), "AccessDenied");
  EXPECT_EQ(bench.bodies("q"), "x ");
}

TEST_F(QueuesTest, PurgesAllAndNotTwiceAMinute) {
  bench.create("q");
  for (int i = 0; i < 3; ++i) bench.send("q", "m");
  const auto held = bench.receive("q", {.max = 1});
  sync_wait(bench.queues.purge(bench.root, bench.at("q")));
  EXPECT_EQ(bench.counts("q").visible + bench.counts("q").in_flight, 0u);
  EXPECT_EQ(refusal([&] { sync_wait(bench.queues.purge(bench.root, bench.at("q"))); }), "PurgeQueueInProgress");
  bench.remove("q", held[0].receipt_handle);
  bench.clock.advance(seconds(61));
  EXPECT_EQ(refusal([&] { sync_wait(bench.queues.purge(bench.root, bench.at("q"))); }), "");
}

TEST_F(QueuesTest, TagsComeAndGo) {
  bench.create("q");
  sync_wait(bench.queues.set_tags(bench.root, bench.at("q"), {{"a", "1"}, {"b", "2"}}, {}));
  sync_wait(bench.queues.set_tags(bench.root, bench.at("q"), {}, {"a", "nosuch"}));
  EXPECT_EQ(sync_wait(bench.queues.peek(bench.at("q")))->tags, (std::map<std::string, std::string>{{"b", "2"}}));
  std::map<std::string, std::string> many;
  for (int i = 0; i < 51; ++i) many["k" + std::to_string(i)] = "v";
  EXPECT_EQ(refusal([&] { sync_wait(bench.queues.set_tags(bench.root, bench.at("q"), many, {})); }),
            "InvalidParameterValue");
}

TEST(QueueAddress, IsReadFromUrlsAndArns) {
  for (const char* url : {"http://127.0.0.1:9320/111122223333/jobs",
                          "https://sqs.us-east-1.amazonaws.com/111122223333/jobs", "/111122223333/jobs"}) {
    const auto address = address_of_url(url);
    ASSERT_TRUE(address) << url;
    EXPECT_EQ(address->owner.text(), "111122223333");
    EXPECT_EQ(address->name, "jobs");
  }
  for (const char* url :
       {"", "jobs", "http://x/jobs", "http://x/1111/jobs", "http://x/111122223333/", "/11112222333a/q"}) {
    EXPECT_FALSE(address_of_url(url)) << url;
  }
  EXPECT_EQ(address_of_arn("arn:aws:sqs:us-east-1:111122223333:jobs")->name, "jobs");
  for (const char* arn : {"", "arn:aws:sqs:", "arn:aws:sqs:us-east-1:111122223333", "arn:aws:s3:::x",
                          "arn:aws:sqs:us-east-1:1111:jobs", "arn:aws:sqs:us-east-1:111122223333:a:b"}) {
    EXPECT_FALSE(address_of_arn(arn)) << arn;
  }
}

}  // namespace
}  // namespace tarn::queues
