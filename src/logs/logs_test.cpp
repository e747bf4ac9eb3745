#include "logs/logs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "logs/rows.h"
#include "meta/memory/memory_store.h"

namespace tarn::logs {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class LogsTest : public testing::Test {
 protected:
  static constexpr std::int64_t start_millis = 1'700'000'000'000;

  Timestamp at(std::int64_t offset) { return from_millis(start_millis + offset); }
  void make() {
    sync_wait(logs.create_group(account, "group"));
    sync_wait(logs.create_stream(account, "group", "stream"));
  }
  PutResult put(std::vector<Event> events, std::string stream = "stream") {
    return sync_wait(logs.put(account, "group", std::move(stream), std::move(events)));
  }
  EventPage read(ReadOptions options = {}) { return sync_wait(logs.read(account, "group", "stream", options)); }
  Page<StoredEvent> filter(FilterOptions options = {}) { return sync_wait(logs.filter(account, "group", options)); }

  template <typename Range>
  static std::vector<std::string> messages(const Range& events) {
    std::vector<std::string> result;
    for (const auto& event : events) result.push_back(event.message);
    return result;
  }
  // The name of the error that `call` throws, or "".
  template <typename Call>
  static std::string refusal(Call call) {
    try {
      call();
    } catch (const Error& error) {
      return std::string(error.code().name);
    }
    return "";
  }

