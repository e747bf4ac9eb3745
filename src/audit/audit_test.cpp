#include "audit/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/eventually.h"
#include "base/gzip.h"
#include "meta/memory/memory_store.h"

namespace tarn::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;

const AccountId home = AccountId::trusted("111122223333");

policy::Principal ada() {
  return {.kind = policy::Principal::Kind::user,
          .account = home,
          .arn = "arn:aws:iam::111122223333:user/ada",
          .user_id = "AIDAEXAMPLE",
          .name = "ada",
          .access_key_id = "AKIAEXAMPLE"};
}
policy::Principal crawler() {
  return {.kind = policy::Principal::Kind::role_session,
          .account = home,
          .arn = "arn:aws:sts::111122223333:assumed-role/Crawler/run",
          .user_id = "AROAEXAMPLE:run",
          .name = "run",
          .role_arn = "arn:aws:iam::111122223333:role/Crawler",
          .session_started = from_millis(1'750'000'000'000)};
}

class Bucket : public TrailSink {
 public:
  bool takes = true;
  std::vector<std::pair<std::string, std::string>> files;
  Task<void> check(AccountId, const Trail&, std::string) override {
    if (!takes) throw Error({"InsufficientS3BucketPolicyException", 400}, "no");
    co_return;
  }
  Task<void> deliver(AccountId, const Trail&, std::string key, std::string packed) override {
    if (!takes) throw Error(errors::access_denied, "the bucket does not take it");
    files.emplace_back(std::move(key), gunzip(packed, 1 << 20).value());
    co_return;
  }
};

class AuditTest : public ::testing::Test {
 protected:
  AuditTest() { audit.trails().use_sink(bucket); }

  Record call(const std::string& name, bool management = true) {
    Record record{.time = wall.now(),
                  .account = home,
                  .principal = ada(),
                  .source = management ? "glue.amazonaws.com" : "s3.amazonaws.com",
                  .name = name,
                  .region = "us-east-1",
                  .source_ip = "127.0.0.1",
                  .user_agent = "test",
                  .request_id = "r"};
    record.read_only = name.starts_with("Get");
    record.management = management;
    record.resources = {management ? "arn:aws:glue:us-east-1:111122223333:database/flights"
                                   : "arn:aws:s3:::lake/raw/flights.csv"};
    return record;
  }
  std::vector<std::string> names(Lookup query) {
    std::vector<std::string> names;
    const auto page = sync_wait(audit.lookup(home, std::move(query)));
    for (const Event& event : page.events) names.push_back(event.name);
    return names;
  }
  Trail trail(std::vector<EventSelector> selectors = {EventSelector{}}) {
    return {.name = "all",
            .arn = trail_arn("us-east-1", home, "all"),
            .region = "us-east-1",
            .bucket = "logs",
            .prefix = "p",
            .logging = true,
            .selectors = std::move(selectors)};
  }

  meta::MemoryStore store;
  ManualClock wall{from_millis(1'750'000'000'000)};  // 2025-06-15T15:06:40Z
  SeededRandom random{9};
  Bucket bucket;
  Audit audit{store, wall, random};
};

TEST_F(AuditTest, RecordsLookAsCloudTrails) {
  Record record = call("GetDatabase");
  record.id = "event";
  record.request_parameters = R"({"name":"flights"})";
  const Json json = Json::parse(to_json(record));
  EXPECT_EQ(json.at("userIdentity").at("type"), "IAMUser");
  EXPECT_EQ(json.at("userIdentity").at("userName"), "ada");
  EXPECT_EQ(json.at("eventTime"), "2025-06-15T15:06:40Z");
  EXPECT_EQ(json.at("requestParameters").at("name"), "flights");
  EXPECT_TRUE(json.at("responseElements").is_null());
  EXPECT_EQ(json.at("resources").at(0).at("type"), "AWS::Glue::Database");
  EXPECT_EQ(json.at("recipientAccountId"), home.text());
  EXPECT_EQ(json.at("eventCategory"), "Management");
  EXPECT_FALSE(json.contains("errorCode"));
}

