// Crawlers and workflows over real objects, catalog and queue, in memory.
#include <gtest/gtest.h>

#include <thread>

#include "base/eventually.h"
#include "crawl/classify.h"
#include "crawl/crawler.h"
#include "crawl/workflow.h"
#include "events/events.h"
#include "objects/testing.h"

namespace tarn::crawl {
namespace {

using objects::testing::Bench;
using objects::testing::ListedAccess;

class CrawlTest : public testing::Test {
 protected:
  CrawlTest() { sync_wait(queue.start()); }
  void TearDown() override { EXPECT_TRUE(queue.stop(kPatience)); }

  CrawlerInput input(std::string path = "s3://lake/raw/") {
    CrawlerInput result;
    result.name = "flights";
    result.role = "Crawler";
    result.targets.push_back({.path = std::move(path)});
    result.database = "nyc";
    return result;
  }
  Crawler crawled(std::string name = "flights") {
    Crawler crawler;
    EXPECT_TRUE(eventually([&] {
      crawler = sync_wait(crawlers.get(access, name));
      return crawler.state == CrawlerState::ready && crawler.last;
    })) << "the crawl does not end";
    return crawler;
  }
  std::string columns(const std::string& table) {
    std::string text;
    const auto found = sync_wait(catalog.get_table(access, "nyc", table));
    for (const auto& column : found.storage->columns) text += column.name + " " + column.type.value_or("?") + ";";
    return text;
  }
  std::vector<std::string> table_names() {
    std::vector<std::string> names;
    for (const auto& table : sync_wait(catalog.list_tables(access, "nyc", {}, "", 100)).items)
      names.push_back(table.name);
    return names;
  }
  void put_raw() {
    bench.put("raw/flights/f.csv",
              "year,dep_delay,tailnum,time_hour\n2013,2,N1,2013-01-01T10:00:00Z\n2013,NA,NA,2013-01-01T11:00:00Z\n");
    bench.put("raw/airlines/a.csv", "carrier,name\nAA,American\nUA,United\n");
    bench.put("raw/events/e.json", "{\"id\": 1, \"tags\": [\"x\"], \"at\": {\"lat\": 1.5}}\n");
  }

