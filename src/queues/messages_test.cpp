#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "queues/testing.h"

namespace tarn::queues {
namespace {

using std::chrono::seconds;
using testing::refusal;

class MessagesTest : public ::testing::Test {
 protected:
  testing::Bench bench;
};

TEST_F(MessagesTest, WhatIsSentIsReceivedUntilItIsDeleted) {
  bench.create("q");
  const Sent sent = bench.send("q", "hello");
  EXPECT_EQ(sent.body_md5, "5d41402abc4b2a76b9719d911017c592");
  const auto first = bench.receive("q");
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].content.body, "hello");
  EXPECT_EQ(first[0].content.id, sent.id);
  EXPECT_EQ(first[0].content.sender_id, "111122223333");
  EXPECT_EQ(first[0].receive_count, 1u);
  // Someone has it.
  EXPECT_EQ(bench.bodies("q"), "");
  EXPECT_EQ(bench.counts("q").in_flight, 1u);
  bench.clock.advance(seconds(30));
  const auto second = bench.receive("q");
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].receive_count, 2u);
  EXPECT_NE(second[0].receipt_handle, first[0].receipt_handle);
  // The older handle is not the message's any more: no error, and no deletion.
  bench.remove("q", first[0].receipt_handle);
  EXPECT_EQ(bench.counts("q").in_flight, 1u);
  bench.remove("q", second[0].receipt_handle);
  bench.remove("q", second[0].receipt_handle);
  bench.clock.advance(seconds(60));
  EXPECT_EQ(bench.bodies("q"), "");
}

TEST_F(MessagesTest, ARestartKeepsWhatIsThereWhoHoldsItAndHowOften) {
  bench.create("q");
  for (const char* body : {"deleted", "held", "waiting"}) bench.send("q", body);
  const auto held = bench.receive("q", {.max = 2, .visibility_timeout = 100});
  ASSERT_EQ(held.size(), 2u);
  bench.remove("q", held[0].receipt_handle);
  {
    testing::Bench later(bench.store);
    EXPECT_EQ(later.bodies("q"), "waiting ");
    EXPECT_EQ(later.counts("q").in_flight, 2u);
    later.clock.advance(seconds(101));
    const auto again = later.receive("q");
    ASSERT_EQ(again.size(), 2u);
    EXPECT_EQ(again[0].receive_count + again[1].receive_count, 4u);
    later.remove("q", again[0].receipt_handle);
    later.remove("q", again[1].receipt_handle);
    EXPECT_TRUE(
        sync_wait(later.store.scan({"queue/" + sync_wait(later.queues.peek(bench.at("q")))->id}, "", "", {})).empty());
  }
}

TEST_F(MessagesTest, DelaysHideAMessageAtFirst) {
  bench.create("q", {{"DelaySeconds", "10"}});
  bench.send("q", "by the queue");
  sync_wait(bench.queues.send(bench.root, bench.at("q"), {.body = "at once", .delay_seconds = 0}));
  sync_wait(bench.queues.send(bench.root, bench.at("q"), {.body = "late", .delay_seconds = 900}));
  EXPECT_EQ(bench.bodies("q"), "at once ");
  EXPECT_EQ(bench.counts("q").delayed, 2u);
  bench.clock.advance(seconds(10));
  EXPECT_EQ(bench.bodies("q"), "by the queue ");
}

TEST_F(MessagesTest, LongPollingReturnsWithTheMessage) {
  bench.create("q");
  std::thread sender([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    bench.send("q", "here");
  });
  const auto started = std::chrono::steady_clock::now();
  EXPECT_EQ(bench.bodies("q", {.wait_seconds = 20}), "here ");
  EXPECT_LT(std::chrono::steady_clock::now() - started, seconds(10));
  sender.join();
}

TEST_F(MessagesTest, LongPollingEndsEmptyHanded) {
  bench.create("q", {{"ReceiveMessageWaitTimeSeconds", "1"}});
  const auto started = std::chrono::steady_clock::now();
  EXPECT_EQ(bench.bodies("q", {}), "");
  EXPECT_GE(std::chrono::steady_clock::now() - started, std::chrono::milliseconds(900));
}

TEST_F(MessagesTest, LongPollingSeesWhatBecomesVisible) {
  bench.create("q");
  bench.send("q", "m");
  ASSERT_EQ(bench.receive("q", {.visibility_timeout = 1}).size(), 1u);
  EXPECT_EQ(bench.bodies("q", {.wait_seconds = 5}), "m ");
}

