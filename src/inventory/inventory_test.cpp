#include "inventory/inventory.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/digest.h"
#include "base/eventually.h"
#include "base/gzip.h"
#include "duck/engine.h"
#include "inventory/rows.h"
#include "objects/testing.h"

namespace tarn::inventory {
namespace {

using objects::testing::ListedAccess;
using objects::testing::MemoryBlobs;

class InventoryTest : public testing::Test {
 protected:
  InventoryTest() {
    sync_wait(objects.create_bucket(*access, {.name = source}));
    sync_wait(objects.create_bucket(*access, {.name = destination}));
    sync_wait(queue.start());
  }
  ~InventoryTest() override { queue.stop(kPatience); }
  void put(const std::string& key, std::string bytes) {
    sync_wait(objects.put(*access, {.bucket = source, .key = ObjectKey::trusted(key)}, std::move(bytes)));
  }
  void configure(Configuration configuration) {
    configuration.destination_bucket = destination.text();
    sync_wait(objects.put_configuration(*access, source, objects::ConfigurationKind::inventory,
                                        pack({std::move(configuration)})));
  }
  // What was delivered, by key.
  std::map<std::string, std::string> delivered() {
    std::map<std::string, std::string> found;
    const auto page = sync_wait(objects.list(*access, {.bucket = destination}));
    for (const auto& object : page.objects) {
      found[object.key] = *sync_wait(objects.read_all(*access, destination, ObjectKey::trusted(object.key), 10 << 20));
    }
    return found;
  }
  // As soon as the last file of so many reports is there.
  std::map<std::string, std::string> wait_for(std::size_t reports) {
    std::map<std::string, std::string> found;
    EXPECT_TRUE(eventually([&] {
      found = delivered();
      std::size_t ends = 0;
      for (const auto& [key, bytes] : found) ends += key.ends_with("manifest.checksum");
      return ends >= reports;
    })) << "no report came";
    return found;
  }