TEST_F(AuditTest, RoleSessionsNameTheirRole) {
  Record record = call("GetDatabase");
  record.principal = crawler();
  const Json identity = Json::parse(to_json(record)).at("userIdentity");
  EXPECT_EQ(identity.at("type"), "AssumedRole");
  EXPECT_EQ(identity.at("sessionContext").at("sessionIssuer").at("userName"), "Crawler");
  EXPECT_EQ(identity.at("sessionContext").at("sessionIssuer").at("principalId"), "AROAEXAMPLE");
}

TEST_F(AuditTest, DenialsNameTheStatementThatSaidNo) {
  const Record record = record_of_denial(crawler(), {{"aws:SourceIp", {"10.0.0.1"}}},
                                         {.action = "s3:GetObject",
                                          .resource = "arn:aws:s3:::lake/raw/x",
                                          .decision = {.kind = policy::Decision::Kind::explicit_deny,
                                                       .layer = "identity-based policy",
                                                       .statement_id = "NoRaw",
                                                       .policy_id = "inline"}},
                                         wall.now());
  EXPECT_FALSE(record.management);
  EXPECT_EQ(record.name, "GetObject");
  const Json json = Json::parse(to_json(record));
  EXPECT_EQ(json.at("errorCode"), "AccessDenied");
  EXPECT_THAT(json.at("errorMessage").get<std::string>(),
              HasSubstr("with an explicit deny in an identity-based policy"));
  EXPECT_EQ(json.at("additionalEventData").at("denials").at(0).at("statement"), "NoRaw");
  EXPECT_EQ(json.at("sourceIPAddress"), "10.0.0.1");
}

TEST_F(AuditTest, ListingABucketIsAboutItsObjects) {
  const Record record = record_of_denial(
      crawler(), {{"aws:RequestedRegion", {"us-east-1"}}},
      {.action = "s3:ListBucket", .resource = "arn:aws:s3:::lake", .decision = {.layer = "identity-based policy"}},
      wall.now());
  EXPECT_EQ(record.name, "ListObjects");
  EXPECT_FALSE(record.management);
  EXPECT_TRUE(selects(trail({{.management = false, .data = {{"AWS::S3::Object", {"arn:aws:s3:::lake/"}}}}}), record));
  EXPECT_FALSE(selects(trail({{.management = false, .data = {{"AWS::S3::Object", {"arn:aws:s3:::lak/"}}}}}), record));
}

TEST_F(AuditTest, BytesThatAreNoTextDoNotStopARecord) {
  Record record = call("GetDatabase");
  record.user_agent = "\xff\xfe";
  record.request_parameters = "not json";
  EXPECT_NO_THROW((void)Json::parse(to_json(record)));
}

TEST_F(AuditTest, LooksUpManagementEventsNewestFirst) {
  audit.record(call("CreateDatabase"));
  wall.advance(std::chrono::hours(24));
  audit.record(call("GetDatabase"));
  wall.advance(std::chrono::seconds(1));
  audit.record(call("DeleteDatabase"));
  audit.record(call("PutObject", false));
  EXPECT_THAT(names({}), ElementsAre("DeleteDatabase", "GetDatabase", "CreateDatabase"));
  EXPECT_THAT(names({.first = wall.now() - std::chrono::seconds(1)}), ElementsAre("DeleteDatabase", "GetDatabase"));
  EXPECT_THAT(names({.last = wall.now() - std::chrono::hours(1)}), ElementsAre("CreateDatabase"));
  EXPECT_THAT(names({.attribute = std::pair(LookupKey::read_only, "true")}), ElementsAre("GetDatabase"));
  EXPECT_THAT(names({.attribute = std::pair(LookupKey::event_name, "CreateDatabase")}), ElementsAre("CreateDatabase"));
  EXPECT_EQ(names({.attribute = std::pair(LookupKey::resource_name, "flights")}).size(), 3U);
  EXPECT_EQ(names({.attribute = std::pair(LookupKey::user_name, "bob")}).size(), 0U);
  EXPECT_EQ(names({.attribute = std::pair(LookupKey::access_key_id, "AKIAEXAMPLE")}).size(), 3U);
}