  Bench bench;
  LakeClock clock;
  SystemRandom random;
  ListedAccess access;
  std::shared_ptr<ListedAccess> role = std::make_shared<ListedAccess>();
  catalog::Catalog catalog{bench.meta, Clocks{clock, clock}, random, "us-east-1"};
  logs::Logs logs{bench.meta, clock};
  work::Queue queue{bench.meta, clock};
  Crawlers crawlers{Dependencies{
      bench.meta, bench.objects, catalog, logs, queue, Clocks{clock, clock}, random, "us-east-1",
      [this](std::string, std::string) -> Task<std::shared_ptr<const policy::Access>> { co_return role; }}};
  Workflows workflows{bench.meta, queue, crawlers, Clocks{clock, clock}, random, "us-east-1"};
};

TEST_F(CrawlTest, StopsAmidAFile) {
  bench.put("raw/large.csv", "a,b\n1,2\n");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(sync_wait(classify(bench.objects, access, bench.bucket, ObjectKey::trusted("raw/large.csv"), false))
                .classification,
            "csv");
  try {
    sync_wait(
        classify(bench.objects, access, bench.bucket, ObjectKey::trusted("raw/large.csv"), false, stop.get_token()));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code().name, "CrawlerStoppingException");
  }
}

TEST_F(CrawlTest, TagsStayWhenTheRestChanges) {
  const AccountId account = *access.principal().account;
  sync_wait(crawlers.create(access, input()));
  sync_wait(crawlers.tags(account, "flights", [](Tags& tags) { tags["team"] = "data"; }));
  sync_wait(crawlers.update(access, input()));
  EXPECT_EQ(sync_wait(crawlers.tags(account, "flights")), (Tags{{"team", "data"}}));
  EXPECT_THROW(sync_wait(crawlers.tags(account, "none")), Error);
  EXPECT_THROW(sync_wait(crawlers.tags(account, "none", [](Tags&) {})), Error);
  sync_wait(workflows.create_workflow(access, {.name = "w"}));
  sync_wait(workflows.workflow_tags(account, "w", [](Tags& tags) { tags["a"] = "b"; }));
  sync_wait(workflows.update_workflow(access, {.name = "w"}));
  EXPECT_EQ(sync_wait(workflows.workflow_tags(account, "w")), (Tags{{"a", "b"}}));
  EXPECT_THROW(sync_wait(workflows.trigger_tags(account, "none")), Error);
}

TEST_F(CrawlTest, FillsTheCatalogWithTablesAndTheirTypes) {
  put_raw();
  sync_wait(crawlers.create(access, input()));
  sync_wait(crawlers.start(access, "flights"));
  const Crawler crawler = crawled();
  EXPECT_EQ(crawler.last->state, CrawlState::succeeded) << crawler.last->error;
  EXPECT_EQ(crawler.last->tables_created, 3);
  EXPECT_EQ(table_names(), (std::vector<std::string>{"airlines", "events", "flights"}));
  EXPECT_EQ(columns("flights"), "year bigint;dep_delay bigint;tailnum string;time_hour timestamp;");
  EXPECT_EQ(columns("airlines"), "carrier string;name string;");
  EXPECT_EQ(columns("events"), "id int;tags array<string>;at struct<lat:double>;");
  const auto table = sync_wait(catalog.get_table(access, "nyc", "flights"));
  EXPECT_EQ(table.storage->location, "s3://lake/raw/flights/");
  EXPECT_EQ(table.storage->serde->parameters.at("serialization.null.format"), "NA");
  EXPECT_EQ(table.parameters.at("skip.header.line.count"), "1");
  EXPECT_EQ(table.parameters.at("classification"), "csv");
}

TEST_F(CrawlTest, SaysInItsLogWhyItDecidedSo) {
  put_raw();
  sync_wait(crawlers.create(access, input()));
  sync_wait(crawlers.start(access, "flights"));
  crawled();
  const auto page = sync_wait(logs.read(AccountId::trusted("111122223333"), log_group, "flights", {.from_head = true}));
  std::string all;
  for (const auto& event : page.events) all += event.message + "\n";
  EXPECT_NE(all.find("Created table flights"), std::string::npos) << all;
  EXPECT_NE(all.find("null is spelled NA (2 times)"), std::string::npos) << all;
  EXPECT_NE(all.find("every column is text, but the first row's values are unique"), std::string::npos) << all;
}

TEST_F(CrawlTest, ASecondCrawlChangesNothingAndVanishedTablesAreDeprecated) {
  put_raw();
  sync_wait(crawlers.create(access, input()));
  sync_wait(crawlers.start(access, "flights"));
  crawled();
  sync_wait(crawlers.start(access, "flights"));
  EXPECT_EQ(crawled().last->tables_updated, 0);
  EXPECT_EQ(sync_wait(catalog.get_table(access, "nyc", "flights")).version, 0u);
  bench.remove("raw/airlines/a.csv");
  sync_wait(crawlers.start(access, "flights"));
  crawled();
  EXPECT_TRUE(sync_wait(catalog.get_table(access, "nyc", "airlines")).parameters.contains("DEPRECATED_BY_CRAWLER"));
}

TEST_F(CrawlTest, PartitionsAreAddedAndKept) {
  bench.put("raw/t/month=1/a.csv", "a,b\n1,2\n3,4\n");
  bench.put("raw/t/month=2/a.csv", "a,b\n1,2.5\n3,4\n");
  sync_wait(crawlers.create(access, input("s3://lake/raw/t")));
  sync_wait(crawlers.start(access, "flights"));
  EXPECT_EQ(crawled().last->partitions_created, 2);
  EXPECT_EQ(columns("t"), "a bigint;b double;");
  bench.put("raw/t/month=3/a.csv", "a,b\n1,2\n3,4\n");
  sync_wait(crawlers.start(access, "flights"));
  EXPECT_EQ(crawled().last->partitions_created, 1);
  EXPECT_EQ(sync_wait(catalog.list_partitions(access, "nyc", "t", "month > '1'", {}, "", 100)).items.size(), 2u);
}

TEST_F(CrawlTest, ItsRoleLimitsIt) {
  put_raw();
  role->refusals.insert("s3:GetObject");
  sync_wait(crawlers.create(access, input()));
  sync_wait(crawlers.start(access, "flights"));
  const Crawler crawler = crawled();
  EXPECT_EQ(crawler.last->state, CrawlState::failed);
  EXPECT_NE(crawler.last->error.find("s3:GetObject"), std::string::npos) << crawler.last->error;
  EXPECT_FALSE(sync_wait(catalog.find_database(access, "nyc")));
}

TEST_F(CrawlTest, TooManyTablesWriteNothing) {
  put_raw();
  CrawlerInput limited = input();
  limited.configuration = R"({"Version": 1.0, "CrawlerOutput": {"Tables": {"TableThreshold": 2}}})";
  sync_wait(crawlers.create(access, limited));
  sync_wait(crawlers.start(access, "flights"));
  const Crawler crawler = crawled();
  EXPECT_EQ(crawler.last->state, CrawlState::failed);
  EXPECT_NE(crawler.last->error.find("Tables detected - 3"), std::string::npos);
  EXPECT_FALSE(sync_wait(catalog.find_database(access, "nyc")));
}

TEST_F(CrawlTest, WhatWouldNotBeHonouredIsRefused) {
  CrawlerInput wrong = input();
  wrong.configuration = R"({"Version": 1.0, "Grouping": {"Unheard": 1}})";
  EXPECT_THROW(sync_wait(crawlers.create(access, wrong)), Error);
  wrong = input("s3://X/");
  EXPECT_THROW(sync_wait(crawlers.create(access, wrong)), Error);
  wrong = input();
  wrong.targets.clear();
  EXPECT_THROW(sync_wait(crawlers.create(access, wrong)), Error);
  sync_wait(crawlers.create(access, input()));
  EXPECT_THROW(sync_wait(crawlers.create(access, input())), Error);
  EXPECT_THROW(sync_wait(crawlers.stop(access, "flights")), Error);
}

TEST_F(CrawlTest, EventsStartAWorkflowsCrawlerOnceABatch) {
  put_raw();
  sync_wait(crawlers.create(access, input()));
  sync_wait(workflows.create_workflow(access, {.name = "on-arrival"}));
  Trigger trigger{.name = "arrivals", .workflow = "on-arrival", .type = TriggerType::event};
  trigger.crawlers = {"flights"};
  trigger.batching = EventBatching{.size = 3, .window_seconds = 900};
  sync_wait(workflows.create_trigger(access, trigger));
  const std::string arn = workflows.workflow_arn(AccountId::trusted("111122223333"), "on-arrival");
  ASSERT_TRUE(workflows.owns(arn));
  for (const char* event : {"e1", "e2", "e2", "e3"})
    sync_wait(workflows.deliver({.role = role.get(), .arn = arn, .event_id = event, .input = "{}"}));
  EXPECT_EQ(crawled().last->state, CrawlState::succeeded);
  const auto list_runs = [&] { return sync_wait(workflows.list_runs(access, "on-arrival", "", 10)); };
  EXPECT_TRUE(eventually([&] { return list_runs().items.at(0).state == RunState::completed; }));
  const auto runs = list_runs();
  ASSERT_EQ(runs.items.size(), 1u);
  EXPECT_EQ(runs.items[0].event_ids.size(), 3u);
}

TEST_F(CrawlTest, AWindowEndsABatchThatIsNotFull) {
  put_raw();
  sync_wait(crawlers.create(access, input()));
  sync_wait(workflows.create_workflow(access, {.name = "w"}));
  Trigger trigger{.name = "t", .workflow = "w", .type = TriggerType::event};
  trigger.crawlers = {"flights"};
  trigger.batching = EventBatching{.size = 100, .window_seconds = 60};
  sync_wait(workflows.create_trigger(access, trigger));
  sync_wait(workflows.deliver({.role = role.get(),
                               .arn = workflows.workflow_arn(AccountId::trusted("111122223333"), "w"),
                               .event_id = "e1",
                               .input = "{}"}));
  EXPECT_TRUE(sync_wait(workflows.list_runs(access, "w", "", 10)).items.empty());
  clock.advance(std::chrono::seconds(61));
  queue.clock_moved();
  EXPECT_EQ(crawled().last->state, CrawlState::succeeded);
}

TEST_F(CrawlTest, AsksForACrawlWhileOneRunsGiveExactlyOneMore) {
  put_raw();
  sync_wait(crawlers.create(access, input()));
  const AccountId account = AccountId::trusted("111122223333");
  EXPECT_TRUE(sync_wait(crawlers.start_for_workflow(account, "flights", "w", "run1")));
  for (int i = 2; i < 8; ++i)
    EXPECT_TRUE(sync_wait(crawlers.start_for_workflow(account, "flights", "w", "run" + std::to_string(i))));
  crawled();
  const auto history = sync_wait(crawlers.history(access, "flights", "", 100));
  EXPECT_GE(history.items.size(), 2u);
  EXPECT_LE(history.items.size(), 7u);
  EXPECT_FALSE(sync_wait(crawlers.start_for_workflow(account, "nosuch", "w", "run")));
}

TEST_F(CrawlTest, ARoleThatMayNotNotifyIsRefused) {
  sync_wait(workflows.create_workflow(access, {.name = "w"}));
  role->refusals.insert("glue:notifyEvent");
  EXPECT_THROW(sync_wait(workflows.deliver({.role = role.get(),
                                            .arn = workflows.workflow_arn(AccountId::trusted("111122223333"), "w"),
                                            .event_id = "e1",
                                            .input = "{}"})),
               Error);
}

TEST_F(CrawlTest, ConditionalTriggersFollow) {
  put_raw();
  CrawlerInput second = input("s3://lake/raw/airlines/");
  second.name = "second";
  second.database = "other";
  sync_wait(crawlers.create(access, input()));
  sync_wait(crawlers.create(access, second));
  sync_wait(workflows.create_workflow(access, {.name = "w"}));
  Trigger start{.name = "start", .workflow = "w", .type = TriggerType::on_demand};
  start.crawlers = {"flights"};
  sync_wait(workflows.create_trigger(access, start));
  Trigger then{.name = "then", .workflow = "w", .type = TriggerType::conditional, .activated = true};
  then.crawlers = {"second"};
  then.conditions = {{.crawler = "flights", .state = CrawlState::succeeded}};
  sync_wait(workflows.create_trigger(access, then));
  EXPECT_THROW(sync_wait(workflows.create_trigger(access, start)), Error);
  const std::string id = sync_wait(workflows.start_run(access, "w", {}));
  EXPECT_EQ(crawled("second").last->state, CrawlState::succeeded);
  EXPECT_TRUE(eventually([&] { return sync_wait(workflows.get_run(access, "w", id)).state != RunState::running; }));
  const WorkflowRun run = sync_wait(workflows.get_run(access, "w", id));
  EXPECT_EQ(run.state, RunState::completed);
  EXPECT_EQ(run.steps.size(), 2u);
}

// ---- schedules

class ScheduleTest : public CrawlTest {
 protected:
  void advance(Milliseconds by) {
    clock.advance(by);
    queue.clock_moved();
  }
  std::size_t crawls() { return sync_wait(crawlers.history(access, "flights", "", 100)).items.size(); }
  // Waits for so many that ended, and a little for one too many.
  bool crawled_times(std::size_t wanted) {
    (void)eventually(
        [&] { return crawls() >= wanted && sync_wait(crawlers.get(access, "flights")).state == CrawlerState::ready; });
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    return crawls() == wanted;
  }
  template <typename Call>
  static std::string refused(Call call) {
    try {
      call();
    } catch (const Error& error) {
      return std::string(error.code().name);
    }
    return "taken";
  }
};

TEST_F(ScheduleTest, ACrawlerCrawlsByItself) {
  put_raw();
  auto made = input();
  made.schedule = "cron(0 * * * ? *)";
  sync_wait(crawlers.create(access, made));
  EXPECT_TRUE(crawled_times(0));
  advance(std::chrono::hours(1));
  EXPECT_TRUE(crawled_times(1));
  EXPECT_EQ(crawled().last->state, CrawlState::succeeded);
  sync_wait(crawlers.recover());
  advance(std::chrono::hours(1));
  EXPECT_TRUE(crawled_times(2));
}

TEST_F(ScheduleTest, AScheduleIsStoppedStartedAndReplaced) {
  put_raw();
  sync_wait(crawlers.create(access, input()));
  EXPECT_EQ(refused([&] { sync_wait(crawlers.start_schedule(access, "flights")); }), "NoScheduleException");
  EXPECT_EQ(refused([&] { sync_wait(crawlers.stop_schedule(access, "flights")); }), "SchedulerNotRunningException");
  EXPECT_EQ(refused([&] { sync_wait(crawlers.stop_schedule(access, "none")); }), "EntityNotFoundException");
  for (const char* text : {"rate(1 hour)", "cron(0 12 * * *)", "hourly"}) {
    EXPECT_EQ(refused([&] { sync_wait(crawlers.update_schedule(access, "flights", text)); }), "InvalidInputException");
  }
  sync_wait(crawlers.update_schedule(access, "flights", "cron(0 * * * ? *)"));
  EXPECT_EQ(refused([&] { sync_wait(crawlers.start_schedule(access, "flights")); }), "SchedulerRunningException");
  sync_wait(crawlers.stop_schedule(access, "flights"));
  advance(std::chrono::hours(2));
  EXPECT_TRUE(crawled_times(0));
  sync_wait(crawlers.start_schedule(access, "flights"));
  advance(std::chrono::hours(1));
  EXPECT_TRUE(crawled_times(1));
  // An update that says nothing of the schedule leaves it.
  auto update = static_cast<CrawlerInput>(sync_wait(crawlers.get(access, "flights")));
  update.table_prefix = "x_";
  sync_wait(crawlers.update(access, update));
  advance(std::chrono::hours(1));
  EXPECT_TRUE(crawled_times(2));
  sync_wait(crawlers.update_schedule(access, "flights", std::nullopt));
  EXPECT_FALSE(sync_wait(crawlers.get(access, "flights")).schedule);
  advance(std::chrono::hours(1));
  EXPECT_TRUE(crawled_times(2));
}

TEST_F(ScheduleTest, AScheduledTriggerFiresWhileItIsActivated) {
  put_raw();
  sync_wait(crawlers.create(access, input()));
  sync_wait(workflows.create_workflow(access, {.name = "nightly"}));
  Trigger trigger{.name = "at-night", .workflow = "nightly", .type = TriggerType::scheduled, .crawlers = {"flights"}};
  EXPECT_EQ(refused([&] { sync_wait(workflows.create_trigger(access, trigger)); }), "InvalidInputException");
  trigger.schedule = "rate(1 hour)";
  EXPECT_EQ(refused([&] { sync_wait(workflows.create_trigger(access, trigger)); }), "InvalidInputException");
  trigger.schedule = "cron(0 * * * ? *)";
  sync_wait(workflows.create_trigger(access, trigger));
  const auto runs = [this] { return sync_wait(workflows.list_runs(access, "nightly", "", 100)).items; };
  advance(std::chrono::hours(2));
  EXPECT_TRUE(crawled_times(0)) << "it is not activated yet";
  sync_wait(workflows.start_trigger(access, "at-night"));
  advance(std::chrono::hours(1));
  EXPECT_TRUE(crawled_times(1));
  EXPECT_EQ(runs().size(), 1u);
  sync_wait(workflows.recover());
  sync_wait(workflows.stop_trigger(access, "at-night"));
  advance(std::chrono::hours(1));
  EXPECT_TRUE(crawled_times(1));
  EXPECT_EQ(runs().size(), 1u);
}

TEST_F(ScheduleTest, ATriggerOfItsOwnStartsItsCrawlers) {
  put_raw();
  sync_wait(crawlers.create(access, input()));
  sync_wait(workflows.create_trigger(access, {.name = "hourly",
                                              .type = TriggerType::scheduled,
                                              .activated = true,
                                              .crawlers = {"flights"},
                                              .schedule = "cron(0 * * * ? *)"}));
  advance(std::chrono::hours(1));
  EXPECT_TRUE(crawled_times(1));
}

}  // namespace
}  // namespace tarn::crawl