TEST_F(MessagesTest, VisibilityCanBeChangedByTheHolderOnly) {
  bench.create("q");
  bench.send("q", "m");
  const std::string handle = bench.receive("q")[0].receipt_handle;
  const auto change = [&](std::int64_t time) {
    return refusal([&] { sync_wait(bench.queues.change_visibility(bench.root, bench.at("q"), handle, time)); });
  };
  EXPECT_EQ(change(100), "");
  bench.clock.advance(seconds(50));
  EXPECT_EQ(bench.bodies("q"), "");
  EXPECT_EQ(change(43'200), "InvalidParameterValue") << "more than twelve hours in all";
  EXPECT_EQ(change(43'201), "InvalidParameterValue");
  EXPECT_EQ(change(-1), "InvalidParameterValue");
  EXPECT_EQ(change(0), "");
  EXPECT_EQ(change(10), "MessageNotInflight");
  EXPECT_EQ(bench.bodies("q"), "m ");
  EXPECT_EQ(change(10), "InvalidParameterValue") << "another holds it";
}

TEST_F(MessagesTest, HandlesThatAreNoneAreRefused) {
  bench.create("q");
  bench.create("other");
  bench.send("other", "m");
  const std::string foreign = bench.receive("other")[0].receipt_handle;
  for (const std::string& bad :
       {std::string("x"), std::string(""), foreign, foreign + "AAAA", std::string(2'000, 'A')}) {
    EXPECT_EQ(refusal([&] { bench.remove("q", bad); }), "ReceiptHandleIsInvalid") << bad;
    EXPECT_EQ(refusal([&] { sync_wait(bench.queues.change_visibility(bench.root, bench.at("q"), bad, 1)); }),
              "ReceiptHandleIsInvalid");
  }
}

TEST_F(MessagesTest, MessagesGoWithTheirRetention) {
  bench.create("q", {{"MessageRetentionPeriod", "60"}});
  bench.send("q", "old");
  bench.clock.advance(seconds(59));
  bench.send("q", "new");
  bench.clock.advance(seconds(1));
  EXPECT_EQ(bench.bodies("q"), "new ");
  EXPECT_EQ(bench.counts("q").visible, 0u);
}

TEST_F(MessagesTest, LargeMessagesTravelWhole) {
  bench.create("q");
  const std::string body(1'048'576, 'x');
  bench.send("q", body);
  const auto received = bench.receive("q");
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].content.body, body);
  EXPECT_EQ(refusal([&] { bench.send("q", body + "x"); }), "InvalidParameterValue");
}

TEST_F(MessagesTest, WhatIsReceivedTooOftenGoesToTheDeadLetters) {
  bench.create("dead");
  bench.create("q", {{"RedrivePolicy",
                      R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:dead","maxReceiveCount":2})"}});
  const Sent sent = bench.send("q", "poison");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(bench.bodies("q", {.visibility_timeout = 0}), "poison ");
  }
  EXPECT_EQ(bench.bodies("q"), "");
  const auto dead = bench.receive("dead");
  ASSERT_EQ(dead.size(), 1u);
  EXPECT_EQ(dead[0].content.id, sent.id);
  EXPECT_EQ(dead[0].content.dead_letter_source, "arn:aws:sqs:us-east-1:111122223333:q");
  EXPECT_EQ(bench.counts("q").visible + bench.counts("q").in_flight, 0u);
}

TEST_F(MessagesTest, DeadLettersWithoutAQueueStay) {
  bench.create("dead");
  bench.create("q", {{"RedrivePolicy",
                      R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:dead","maxReceiveCount":1})"}});
  bench.send("q", "m");
  sync_wait(bench.queues.remove(bench.root, bench.at("dead")));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bench.bodies("q", {.visibility_timeout = 0}), "m ");
}

TEST_F(MessagesTest, ABatchSendsWhatCanBeSent) {
  bench.create("q");
  std::vector<NewMessage> batch;
  batch.push_back({.body = "one"});
  batch.push_back({.body = "bad \x01"});
  batch.push_back({.body = "three"});
  const auto results = sync_wait(bench.queues.send_all(bench.root, bench.at("q"), std::move(batch)));
  ASSERT_EQ(results.size(), 3u);
  EXPECT_TRUE(results[0]);
  ASSERT_FALSE(results[1]);
  EXPECT_EQ(results[1].error().code().name, "InvalidMessageContents");
  EXPECT_EQ(bench.bodies("q"), "one three ");
}

TEST_F(MessagesTest, ManyReceiversShareTheMessages) {
  bench.create("q");
  constexpr int count = 300;
  for (int i = 0; i < count; ++i) bench.send("q", std::to_string(i));
  std::mutex mutex;
  std::multiset<std::string> seen;
  std::vector<std::thread> receivers;
  for (int i = 0; i < 4; ++i) {
    receivers.emplace_back([&] {
      while (true) {
        const auto got = bench.receive("q");
        if (got.empty()) return;
        for (const Message& message : got) {
          bench.remove("q", message.receipt_handle);
          const std::lock_guard lock(mutex);
          seen.insert(message.content.body);
        }
      }
    });
  }
  for (std::thread& each : receivers) each.join();
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(std::set(seen.begin(), seen.end()).size(), static_cast<std::size_t>(count));
}

class FifoTest : public MessagesTest {
 protected:
  FifoTest() { bench.create("q.fifo", {{"FifoQueue", "true"}, {"ContentBasedDeduplication", "true"}}); }
};

TEST_F(FifoTest, AGroupComesInOrderToOneAtATime) {
  for (const char* body : {"a1", "a2", "a3"}) bench.send_to_group("q.fifo", body, "a");
  bench.send_to_group("q.fifo", "b1", "b");
  const auto first = bench.receive("q.fifo", {.max = 2});
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].content.body + first[1].content.body, "a1a2");
  // The group waits for its holder; others do not.
  EXPECT_EQ(bench.bodies("q.fifo"), "b1 ");
  bench.remove("q.fifo", first[0].receipt_handle);
  EXPECT_EQ(bench.bodies("q.fifo"), "");
  sync_wait(bench.queues.change_visibility(bench.root, bench.at("q.fifo"), first[1].receipt_handle, 0));
  EXPECT_EQ(bench.bodies("q.fifo"), "a2 a3 ");
}