TEST_F(AuditTest, PagesGoOnOverDays) {
  std::vector<std::string> expected;
  for (int i = 0; i < 5; ++i) {
    audit.record(call("Get" + std::to_string(i)));
    expected.insert(expected.begin(), "Get" + std::to_string(i));
    wall.advance(std::chrono::hours(15));
  }
  std::vector<std::string> seen;
  std::string token;
  do {
    const auto page = sync_wait(audit.lookup(home, {.max = 2, .token = token}));
    for (const Event& event : page.events) seen.push_back(event.name);
    token = page.token;
  } while (!token.empty());
  EXPECT_EQ(seen, expected);
  EXPECT_THROW(sync_wait(audit.lookup(home, {.token = "nonsense"})), Error);
}

TEST_F(AuditTest, AccountsSeeTheirOwnOnly) {
  audit.record(call("GetDatabase"));
  EXPECT_TRUE(sync_wait(audit.lookup(AccountId::trusted("444455556666"), {})).events.empty());
}

TEST_F(AuditTest, ForgetsAfterNinetyDays) {
  audit.record(call("GetDatabase"));
  sync_wait(audit.flush());
  wall.advance(std::chrono::hours(24 * 92));
  sync_wait(audit.expire());
  EXPECT_TRUE(sync_wait(store.scan(history_of(home, from_millis(1'750'000'000'000)), {}, {}, {})).empty());
}

// A handler that changes a row, and a row of another partition after it.
Task<meta::Commit> change(meta::Store& store, meta::Batch batch) {
  const meta::Commit made = co_await store.commit({"catalog/111122223333"}, std::move(batch));
  if (made.applied) std::ignore = co_await store.commit({"names"}, meta::Batch().put("after", "1"));
  co_return made;
}
const meta::Partition notes_of_changes = meta::notes_of({"catalog/111122223333"});

TEST_F(AuditTest, AChangeCarriesItsRecordOverACrash) {
  NotingStore noting(store);
  const auto underway = audit.begin(call("CreateDatabase"));
  EXPECT_TRUE(sync_wait(change(noting, meta::Batch().put("a", "1")).accompanied_by(*underway)).applied);
  // The process ends here. What is left is in the store.
  EXPECT_EQ(sync_wait(store.scan(notes_of_changes, {}, {}, {})).size(), 1U);
  EXPECT_TRUE(sync_wait(store.scan(meta::notes_of({"names"}), {}, {}, {})).empty()) << "the first commit suffices";

  Audit restarted(store, wall, random);
  sync_wait(restarted.open());
  const auto page = sync_wait(restarted.lookup(home, {}));
  ASSERT_EQ(page.events.size(), 1U);
  EXPECT_EQ(page.events[0].name, "CreateDatabase");
  EXPECT_EQ(page.events[0].id, underway->id());
  EXPECT_EQ(page.events[0].user, "ada");
  EXPECT_EQ(Json::parse(page.events[0].json).at("eventID"), underway->id());
  EXPECT_TRUE(sync_wait(store.partitions(std::string(meta::notes_prefix), "", 10)).empty());
}

TEST_F(AuditTest, AWholeRecordTakesThePlaceOfItsNote) {
  NotingStore noting(store);
  auto underway = audit.begin(call("CreateDatabase"));
  EXPECT_TRUE(sync_wait(change(noting, meta::Batch().put("a", "1")).accompanied_by(*underway)).applied);
  const auto left = sync_wait(store.scan(notes_of_changes, {}, {}, {}));
  Record whole = call("CreateDatabase");
  whole.response_elements = R"({"answer":"made"})";
  wall.advance(std::chrono::seconds(1));
  audit.record(whole, std::move(underway));
  sync_wait(audit.flush());
  EXPECT_TRUE(sync_wait(store.scan(notes_of_changes, {}, {}, {})).empty());

  // A crash between the record and the removal of its note changes nothing.
  EXPECT_TRUE(sync_wait(store.commit(notes_of_changes, meta::Batch().put(left[0].key, left[0].value))).applied);
  Audit restarted(store, wall, random);
  sync_wait(restarted.open());
  const auto page = sync_wait(restarted.lookup(home, {}));
  ASSERT_EQ(page.events.size(), 1U);
  EXPECT_THAT(page.events[0].json, HasSubstr("made"));
}