  meta::MemoryStore store;
  ManualClock clock{from_millis(start_millis)};
  Logs logs{store, clock};
  AccountId account = AccountId::trusted("123456789012");
};

TEST_F(LogsTest, WhatWasPutIsReadInTheOrderOfItsTimestamps) {
  make();
  put({{at(0), "a"}, {at(5), "c"}});
  clock.advance(1s);
  put({{at(2), "b"}, {at(5), "d"}});
  const auto page = read();
  EXPECT_THAT(messages(page.events), ElementsAre("a", "b", "c", "d"));
  EXPECT_EQ(page.events[1].ingested, at(1000));
  EXPECT_EQ(page.events[1].timestamp, at(2));
  const auto streams = sync_wait(logs.list_streams(account, "group", "", StreamOrder::name, false, "", 50)).items;
  ASSERT_EQ(streams.size(), 1u);
  EXPECT_EQ(streams[0].first_event, at(0));
  EXPECT_EQ(streams[0].last_event, at(5));
  EXPECT_EQ(streams[0].last_ingestion, at(1000));
}

TEST_F(LogsTest, PagesForwardFromTheHeadAndStaysAtTheEndUntilMoreComes) {
  make();
  std::vector<Event> events;
  for (int i = 0; i < 25; ++i) events.push_back({at(i / 3), std::to_string(i)});
  put(events);
  ReadOptions options{.from_head = true, .limit = 10};
  std::vector<std::string> all;
  for (int page = 0; page < 3; ++page) {
    const auto got = read(options);
    for (const auto& message : messages(got.events)) all.push_back(message);
    options.token = got.forward_token;
  }
  EXPECT_EQ(all, messages(events));
  const auto end = read(options);
  EXPECT_TRUE(end.events.empty());
  EXPECT_EQ(end.forward_token, options.token);
  put({{at(100), "more"}});
  EXPECT_THAT(messages(read(options).events), ElementsAre("more"));
}

TEST_F(LogsTest, ReadsTheLatestFirstAndPagesBackward) {
  make();
  std::vector<Event> events;
  for (int i = 0; i < 25; ++i) events.push_back({at(i), std::to_string(i)});
  put(events);
  auto page = read({.limit = 10});
  EXPECT_EQ(page.events.front().message, "15");
  EXPECT_EQ(page.events.back().message, "24");
  const std::string forward = page.forward_token;
  page = read({.token = page.backward_token, .limit = 10});
  EXPECT_EQ(page.events.front().message, "5");
  EXPECT_EQ(page.events.back().message, "14");
  page = read({.token = page.backward_token, .limit = 10});
  EXPECT_EQ(page.events.size(), 5u);
  const auto beginning = read({.token = page.backward_token, .limit = 10});
  EXPECT_TRUE(beginning.events.empty());
  EXPECT_EQ(beginning.backward_token, page.backward_token);
  put({{at(30), "new"}});
  EXPECT_THAT(messages(read({.token = forward}).events), ElementsAre("new"));
}

TEST_F(LogsTest, StartIsInsideAndEndOutside) {
  make();
  put({{at(0), "a"}, {at(1), "b"}, {at(2), "c"}});
  EXPECT_THAT(messages(read({.start = at(1), .end = at(2)}).events), ElementsAre("b"));
  EXPECT_THAT(messages(read({.start = at(1), .from_head = true}).events), ElementsAre("b", "c"));
  EXPECT_TRUE(read({.start = at(2), .end = at(2)}).events.empty());
}

TEST_F(LogsTest, FilterMergesStreamsByTimeAndPages) {
  make();
  sync_wait(logs.create_stream(account, "group", "other"));
  put({{at(0), "s0 ERROR"}, {at(2), "s2"}, {at(4), "s4 ERROR"}});
  put({{at(0), "o0"}, {at(1), "o1 ERROR"}, {at(4), "o4"}}, "other");
  EXPECT_THAT(messages(filter().items), ElementsAre("o0", "s0 ERROR", "o1 ERROR", "s2", "o4", "s4 ERROR"));
  EXPECT_THAT(messages(filter({.pattern = "ERROR"}).items), ElementsAre("s0 ERROR", "o1 ERROR", "s4 ERROR"));
  EXPECT_THAT(messages(filter({.stream_prefix = "o"}).items), ElementsAre("o0", "o1 ERROR", "o4"));
  EXPECT_THAT(messages(filter({.streams = {"stream"}, .start = at(1), .end = at(2)}).items), ElementsAre("s2"));

  std::vector<std::string> all;
  FilterOptions options{.limit = 1};
  do {
    const auto page = filter(options);
    for (const auto& message : messages(page.items)) all.push_back(message);
    options.token = page.next_token;
  } while (!options.token.empty());
  EXPECT_THAT(all, ElementsAre("o0", "s0 ERROR", "o1 ERROR", "s2", "o4", "s4 ERROR"));
}

TEST_F(LogsTest, RefusesWhatPutLogEventsRefuses) {
  EXPECT_EQ(refusal([&] { put({{at(0), "a"}}); }), "ResourceNotFoundException");
  sync_wait(logs.create_group(account, "group"));
  EXPECT_EQ(refusal([&] { put({{at(0), "a"}}); }), "ResourceNotFoundException");
  sync_wait(logs.create_stream(account, "group", "stream"));
  EXPECT_EQ(refusal([&] { put({}); }), "InvalidParameterException");
  EXPECT_EQ(refusal([&] { put({{at(1), "a"}, {at(0), "b"}}); }), "InvalidParameterException");
  EXPECT_EQ(refusal([&] { put({{at(0), std::string(max_event_bytes - 25, 'x')}}); }), "InvalidParameterException");
  EXPECT_EQ(refusal([&] { put(std::vector<Event>(5, {at(0), std::string(220000, 'x')})); }),
            "InvalidParameterException");
  EXPECT_EQ(refusal([&] { put({{from_millis(start_millis - 86'400'001), "a"}, {at(0), "b"}}); }),
            "InvalidParameterException");
  EXPECT_TRUE(read().events.empty());
}

TEST_F(LogsTest, RejectsByAgeAndTakesTheRest) {
  make();
  auto result = put({{at(0), "now"}, {at(7'200'001), "ahead"}});
  EXPECT_EQ(result.too_new_from, 1u);
  result = put({{at(-14 * 86'400'000ll - 1), "old"}, {at(-14 * 86'400'000ll), "just in time"}});
  EXPECT_EQ(result.too_old_until, 1u);
  sync_wait(logs.set_retention(account, "group", 3));
  result = put({{at(-4 * 86'400'000ll), "expired"}});
  EXPECT_EQ(result.expired_until, 1u);
  EXPECT_THAT(messages(read().events), ElementsAre("just in time", "now"));
}

TEST_F(LogsTest, TarnsOwnWritersNeedNoGroupAndNoOrder) {
  std::vector<Event> events = {{at(2), "b"}, {at(1), "a"}, {at(3), std::string(300'000, 'x')}, {at(4), ""}};
  for (int i = 0; i < 10'001; ++i) events.push_back({at(5), "many"});
  sync_wait(logs.write(account, "group", "stream", events));
  const auto page = read({.from_head = true, .limit = 3});
  EXPECT_EQ(page.events[0].message, "a");
  EXPECT_EQ(page.events[1].message, "b");
  EXPECT_TRUE(page.events[2].message.ends_with("…[cut]"));
  std::size_t count = 0;
  FilterOptions options{.pattern = "many"};
  do {
    const auto got = filter(options);
    count += got.items.size();
    options.token = got.next_token;
  } while (!options.token.empty());
  EXPECT_EQ(count, 10'001u);
}

TEST_F(LogsTest, GroupsAreListedByPrefixInPages) {
  for (const char* name : {"/aws/a", "/aws/b", "/aws/c", "/other"}) sync_wait(logs.create_group(account, name));
  EXPECT_EQ(refusal([&] { sync_wait(logs.create_group(account, "/aws/a")); }), "ResourceAlreadyExistsException");
  EXPECT_EQ(refusal([&] { sync_wait(logs.create_group(account, "no spaces")); }), "InvalidParameterException");
  auto page = sync_wait(logs.list_groups(account, "/aws", "", "", 2));
  ASSERT_EQ(page.items.size(), 2u);
  page = sync_wait(logs.list_groups(account, "/aws", "", page.next_token, 2));
  ASSERT_EQ(page.items.size(), 1u);
  EXPECT_EQ(page.items[0].name, "/aws/c");
  EXPECT_EQ(page.next_token, "");
  EXPECT_EQ(sync_wait(logs.list_groups(account, "", "the", "", 5)).items.size(), 1u);
  EXPECT_TRUE(sync_wait(logs.list_groups(AccountId::trusted("210987654321"), "", "", "", 5)).items.empty());
}

TEST_F(LogsTest, StreamsAreOrderedByNameOrLastEvent) {
  sync_wait(logs.create_group(account, "group"));
  for (const char* name : {"a", "b", "c"}) sync_wait(logs.create_stream(account, "group", name));
  EXPECT_EQ(refusal([&] { sync_wait(logs.create_stream(account, "group", "a")); }), "ResourceAlreadyExistsException");
  EXPECT_EQ(refusal([&] { sync_wait(logs.create_stream(account, "group", "a:b")); }), "InvalidParameterException");
  put({{at(5), "x"}}, "a");
  put({{at(3), "x"}}, "b");
  const auto names = [&](StreamOrder order, bool descending, std::string token = "", std::size_t limit = 50) {
    std::vector<std::string> result;
    for (const auto& stream :
         sync_wait(logs.list_streams(account, "group", "", order, descending, token, limit)).items) {
      result.push_back(stream.name);
    }
    return result;
  };
  EXPECT_THAT(names(StreamOrder::name, false), ElementsAre("a", "b", "c"));
  EXPECT_THAT(names(StreamOrder::last_event_time, true), ElementsAre("a", "b", "c"));
  EXPECT_THAT(names(StreamOrder::last_event_time, false), ElementsAre("c", "b", "a"));
  EXPECT_EQ(refusal([&] { names(StreamOrder::name, true, "zzz"); }), "InvalidParameterException");
  for (const StreamOrder order : {StreamOrder::name, StreamOrder::last_event_time}) {
    for (const bool descending : {false, true}) {
      std::vector<std::string> paged;
      std::string token;
      do {
        const auto page = sync_wait(logs.list_streams(account, "group", "", order, descending, token, 1));
        paged.push_back(page.items.at(0).name);
        token = page.next_token;
      } while (!token.empty());
      EXPECT_EQ(paged, names(order, descending));
    }
  }
  // The stream that a page ended with may stand elsewhere when the next one is asked for.
  const auto page = sync_wait(logs.list_streams(account, "group", "", StreamOrder::last_event_time, false, "", 1));
  ASSERT_EQ(page.items.at(0).name, "c");
  put({{at(9), "x"}}, "c");
  EXPECT_THAT(names(StreamOrder::last_event_time, false, page.next_token), ElementsAre("b", "a", "c"));
}

TEST_F(LogsTest, ADeletedGroupTakesItsEventsWithIt) {
  make();
  put({{at(0), "a"}});
  sync_wait(logs.delete_group(account, "group"));
  EXPECT_TRUE(sync_wait(store.scan({"logs/123456789012"}, "", "", {})).empty());
  EXPECT_EQ(refusal([&] { read(); }), "ResourceNotFoundException");
  make();
  EXPECT_TRUE(read().events.empty());
}

TEST_F(LogsTest, RetentionRemovesWhatIsOlder) {
  make();
  put({{at(0), "old"}, {at(3'600'000), "new"}});
  EXPECT_EQ(refusal([&] { sync_wait(logs.set_retention(account, "group", 2)); }), "InvalidParameterException");
  sync_wait(logs.set_retention(account, "group", 1));
  clock.advance(24h + 1s);
  EXPECT_EQ(sync_wait(logs.expire(1000)), 1u);
  EXPECT_EQ(sync_wait(logs.expire(1000)), 0u);
  EXPECT_THAT(messages(read().events), ElementsAre("new"));
  EXPECT_EQ(sync_wait(logs.find_group(account, "group"))->retention_days, 1);
}

TEST_F(LogsTest, TokensThatAreNoneAreRefused) {
  make();
  for (const char* token : {"x", "f/", "f/12", "b/zz", "q/00000000000000000000000000000000"}) {
    EXPECT_EQ(refusal([&] { read({.token = token}); }), "InvalidParameterException") << token;
    EXPECT_EQ(refusal([&] { filter({.token = token}); }), "InvalidParameterException") << token;
  }
}

}  // namespace
}  // namespace tarn::logs