TEST_F(FifoTest, WhatIsSentTwiceIsOneMessage) {
  const Sent one = bench.send_to_group("q.fifo", "same", "g");
  const Sent two = bench.send_to_group("q.fifo", "same", "g");
  EXPECT_EQ(one.id, two.id);
  EXPECT_EQ(one.sequence_number, two.sequence_number);
  EXPECT_EQ(one.sequence_number.size(), 20u);
  const Sent other = bench.send_to_group("q.fifo", "same", "g", "own-id");
  EXPECT_LT(one.sequence_number, other.sequence_number);
  // Deleted or not: five minutes.
  for (const Message& message : bench.receive("q.fifo")) bench.remove("q.fifo", message.receipt_handle);
  bench.clock.advance(seconds(299));
  bench.send_to_group("q.fifo", "same", "g");
  EXPECT_EQ(bench.bodies("q.fifo"), "");
  bench.clock.advance(seconds(2));
  bench.send_to_group("q.fifo", "same", "g");
  EXPECT_EQ(bench.bodies("q.fifo"), "same ");
}

TEST_F(FifoTest, DuplicatesOfOneBatchAreOneMessage) {
  std::vector<NewMessage> batch;
  for (int i = 0; i < 3; ++i) batch.push_back({.body = "same", .group = "g"});
  const auto results = sync_wait(bench.queues.send_all(bench.root, bench.at("q.fifo"), std::move(batch)));
  EXPECT_EQ(results[0]->id, results[2]->id);
  EXPECT_EQ(bench.bodies("q.fifo"), "same ");
}

TEST_F(FifoTest, WantsAGroupAndADeduplicationId) {
  EXPECT_EQ(refusal([&] { bench.send("q.fifo", "m"); }), "MissingParameter");
  bench.create("plain.fifo", {{"FifoQueue", "true"}});
  EXPECT_EQ(refusal([&] { bench.send_to_group("plain.fifo", "m", "g"); }), "InvalidParameterValue");
  EXPECT_EQ(refusal([&] { bench.send_to_group("plain.fifo", "m", "g", "id"); }), "");
  EXPECT_EQ(
      refusal([&] {
        sync_wait(bench.queues.send(bench.root, bench.at("q.fifo"), {.body = "m", .delay_seconds = 1, .group = "g"}));
      }),
      "InvalidParameterValue");
  bench.create("standard");
  EXPECT_EQ(refusal([&] { bench.send_to_group("standard", "m", "g", "id"); }), "InvalidParameterValue");
}

TEST_F(FifoTest, AHandleEndsWithItsTime) {
  bench.send_to_group("q.fifo", "m", "g");
  const auto held = bench.receive("q.fifo");
  bench.clock.advance(seconds(31));
  EXPECT_EQ(refusal([&] { bench.remove("q.fifo", held[0].receipt_handle); }), "InvalidParameterValue");
}

TEST_F(FifoTest, DeduplicationMayGoByGroup) {
  sync_wait(bench.queues.set_attributes(bench.root, bench.at("q.fifo"), {{"DeduplicationScope", "messageGroup"}}));
  bench.send_to_group("q.fifo", "same", "a");
  bench.send_to_group("q.fifo", "same", "b");
  bench.send_to_group("q.fifo", "same", "b");
  EXPECT_EQ(bench.bodies("q.fifo"), "same same ");
}