  meta::MemoryStore store;
  MemoryBlobs blobs;
  LakeClock clock;
  SystemRandom random;
  std::shared_ptr<ListedAccess> access = std::make_shared<ListedAccess>();
  BucketName source = BucketName::trusted("lake"), destination = BucketName::trusted("reports");
  work::Queue queue{store, clock};
  objects::Objects objects{objects::Dependencies{.meta = store, .blobs = blobs, .clock = clock, .random = random}};
  duck::Engine engine;
  policy::Facts circumstances;
  Inventories inventories{Dependencies{.store = store,
                                       .objects = objects,
                                       .queue = queue,
                                       .engine = engine,
                                       .lake = clock,
                                       .random = random,
                                       .owner_access = [this](const AccountId&) { return access; },
                                       .service_access =
                                           [this](std::string service, policy::Facts facts) {
                                             EXPECT_EQ(service, "s3.amazonaws.com");
                                             circumstances = std::move(facts);
                                             return access;
                                           }}};
};

TEST_F(InventoryTest, ListsCurrentObjectsAsCsv) {
  put("raw/a b.csv", "12345");
  put("raw/\"quoted\"", "x");
  put("other", "x");
  configure({.id = "daily", .prefix = "raw/", .destination_prefix = "inv", .fields = {"Size", "ETag", "StorageClass"}});
  EXPECT_EQ(sync_wait(inventories.plan()), 1u);
  const auto found = wait_for(1);
  ASSERT_EQ(found.size(), 4u);
  std::string data, manifest, checksum;
  for (const auto& [key, bytes] : found) {
    EXPECT_TRUE(key.starts_with("inv/lake/daily/")) << key;
    if (key.ends_with(".csv.gz")) data = gunzip(bytes, 64 << 20).value();
    if (key.ends_with("manifest.json")) manifest = bytes;
    if (key.ends_with("manifest.checksum")) checksum = bytes;
    if (key.ends_with("symlink.txt")) {
      EXPECT_TRUE(key.starts_with("inv/lake/daily/hive/dt="));
      EXPECT_TRUE(bytes.starts_with("s3://reports/inv/lake/daily/data/"));
    }
  }
  const std::string five = to_hex(as_bytes(md5(as_bytes("12345")))), one = to_hex(as_bytes(md5(as_bytes("x"))));
  EXPECT_EQ(data, "\"lake\",\"raw/%22quoted%22\",\"1\",\"" + one + "\",\"STANDARD\"\n" +
                      "\"lake\",\"raw/a+b.csv\",\"5\",\"" + five + "\",\"STANDARD\"\n");
  EXPECT_EQ(checksum, to_hex(as_bytes(md5(as_bytes(manifest)))));
  const auto said = nlohmann::json::parse(manifest);
  EXPECT_EQ(said["sourceBucket"], "lake");
  EXPECT_EQ(said["destinationBucket"], "arn:aws:s3:::reports");
  EXPECT_EQ(said["version"], "2016-11-30");
  EXPECT_EQ(said["fileFormat"], "CSV");
  EXPECT_EQ(said["fileSchema"], "Bucket, Key, Size, ETag, StorageClass");
  ASSERT_EQ(said["files"].size(), 1u);
  const auto& file = found.at(said["files"][0]["key"].get<std::string>());
  EXPECT_EQ(said["files"][0]["size"], file.size());
  EXPECT_EQ(said["files"][0]["MD5checksum"], to_hex(as_bytes(md5(as_bytes(file)))));
  EXPECT_EQ(circumstances[0].second[0], "arn:aws:s3:::lake");
}

TEST_F(InventoryTest, ListsAllVersions) {
  sync_wait(objects.set_versioning(*access, source, objects::Versioning::enabled));
  put("k", "1");
  sync_wait(objects.remove(*access, {.bucket = source, .key = ObjectKey::trusted("k")}));
  configure({.id = "all", .all_versions = true, .fields = {"Size"}});
  sync_wait(inventories.plan());
  for (const auto& [key, bytes] : wait_for(1)) {
    if (!key.ends_with(".csv.gz")) continue;
    const std::string rows = gunzip(bytes, 64 << 20).value();
    EXPECT_NE(rows.find("\"true\",\"true\",\"\"\n"), std::string::npos) << rows;
    EXPECT_NE(rows.find("\"false\",\"false\",\"1\"\n"), std::string::npos) << rows;
  }
}

TEST_F(InventoryTest, WritesParquet) {
  put("raw/a b.csv", "12345");
  configure({.id = "p", .format = Format::parquet, .fields = {"Size", "LastModifiedDate", "IsMultipartUploaded"}});
  sync_wait(inventories.plan());
  bool seen = false;
  for (const auto& [key, bytes] : wait_for(1)) {
    if (key.ends_with("manifest.json")) EXPECT_EQ(nlohmann::json::parse(bytes)["fileFormat"], "Parquet");
    if (!key.ends_with(".parquet")) continue;
    seen = true;
    EXPECT_TRUE(bytes.starts_with("PAR1"));
    EXPECT_TRUE(bytes.ends_with("PAR1"));
    EXPECT_NE(bytes.find("last_modified_date"), std::string::npos);
    // Keys are as they are.
    EXPECT_NE(bytes.find("raw/a b.csv"), std::string::npos);
  }
  EXPECT_TRUE(seen);
}

TEST_F(InventoryTest, ReportsOnceAPeriod) {
  configure({.id = "daily"});
  EXPECT_EQ(sync_wait(inventories.plan()), 1u);
  wait_for(1);
  EXPECT_TRUE(eventually([&] { return sync_wait(inventories.plan()) == 0; }));
  clock.advance(std::chrono::hours(24));
  queue.clock_moved();
  sync_wait(inventories.plan());
  wait_for(2);
}

TEST_F(InventoryTest, DisabledOnesSleep) {
  configure({.id = "off", .enabled = false});
  EXPECT_EQ(sync_wait(inventories.plan()), 0u);
}

TEST(InventoryPeriod, IsADayOrAWeekFromSunday) {
  const auto at = [](const char* text) { return *parse_iso8601(text); };
  EXPECT_EQ(period_of(Frequency::daily, at("1970-01-02T00:00:00Z")), 1);
  EXPECT_EQ(period_of(Frequency::daily, at("1970-01-02T23:59:59Z")), 1);
  // Saturday and Sunday.
  const auto saturday = period_of(Frequency::weekly, at("2026-11-21T23:59:59Z"));
  EXPECT_EQ(period_of(Frequency::weekly, at("2026-11-15T00:00:00Z")), saturday);
  EXPECT_EQ(period_of(Frequency::weekly, at("2026-11-22T00:00:00Z")), saturday + 1);
}

TEST(InventoryConfiguration, IsReadAsItWasWritten) {
  const std::vector<Configuration> two = {
      {.id = "a", .all_versions = true, .format = Format::parquet, .prefix = "p", .fields = {"Size", "ETag"}},
      {.id = "b", .enabled = false, .frequency = Frequency::weekly, .destination_bucket = "d"}};
  EXPECT_EQ(unpack(pack(two)), two);
  const std::string whole = pack(two);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THROW(unpack(whole.substr(0, size)), std::runtime_error) << size;
  }
}

}  // namespace
}  // namespace tarn::inventory