TEST_F(AuditTest, ALostRaceLeavesItsNoteToTheNextCommit) {
  NotingStore noting(store);
  const auto underway = audit.begin(call("CreateDatabase"));
  EXPECT_FALSE(
      sync_wait(change(noting, meta::Batch().require_present("a").put("a", "1")).accompanied_by(*underway)).applied);
  EXPECT_TRUE(sync_wait(store.scan(notes_of_changes, {}, {}, {})).empty());
  EXPECT_TRUE(sync_wait(change(noting, meta::Batch().put("a", "1")).accompanied_by(*underway)).applied);
  EXPECT_EQ(sync_wait(store.scan(notes_of_changes, {}, {}, {})).size(), 1U);
}

TEST_F(AuditTest, OfManyBatchesAnAppliedOneCarriesTheNote) {
  NotingStore noting(store);
  const auto underway = audit.begin(call("BatchDeletePartition"));
  std::vector<meta::Batch> batches;
  batches.push_back(meta::Batch().require_present("gone").remove("gone"));
  batches.push_back(meta::Batch().put("b", "1"));
  const auto made =
      sync_wait(noting.commit_each({"catalog/111122223333"}, std::move(batches)).accompanied_by(*underway));
  EXPECT_FALSE(made[0].applied);
  EXPECT_TRUE(made[1].applied);
  EXPECT_EQ(sync_wait(store.scan(notes_of_changes, {}, {}, {})).size(), 1U);
}

TEST_F(AuditTest, NobodyGoesAlongWithWorkInTheBackground) {
  NotingStore noting(store);
  EXPECT_TRUE(sync_wait(change(noting, meta::Batch().put("a", "1"))).applied);
  const auto data = audit.begin(call("PutObject", false));
  EXPECT_TRUE(sync_wait(change(noting, meta::Batch().put("a", "1")).accompanied_by(*data)).applied);
  EXPECT_TRUE(sync_wait(store.partitions(std::string(meta::notes_prefix), "", 10)).empty())
      << "no trail selects the data event";
}

TEST_F(AuditTest, ANoteReachesTheTrailsThatSelectIt) {
  EXPECT_TRUE(sync_wait(
      audit.trails().create(home, trail({{.data = {{.type = "AWS::S3::Object", .values = {"arn:aws:s3"}}}}}))));
  NotingStore noting(store);
  const auto underway = audit.begin(call("PutObject", false));
  EXPECT_TRUE(sync_wait(change(noting, meta::Batch().put("a", "1")).accompanied_by(*underway)).applied);
  Audit restarted(store, wall, random);
  restarted.trails().use_sink(bucket);
  sync_wait(restarted.open());
  sync_wait(restarted.trails().deliver_all());
  ASSERT_EQ(bucket.files.size(), 1U);
  EXPECT_THAT(bucket.files[0].second, HasSubstr(underway->id()));
  EXPECT_TRUE(sync_wait(restarted.lookup(home, {})).events.empty()) << "data events are the trail's only";
}

TEST_F(AuditTest, NotesThatAreNoneAreRefused) {
  EXPECT_THROW(unpack_filed(""), std::runtime_error);
  EXPECT_THROW(unpack_filed("\x02"), std::runtime_error);
  const Filed filed = file(call("CreateDatabase"), audit.trails());
  const std::string note = pack(filed);
  EXPECT_EQ(unpack_filed(note).row, filed.row);
  for (std::size_t size = 0; size < note.size(); ++size) {
    EXPECT_THROW(unpack_filed(note.substr(0, size)), std::exception) << size;
  }
}

// Refuses to write for as long as it is told to.
class FullStore : public NotingStore {
 public:
  using NotingStore::NotingStore;
  bool full = false;
  Task<meta::Commit> commit(meta::Partition partition, meta::Batch batch) override {
    if (full) throw Error(errors::insufficient_storage, "full");
    return NotingStore::commit(std::move(partition), std::move(batch));
  }
};

TEST_F(AuditTest, WhatCannotBeWrittenWaits) {
  FullStore full(store);
  Audit waiting(full, wall, random);
  waiting.record(call("CreateDatabase"));
  full.full = true;
  EXPECT_THROW(sync_wait(waiting.flush()), Error);
  waiting.record(call("DeleteDatabase"));
  full.full = false;
  EXPECT_EQ(sync_wait(waiting.lookup(home, {})).events.size(), 2U);
}