TEST_F(FifoTest, OrderAndHoldersSurviveARestart) {
  for (const char* body : {"a1", "a2"}) bench.send_to_group("q.fifo", body, "a");
  ASSERT_EQ(bench.bodies("q.fifo", {.max = 1}), "a1 ");
  testing::Bench later(bench.store);
  EXPECT_EQ(later.bodies("q.fifo"), "");
  later.clock.advance(seconds(31));
  EXPECT_EQ(later.bodies("q.fifo"), "a1 a2 ");
  EXPECT_EQ(later.send_to_group("q.fifo", "a1", "a").id.size(), 36u);
}

struct MessageCase {
  const char* what;
  NewMessage message;
  const char* code;
};
class CheckMessage : public ::testing::TestWithParam<MessageCase> {};

TEST_P(CheckMessage, AsSqsDoes) {
  EXPECT_EQ(refusal([&] { check_message(GetParam().message, Settings{}); }), GetParam().code);
}

NewMessage with_attribute(std::string name, std::string type, std::string value) {
  return {.body = "b", .attributes = {{std::move(name), {.type = std::move(type), .value = std::move(value)}}}};
}
MessageAttributes eleven() {
  MessageAttributes many;
  for (int i = 0; i < 11; ++i) many["a" + std::to_string(i)] = {.type = "String", .value = "v"};
  return many;
}

INSTANTIATE_TEST_SUITE_P(
    , CheckMessage,
    ::testing::Values(MessageCase{"Plain", {.body = "b"}, ""}, MessageCase{"Empty", {}, "MissingParameter"},
                      MessageCase{"Control", {.body = std::string("a\0b", 3)}, "InvalidMessageContents"},
                      MessageCase{"NoUtf8", {.body = "\xff"}, "InvalidMessageContents"},
                      MessageCase{"NoCharacter", {.body = "\xef\xbf\xbf"}, "InvalidMessageContents"},
                      MessageCase{"Tabs", {.body = "\t\r\n\xf0\x9f\x98\x80"}, ""},
                      MessageCase{"Delay", {.body = "b", .delay_seconds = 901}, "InvalidParameterValue"},
                      MessageCase{"Attribute", with_attribute("a.b-c_1", "String.custom", "v"), ""},
                      MessageCase{"Number", with_attribute("n", "Number", "-1.5e3"), ""},
                      MessageCase{"NoNumber", with_attribute("n", "Number", "one"), "InvalidParameterValue"},
                      MessageCase{"Binary", with_attribute("n", "Binary", std::string("\0\1", 2)), ""},
                      MessageCase{"Type", with_attribute("n", "Text", "v"), "InvalidParameterValue"},
                      MessageCase{"NoValue", with_attribute("n", "String", ""), "InvalidParameterValue"},
                      MessageCase{"Reserved", with_attribute("AWS.x", "String", "v"), "InvalidParameterValue"},
                      MessageCase{"Dots", with_attribute("a..b", "String", "v"), "InvalidParameterValue"},
                      MessageCase{"Name", with_attribute("a b", "String", "v"), "InvalidParameterValue"},
                      MessageCase{"TooMany", {.body = "b", .attributes = eleven()}, "InvalidParameterValue"}),
    [](const auto& info) { return info.param.what; });

TEST(MessageDigest, IsWhatSdksCompute) {
  EXPECT_EQ(digest_of(MessageAttributes{}), "");
  const MessageAttributes one{{"test_attribute_name_1", {.type = "String", .value = "test_attribute_value_1"}}};
  EXPECT_EQ(digest_of(one), "ba056227cfd9533dba1f72ad9816d233");
  MessageAttributes other = one;
  other["x"] = {.type = "Binary", .value = std::string("\0\1", 2)};
  EXPECT_EQ(digest_of(other), "aed7e5cb1d02b05fc12c2df7d2957d57");
}

TEST(MessageRows, AreReadAsTheyWereWritten) {
  const Content content{.id = "i",
                        .body = std::string(1'200'000, 'b'),
                        .attributes = {{"n", {.type = "Binary", .value = std::string("\0", 1)}}},
                        .trace_header = "t",
                        .sender_id = "s",
                        .group = "g",
                        .deduplication_id = "d",
                        .dead_letter_source = "arn"};
  const auto pieces = pack(content);
  EXPECT_EQ(pieces.size(), 3u);
  std::string whole;
  for (const std::string& piece : pieces) whole += piece;
  const Content read = unpack_content(whole);
  EXPECT_EQ(read.body, content.body);
  EXPECT_EQ(read.attributes, content.attributes);
  EXPECT_EQ(read.dead_letter_source, "arn");
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{100}}) {
    EXPECT_THROW(unpack_content(whole.substr(0, size)), std::runtime_error);
  }
}

}  // namespace
}  // namespace tarn::queues
