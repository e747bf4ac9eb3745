#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "objects/replication.h"
#include "objects/testing.h"

namespace tarn::objects {
namespace {

using testing::Bench;
using testing::refusal;

ReplicationRule rule_to(const std::string& bucket, std::int32_t priority = 1) {
  return {.id = bucket + std::to_string(priority), .priority = priority, .destination = "arn:aws:s3:::" + bucket};
}

ObjectVersion version_of(const std::string& key, Tags tags = {}, bool marker = false) {
  ObjectVersion version;
  version.key = ObjectKey::trusted(key);
  version.tags = std::move(tags);
  version.null = false;
  version.delete_marker = marker;
  return version;
}

std::vector<std::string> chosen(const ReplicationConfiguration& configuration, const ObjectVersion& version) {
  std::vector<std::string> ids;
  for (const ReplicationRule& rule : rules_for(configuration, version)) ids.push_back(rule.id);
  return ids;
}

TEST(ReplicationRules, AreChosenByPrefixTagsAndPriority) {
  ReplicationConfiguration configuration{.role = "r",
                                         .rules = {rule_to("one", 1), rule_to("one", 7), rule_to("two", 3)}};
  configuration.rules[1].prefix = "logs/";
  configuration.rules[2].tags = {{"a", "b"}, {"c", "d"}};
  EXPECT_THAT(chosen(configuration, version_of("x")), ::testing::ElementsAre("one1"));
  EXPECT_THAT(chosen(configuration, version_of("logs/x")), ::testing::ElementsAre("one7"));
  EXPECT_THAT(chosen(configuration, version_of("x", {{"c", "d"}, {"a", "b"}, {"e", "f"}})),
              ::testing::ElementsAre("one1", "two3"));
  EXPECT_THAT(chosen(configuration, version_of("x", {{"a", "b"}})), ::testing::ElementsAre("one1"));
  configuration.rules[0].enabled = false;
  EXPECT_THAT(chosen(configuration, version_of("x")), ::testing::IsEmpty());
  ObjectVersion null = version_of("logs/x");
  null.null = true;
  EXPECT_THAT(chosen(configuration, null), ::testing::IsEmpty()) << "made before there were versions";
}

TEST(ReplicationRules, TakeMarkersWhereTheySaySo) {
  ReplicationConfiguration configuration{.role = "r", .rules = {rule_to("one")}};
  const ObjectVersion marker = version_of("x", {}, true);
  EXPECT_THAT(chosen(configuration, marker), ::testing::IsEmpty());
  configuration.rules[0].delete_markers = true;
  EXPECT_THAT(chosen(configuration, marker), ::testing::ElementsAre("one1"));
  configuration.rules[0].delete_markers = false;
  configuration.rules[0].filtered = false;
  EXPECT_THAT(chosen(configuration, marker), ::testing::ElementsAre("one1")) << "rules of the first form do";
}

TEST(ReplicationRules, ComeBack) {
  ReplicationConfiguration configuration{.role = "arn:aws:iam::1:role/r", .rules = {rule_to("one", 4)}};
  configuration.rules[0].tags = {{"a", ""}};
  configuration.rules[0].storage_class = StorageClass::glacier_ir;
  configuration.rules[0].account = "111122223333";
  configuration.rules[0].target_owns = true;
  EXPECT_EQ(unpack_replication(pack(configuration)), configuration);
  EXPECT_THROW(unpack_replication("\x07"), std::runtime_error);
  EXPECT_THROW(unpack_replication(pack(configuration).substr(0, 20)), std::runtime_error);
}

class ReplicaBench : public Bench {
 public:
  explicit ReplicaBench(Options options = default_options()) : Bench(std::move(options)) {
    sync_wait(objects.create_bucket(access, {.name = target}));
    for (const BucketName& each : {bucket, target})
      sync_wait(objects.set_versioning(access, each, Versioning::enabled));
    ReplicationConfiguration configuration{.role = "r", .rules = {rule_to("copies")}};
    configuration.rules[0].delete_markers = true;
    sync_wait(objects.put_configuration(access, bucket, ConfigurationKind::replication, pack(configuration)));
  }
  std::string replicate(const ObjectVersion& version, std::optional<StorageClass> storage_class = {}) {
    return refusal([&] {
      sync_wait(objects.replicate(access, {.source = version, .target = target, .storage_class = storage_class}));
    });
  }
  std::string there(const ObjectVersion& version) {
    return sync_wait(objects.read_all(access, target, version.key, 64 << 20, version.id())).value_or("(none)");
  }
  Listing copies() { return sync_wait(objects.list_versions(access, {.bucket = target})); }