// Holds what is written until it is told to go on.
class SlowStore : public NotingStore {
 public:
  using NotingStore::NotingStore;
  std::atomic<bool> began = false;
  std::atomic<bool> go_on = false;
  Task<meta::Commit> commit(meta::Partition partition, meta::Batch batch) override {
    began = true;
    while (!go_on) co_await sleep_for(std::chrono::milliseconds(1));
    co_return co_await NotingStore::commit(std::move(partition), std::move(batch));
  }
};

TEST_F(AuditTest, ALookupSeesWhatAnotherIsWriting) {
  SlowStore slow(store);
  Audit busy(slow, wall, random);
  busy.record(call("CreateDatabase"));
  std::jthread first([&] { sync_wait(busy.flush()); });
  ASSERT_TRUE(eventually([&] { return slow.began.load(); }));
  std::size_t seen = 0;
  std::jthread second([&] { seen = sync_wait(busy.lookup(home, {})).events.size(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // It would have looked by now.
  slow.go_on = true;
  second.join();
  EXPECT_EQ(seen, 1U);
}

TEST_F(AuditTest, ARecordIsNeverTooLongForARow) {
  Record large = call("CreateDatabase");
  large.request_parameters = Json{{"text", std::string(1 << 20, 'x')}}.dump();
  audit.record(large);
  const auto page = sync_wait(audit.lookup(home, {}));
  ASSERT_EQ(page.events.size(), 1U);
  EXPECT_TRUE(Json::parse(page.events[0].json).at("requestParameters").is_null());
}

TEST_F(AuditTest, TrailsDeliverWhatTheySelect) {
  EXPECT_TRUE(sync_wait(audit.trails().create(home, trail())));
  EXPECT_FALSE(sync_wait(audit.trails().create(home, trail()))) << "it exists";
  audit.record(call("GetDatabase"));
  audit.record(call("GetObject", false));
  sync_wait(audit.flush());
  sync_wait(audit.trails().deliver_all());
  ASSERT_EQ(bucket.files.size(), 1U);
  EXPECT_THAT(bucket.files[0].first,
              ::testing::MatchesRegex("p/AWSLogs/111122223333/CloudTrail/us-east-1/2025/06/15/"
                                      "111122223333_CloudTrail_us-east-1_20250615T1506Z_[A-Za-z0-9]{16}\\.json\\.gz"));
  const Json file = Json::parse(bucket.files[0].second);
  ASSERT_EQ(file.at("Records").size(), 1U);
  EXPECT_EQ(file.at("Records").at(0).at("eventName"), "GetDatabase");
  EXPECT_EQ(audit.trails().status(home, "all").latest, wall.now());
  sync_wait(audit.trails().deliver_all());
  EXPECT_EQ(bucket.files.size(), 1U) << "nothing twice";
}

TEST_F(AuditTest, WhatABucketRefusesWaits) {
  EXPECT_TRUE(sync_wait(audit.trails().create(home, trail())));
  audit.record(call("GetDatabase"));
  sync_wait(audit.flush());
  bucket.takes = false;
  sync_wait(audit.trails().deliver_all());
  EXPECT_EQ(audit.trails().status(home, "all").error, "the bucket does not take it");
  Audit restarted(store, wall, random);
  restarted.trails().use_sink(bucket);
  sync_wait(restarted.open());
  bucket.takes = true;
  sync_wait(restarted.trails().deliver_all());
  EXPECT_EQ(bucket.files.size(), 1U);
}

TEST_F(AuditTest, ATrailThatIsGoneDeliversNothing) {
  EXPECT_TRUE(sync_wait(audit.trails().create(home, trail())));
  audit.record(call("GetDatabase"));
  sync_wait(audit.flush());
  EXPECT_TRUE(sync_wait(audit.trails().remove(home, "all")));
  EXPECT_FALSE(sync_wait(audit.trails().remove(home, "all")));
  sync_wait(audit.trails().deliver_all());
  EXPECT_TRUE(bucket.files.empty());
  EXPECT_TRUE(sync_wait(store.scan(Trails::queue_of(home, "all"), {}, {}, {})).empty());
}

TEST_F(AuditTest, DataEventsAreWantedOnlyWhileATrailWantsThem) {
  EXPECT_FALSE(audit.trails().any_data());
  EXPECT_TRUE(sync_wait(audit.trails().create(
      home,
      trail({{.management = false, .data = {{.type = "AWS::S3::Object", .values = {"arn:aws:s3:::lake/raw/"}}}}}))));
  EXPECT_TRUE(audit.trails().any_data());
  Trail stopped = trail();
  stopped.logging = false;
  EXPECT_TRUE(sync_wait(audit.trails().replace(home, stopped, false)));
  EXPECT_FALSE(audit.trails().any_data());
}

struct SelectionCase {
  std::string name;
  Trail trail;
  bool management_read, management_write, data_read, other_data;
};
class Selection : public ::testing::TestWithParam<SelectionCase> {};

TEST_P(Selection, IsCloudTrails) {
  const auto record = [](bool management, bool read_only, const std::string& arn) {
    Record made;
    made.account = home;
    made.principal = ada();
    made.source = management ? "glue.amazonaws.com" : "s3.amazonaws.com";
    made.name = read_only ? "GetObject" : "PutObject";
    made.region = "us-east-1";
    made.management = management;
    made.read_only = read_only;
    made.resources = {arn};
    return made;
  };
  const std::string table = "arn:aws:glue:us-east-1:111122223333:table/a/b";
  EXPECT_EQ(selects(GetParam().trail, record(true, true, table)), GetParam().management_read);
  EXPECT_EQ(selects(GetParam().trail, record(true, false, table)), GetParam().management_write);
  EXPECT_EQ(selects(GetParam().trail, record(false, true, "arn:aws:s3:::lake/raw/x")), GetParam().data_read);
  EXPECT_EQ(selects(GetParam().trail, record(false, true, "arn:aws:s3:::pond/x")), GetParam().other_data);
}

Trail basic(EventSelector selector) {
  return {.name = "t", .region = "us-east-1", .logging = true, .selectors = {std::move(selector)}};
}
Trail advanced(std::vector<FieldSelector> fields) {
  return {.name = "t", .region = "us-east-1", .logging = true, .advanced = {{.name = "", .fields = std::move(fields)}}};
}

INSTANTIATE_TEST_SUITE_P(
    , Selection,
    ::testing::Values(
        SelectionCase{"Default", basic({}), true, true, false, false},
        SelectionCase{"WritesOnly", basic({.read_write = ReadWrite::write_only}), false, true, false, false},
        SelectionCase{"ExcludedSource", basic({.excluded_sources = {"glue.amazonaws.com"}}), false, false, false,
                      false},
        SelectionCase{"AllObjects", basic({.data = {{"AWS::S3::Object", {"arn:aws:s3"}}}}), true, true, true, true},
        SelectionCase{"OneBucket", basic({.management = false, .data = {{"AWS::S3::Object", {"arn:aws:s3:::lake/"}}}}),
                      false, false, true, false},
        SelectionCase{"Stopped", {.name = "t", .region = "us-east-1"}, false, false, false, false},
        SelectionCase{"OtherRegion", {.name = "t", .region = "eu-west-1", .logging = true}, false, false, false, false},
        SelectionCase{"EveryRegion",
                      {.name = "t", .region = "eu-west-1", .multi_region = true, .logging = true},
                      true,
                      true,
                      false,
                      false},
        SelectionCase{"AdvancedManagement", advanced({{.field = "eventCategory", .equals = {"Management"}}}), true,
                      true, false, false},
        SelectionCase{"AdvancedData",
                      advanced({{.field = "eventCategory", .equals = {"Data"}},
                                {.field = "resources.type", .equals = {"AWS::S3::Object"}},
                                {.field = "resources.ARN", .starts_with = {"arn:aws:s3:::lake/"}}}),
                      false, false, true, false},
        SelectionCase{"AdvancedNot",
                      advanced({{.field = "eventCategory", .equals = {"Data"}},
                                {.field = "resources.ARN", .not_starts_with = {"arn:aws:s3:::lake/"}}}),
                      false, false, false, true}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace tarn::audit
