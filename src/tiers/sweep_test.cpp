#include "tiers/sweep.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/eventually.h"
#include "objects/outbox.h"
#include "objects/testing.h"
#include "tiers/prices.h"

namespace tarn::tiers {
namespace {

using objects::ConfigurationKind;
using objects::Versioning;
using objects::testing::repeated;
using std::chrono::days;
using std::chrono::hours;

constexpr std::size_t large = 200'000;

class SweepTest : public ::testing::Test {
 protected:
  void put_rules(std::vector<Rule> rules) {
    Lifecycle lifecycle{.rules = std::move(rules)};
    check(lifecycle);
    sync_wait(
        lake_.objects.put_configuration(lake_.access, lake_.bucket, ConfigurationKind::lifecycle, pack(lifecycle)));
  }
  SweepReport sweep() { return sync_wait(sweep_.sweep(lake_.bucket)); }
  std::string class_of(const std::string& key) { return std::string(name_of(lake_.find(key)->storage_class)); }

  objects::testing::Bench lake_;
  Sweep sweep_{lake_.objects, lake_.clock};
};

TEST_F(SweepTest, MovesWhatIsDueAndNothingElse) {
  put_rules({{.id = "cold",
              .filter = {.form = Filter::Form::prefix, .prefix = "raw/"},
              .transitions = {{.when = {.days = 30}, .to = StorageClass::standard_ia},
                              {.when = {.days = 90}, .to = StorageClass::glacier}}}});
  lake_.put("raw/flights.csv", repeated(large));
  lake_.put("raw/airlines.csv", "small");
  lake_.put("features/1", repeated(large));
  EXPECT_EQ(sweep().moved, 0u);
  lake_.clock.advance(days(31));
  lake_.put("raw/young.csv", repeated(large));
  EXPECT_EQ(sweep().moved, 1u);
  EXPECT_EQ(class_of("raw/flights.csv"), "STANDARD_IA");
  EXPECT_EQ(class_of("raw/airlines.csv"), "STANDARD");
  EXPECT_EQ(class_of("raw/young.csv"), "STANDARD");
  EXPECT_EQ(class_of("features/1"), "STANDARD");
  EXPECT_EQ(lake_.get("raw/flights.csv"), repeated(large));
  EXPECT_EQ(sweep().moved, 0u);
  lake_.clock.advance(days(60));
  EXPECT_EQ(sweep().moved, 2u);
  EXPECT_EQ(class_of("raw/flights.csv"), "GLACIER");
  EXPECT_EQ(class_of("raw/young.csv"), "STANDARD_IA");
}

TEST_F(SweepTest, ExpiresForGoodWithoutVersioning) {
  put_rules({{.id = "e", .expiration = Expiration{.when = When{.days = 1}}}});
  lake_.put("k", "x");
  lake_.clock.advance(days(2));
  EXPECT_EQ(sweep().expired, 1u);
  EXPECT_EQ(lake_.get("k"), "(none)");
  EXPECT_TRUE(lake_.rows("c/").empty());
}

TEST_F(SweepTest, VersionsAgeToTheirEnd) {
  lake_.set_versioning(Versioning::enabled);
  put_rules({{.id = "e",
              .expiration = Expiration{.when = When{.days = 1}},
              .noncurrent_expiration = NoncurrentExpiration{.days = 1}}});
  lake_.put("k", "one");
  lake_.put("k", "two");
  lake_.clock.advance(days(2));
  EXPECT_EQ(sweep().expired, 2u) << "a marker over the current one; the noncurrent one goes";
  EXPECT_EQ(lake_.get("k"), "(none)");
  EXPECT_EQ(lake_.versions().objects.size(), 2u);
  lake_.clock.advance(days(2));
  EXPECT_EQ(sweep().expired, 1u) << "what the marker hid";
  EXPECT_EQ(sweep().expired, 1u) << "the marker, which stands alone now";
  EXPECT_TRUE(lake_.versions().objects.empty());
  for (const char* prefix : {"c/", "v/", "h/", "d/"}) EXPECT_TRUE(lake_.rows(prefix).empty()) << prefix;
}

TEST_F(SweepTest, KeepsTheNewestNoncurrentVersions) {
  lake_.set_versioning(Versioning::enabled);
  put_rules({{.id = "n",
              .filter = {.form = Filter::Form::empty},
              .noncurrent_expiration = NoncurrentExpiration{.days = 1, .newer = 2}}});
  for (int i = 0; i < 6; ++i) lake_.put("k", std::to_string(i));
  lake_.clock.advance(days(3));
  EXPECT_EQ(sweep().expired, 3u);
  std::vector<std::string> left;
  for (const auto& version : lake_.versions().objects) left.push_back(lake_.get("k", version.id()));
  EXPECT_EQ(left, (std::vector<std::string>{"5", "4", "3"}));
}

TEST_F(SweepTest, TagsAreLookedAt) {
  put_rules({{.id = "t",
              .filter = {.form = Filter::Form::tag, .tags = {{"temporary", "yes"}}},
              .expiration = Expiration{.when = When{.days = 1}}}});
  lake_.put("keep", "x");
  lake_.put("drop", "x");
  sync_wait(lake_.objects.set_tags(lake_.access, lake_.bucket, lake_.key("keep"), {}, {{"temporary", "no"}}));
  sync_wait(lake_.objects.set_tags(lake_.access, lake_.bucket, lake_.key("drop"), {}, {{"temporary", "yes"}}));
  lake_.clock.advance(days(2));
  EXPECT_EQ(sweep().expired, 1u);
  EXPECT_EQ(lake_.get("keep"), "x");
  EXPECT_EQ(lake_.get("drop"), "(none)");
}

TEST_F(SweepTest, ManyPages) {
  put_rules({{.id = "e", .expiration = Expiration{.when = When{.days = 1}}}});
  for (int i = 0; i < 2500; ++i) {
    sync_wait(
        lake_.objects.put(lake_.access, {.bucket = lake_.bucket, .key = lake_.key("k" + std::to_string(i))}, "x"));
  }
  lake_.clock.advance(days(3));
  const SweepReport report = sweep();
  EXPECT_EQ(report.looked_at, 2500u);
  EXPECT_EQ(report.expired, 2500u);
  EXPECT_TRUE(lake_.list().objects.empty());
}

TEST_F(SweepTest, GivesUploadsUp) {
  put_rules({{.id = "a", .abort_uploads_after_days = 1}});
  sync_wait(lake_.objects.create_upload(lake_.access, {.bucket = lake_.bucket, .key = lake_.key("old")}));
  lake_.clock.advance(days(3));
  sync_wait(lake_.objects.create_upload(lake_.access, {.bucket = lake_.bucket, .key = lake_.key("new")}));
  EXPECT_EQ(sweep().aborted_uploads, 1u);
  const auto left = sync_wait(lake_.objects.list_uploads(lake_.access, {.bucket = lake_.bucket}));
  ASSERT_EQ(left.uploads.size(), 1u);
  EXPECT_EQ(left.uploads[0].key.text(), "new");
}

TEST_F(SweepTest, ChangedRulesProtectWhatIsThere) {
  put_rules({{.id = "e", .expiration = Expiration{.when = When{.days = 1}}}});
  lake_.put("k", "x");
  lake_.clock.advance(days(5));
  put_rules({{.id = "e", .expiration = Expiration{.when = When{.days = 100}}}});
  EXPECT_EQ(sweep().expired, 0u);
  sync_wait(lake_.objects.remove_configuration(lake_.access, lake_.bucket, ConfigurationKind::lifecycle));
  EXPECT_EQ(sweep().looked_at, 0u);
  EXPECT_EQ(lake_.get("k"), "x");
}

TEST_F(SweepTest, LeavesEventsOfItsOwn) {
  sync_wait(lake_.objects.put_configuration(lake_.access, lake_.bucket, ConfigurationKind::notification, "on"));
  put_rules({{.id = "m", .transitions = {{.when = {.days = 1}, .to = StorageClass::glacier}}}});
  lake_.put("k", repeated(large));
  lake_.clock.advance(days(2));
  sweep();
  const auto rows = lake_.rows("o/");
  ASSERT_EQ(rows.size(), 2u);
  const auto record = objects::unpack_change_record(rows[1].value);
  EXPECT_EQ(record.event, "LifecycleTransition");
  EXPECT_EQ(record.storage_class, "GLACIER");
  EXPECT_EQ(record.requester, "s3.amazonaws.com");
}

TEST_F(SweepTest, RunsAsDurableWork) {
  put_rules({{.id = "e", .expiration = Expiration{.when = When{.days = 1}}}});
  lake_.put("k", "x");
  lake_.clock.advance(days(2));
  work::Queue queue(lake_.meta, lake_.clock);
  sweep_.install(queue);
  sync_wait(queue.start());
  EXPECT_TRUE(eventually([&] { return !lake_.find("k"); }));
  EXPECT_TRUE(queue.stop(kPatience));
}

TEST_F(SweepTest, ShortDaysAreForTheSweepOnly) {
  put_rules({{.id = "e", .expiration = Expiration{.when = When{.days = 2}}}});
  lake_.put("k", "x");
  Sweep hasty(lake_.objects, lake_.clock, {.day = Milliseconds(1000)});
  lake_.clock.advance(Milliseconds(3000));
  EXPECT_NE(expiration_header(*lake_.find("k"))->find("17 Nov 2023"), std::string::npos);
  EXPECT_EQ(sync_wait(hasty.sweep(lake_.bucket)).expired, 1u);
}

// ---- prices

TEST(Prices, StepsAddUp) {
  const ClassPrices& standard = built_in_prices().classes[static_cast<std::size_t>(StorageClass::standard)];
  EXPECT_NEAR(storage_price(standard, 100), 2.3, 1e-9);
  EXPECT_NEAR(storage_price(standard, 51'200 + 100), 51'200 * 0.023 + 2.2, 1e-6);
  EXPECT_NEAR(storage_price(standard, 0), 0, 1e-9);
}

TEST(Prices, BrokenListsAreRefused) {
  EXPECT_THROW(parse_prices(""), std::runtime_error);
  EXPECT_THROW(parse_prices("{}"), std::runtime_error);
  EXPECT_THROW(parse_prices(R"({"region":"x","as_of":"y","storage_gb_month":{"NONE":[{"price":1}]}})"),
               std::runtime_error);
  EXPECT_THROW(parse_prices(R"({"region":"x","as_of":"y","storage_gb_month":{"STANDARD":[{"up_to_tb":1,"price":1}]}})"),
               std::runtime_error);
}

TEST_F(SweepTest, CostsByClass) {
  lake_.put("hot", repeated(1 << 20));
  lake_.put("cold", repeated(1 << 20));
  lake_.put("tiny", "x");
  for (const auto& [key, to] : {std::pair{"cold", StorageClass::glacier}, {"tiny", StorageClass::standard_ia}}) {
    ASSERT_TRUE(sync_wait(lake_.objects.transition(lake_.access, *lake_.find(key), to)));
  }
  const Cost cost = sync_wait(estimate_cost(lake_.objects, lake_.access, lake_.bucket, built_in_prices()));
  ASSERT_EQ(cost.classes.size(), 3u);
  EXPECT_EQ(cost.classes[0].billable_bytes, (1u << 20) + 8192) << "and what an archived object keeps at STANDARD";
  EXPECT_EQ(cost.classes[1].storage_class, StorageClass::standard_ia);
  EXPECT_EQ(cost.classes[1].bytes, 1u);
  EXPECT_EQ(cost.classes[1].billable_bytes, 131072u);
  EXPECT_EQ(cost.classes[2].billable_bytes, (1u << 20) + 32768);
  const double gigabyte = 1 << 30;
  EXPECT_NEAR(
      cost.usd_per_month,
      ((1 << 20) + 8192) / gigabyte * 0.023 + 131072 / gigabyte * 0.0125 + ((1 << 20) + 32768) / gigabyte * 0.0036,
      1e-12);
  EXPECT_NE(cost_json(cost).find(R"("storage_class":"GLACIER","objects":1,"bytes":1048576)"), std::string::npos);
  lake_.access.refusals.insert("s3:ListBucketVersions");
  EXPECT_THROW(sync_wait(estimate_cost(lake_.objects, lake_.access, lake_.bucket, built_in_prices())), Error);
}

}  // namespace
}  // namespace tarn::tiers