  BucketName target = BucketName::trusted("copies");
};

TEST(Replicate, NotesWhatRulesWant) {
  ReplicaBench bench;
  const ObjectVersion version = bench.put("k", "bytes");
  EXPECT_EQ(version.replication, Replication::pending);
  const auto rows = bench.rows(std::string(replication_prefix));
  ASSERT_EQ(rows.size(), 1U);
  const ReplicationRecord record = unpack_replication_record(rows[0].value);
  EXPECT_EQ(record.bucket, "lake");
  EXPECT_EQ(record.key, "k");
  EXPECT_EQ(record.version_id, version.id().text());
  bench.remove("k");
  EXPECT_EQ(bench.rows("r/").size(), 2U) << "the marker";
  bench.remove("k", version.id());
  EXPECT_EQ(bench.rows("r/").size(), 2U) << "a version that goes for good goes here only";
  sync_wait(bench.objects.remove(
      bench.access, {.bucket = bench.bucket, .key = Bench::key("l"), .event = "LifecycleExpiration:Delete"}));
  EXPECT_EQ(bench.rows("r/").size(), 2U) << "nor do markers of lifecycle rules";
  EXPECT_EQ(refusal([&] { bench.set_versioning(Versioning::suspended); }), "InvalidBucketState");
}

TEST(Replicate, MakesTheVersionAnew) {
  for (const bool sealed : {false, true}) {
    Options options = Bench::default_options();
    options.sealed = sealed;
    ReplicaBench bench(options);
    for (const std::size_t size : {0U, 10U, 100'000U}) {
      const ObjectVersion version = bench.put("k" + std::to_string(size), std::string(size, 'x'));
      EXPECT_EQ(bench.replicate(version), "(none)");
      EXPECT_EQ(bench.there(version), std::string(size, 'x'));
      EXPECT_EQ(bench.replicate(version), "(none)") << "once more changes nothing";
      EXPECT_EQ(bench.replicate(version, StorageClass::standard_ia), "(none)");
    }
    EXPECT_EQ(bench.copies().objects.size(), 3U);
    const auto replica = sync_wait(bench.objects.find(bench.access, bench.target, Bench::key("k10")));
    ASSERT_TRUE(replica);
    EXPECT_EQ(replica->replication, Replication::replica);
    EXPECT_EQ(replica->e_tag, bench.find("k10")->e_tag);
    EXPECT_EQ(replica->modified, bench.find("k10")->modified);
  }
}

TEST(Replicate, IntoAnotherTier) {
  ReplicaBench bench;
  const ObjectVersion small = bench.put("small", "bytes"), large = bench.put("large", std::string(100'000, 'y'));
  EXPECT_EQ(bench.replicate(small, StorageClass::standard_ia), "(none)");
  EXPECT_EQ(bench.replicate(large, StorageClass::standard_ia), "(none)");
  EXPECT_EQ(bench.there(small), "bytes");
  std::size_t cold = 0;
  for (const auto& [id, kept] : bench.blobs.blobs) cold += kept.tier == Bench::cold ? 1 : 0;
  EXPECT_EQ(cold, 2U) << "what belongs to another tier lies there, whatever its size";
}

TEST(Replicate, InAnyOrder) {
  ReplicaBench bench;
  const ObjectVersion one = bench.put("k", "1"), two = bench.put("k", "2");
  bench.remove("k");
  const auto marker = sync_wait(bench.objects.hiding_marker(bench.access, bench.bucket, Bench::key("k")));
  ASSERT_TRUE(marker);
  const ObjectVersion three = bench.put("k", "3");
  for (const ObjectVersion& each : {two, *marker, three, one}) EXPECT_EQ(bench.replicate(each), "(none)");
  std::vector<std::string> ids, originals;
  for (const ListedObject& each : bench.copies().objects) ids.push_back(each.id().text());
  for (const ListedObject& each : bench.versions().objects) originals.push_back(each.id().text());
  EXPECT_EQ(ids, originals);
  EXPECT_EQ(ids.size(), 4U);
  EXPECT_EQ(bench.there(one), "1");
  EXPECT_EQ(sync_wait(bench.objects.read_all(bench.access, bench.target, Bench::key("k"), 100)), "3");
}

TEST(Replicate, TagsFollow) {
  ReplicaBench bench;
  const ObjectVersion version = bench.put("k", "x");
  EXPECT_EQ(bench.replicate(version), "(none)");
  sync_wait(bench.objects.set_replication(bench.access, version, Replication::completed));
  EXPECT_EQ(bench.find("k")->replication, Replication::completed);
  const std::size_t before = bench.rows("r/").size();
  const auto tagged = sync_wait(bench.objects.set_tags(bench.access, bench.bucket, version.key, {}, {{"a", "b"}}));
  EXPECT_EQ(bench.find("k")->replication, Replication::pending);
  EXPECT_EQ(bench.rows("r/").size(), before + 1);
  EXPECT_EQ(bench.replicate(*bench.find("k")), "(none)");
  const auto replica = sync_wait(bench.objects.find(bench.access, bench.target, version.key));
  EXPECT_EQ(replica->tags, (Tags{{"a", "b"}}));
  // A replica's own changes go nowhere.
  EXPECT_TRUE(sync_wait(bench.objects.set_tags(bench.access, bench.target, version.key, {}, {})));
  EXPECT_EQ(sync_wait(bench.objects.find(bench.access, bench.target, version.key))->replication, Replication::replica);
}

TEST(Replicate, AsksTheRole) {
  ReplicaBench bench;
  const ObjectVersion version = bench.put("k", "x");
  sync_wait(bench.objects.set_tags(bench.access, bench.bucket, version.key, {}, {{"a", "b"}}));
  const ObjectVersion tagged = *bench.find("k");
  for (const char* action : {"s3:GetObjectVersionForReplication", "s3:ReplicateObject"}) {
    bench.access.refusals = {action};
    EXPECT_EQ(bench.replicate(tagged), "AccessDenied") << action;
  }
  bench.access.refusals = {"s3:ReplicateTags"};
  EXPECT_EQ(bench.replicate(tagged), "(none)");
  bench.access.refusals = {};
  EXPECT_TRUE(sync_wait(bench.objects.find(bench.access, bench.target, version.key))->tags.empty());
  bench.access.refusals = {"s3:ReplicateDelete"};
  bench.remove("k");
  const auto marker = sync_wait(bench.objects.hiding_marker(bench.access, bench.bucket, version.key));
  EXPECT_EQ(bench.replicate(*marker), "AccessDenied");
}

TEST(Replicate, RefusesWhatCannotTakeIt) {
  ReplicaBench bench;
  const ObjectVersion version = bench.put("k", std::string(100'000, 'z'));
  sync_wait(bench.objects.set_versioning(bench.access, bench.target, Versioning::suspended));
  const std::size_t blobs = bench.blobs.blobs.size();
  EXPECT_EQ(bench.replicate(version), "InvalidRequest");
  bench.target = BucketName::trusted("nowhere");
  EXPECT_EQ(bench.replicate(version), "NoSuchBucket");
  EXPECT_EQ(bench.blobs.blobs.size(), blobs);
}

TEST(Replicate, FromAnotherServer) {
  ReplicaBench bench;
  const VersionId id = version_id_of(1'600'000'000'000, 42);
  const auto put = [&](Tags tags) {
    return sync_wait(bench.objects.put(
        bench.access, {.bucket = bench.target, .key = Bench::key("k"), .tags = std::move(tags), .replica_of = id},
        std::string("bytes")));
  };
  const ObjectVersion made = put({});
  EXPECT_EQ(made.id(), id);
  EXPECT_EQ(to_millis(made.modified), 1'600'000'000'000);
  EXPECT_EQ(made.replication, Replication::replica);
  EXPECT_EQ(put({{"a", "b"}}).tags, (Tags{{"a", "b"}}));
  EXPECT_EQ(bench.copies().objects.size(), 1U);
  bench.access.refusals = {"s3:ReplicateObject"};
  EXPECT_EQ(refusal([&] { put({}); }), "AccessDenied");
  const VersionId marker = version_id_of(1'600'000'000'001, 43);
  for (int i = 0; i < 2; ++i) {
    sync_wait(
        bench.objects.remove(bench.access, {.bucket = bench.target, .key = Bench::key("k"), .replica_of = marker}));
  }
  EXPECT_EQ(bench.copies().objects.size(), 2U);
  EXPECT_EQ(
      refusal([&] {
        sync_wait(bench.objects.remove(
            bench.access, {.bucket = bench.target, .key = Bench::key("k"), .replica_of = VersionId::trusted("x")}));
      }),
      "InvalidArgument");
}

}  // namespace
}  // namespace tarn::objects
