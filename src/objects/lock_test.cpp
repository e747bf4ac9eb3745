#include "objects/lock.h"

#include <gtest/gtest.h>

#include "objects/rows.h"
#include "objects/testing.h"

namespace tarn::objects {
namespace {

using testing::Bench;
using testing::refusal;

constexpr auto governance = Retention::Mode::governance;
constexpr auto compliance = Retention::Mode::compliance;

class LockBench : public Bench {
 public:
  LockBench() {
    bucket = BucketName::trusted("vault");
    sync_wait(objects.create_bucket(access, {.name = bucket, .object_lock = true}));
  }
  ObjectVersion put_locked(const std::string& name, Lock lock) {
    clock.advance(Milliseconds(1000));
    return sync_wait(
        objects.put(access, PutRequest{.bucket = bucket, .key = key(name), .lock = lock}, std::string("bytes")));
  }
  Retention for_days(Retention::Mode mode, int days) {
    return {.mode = mode, .until = clock.now() + std::chrono::days(days)};
  }
  std::string remove_version(const ObjectVersion& version, bool bypass = false) {
    return refusal([&] {
      sync_wait(objects.remove(
          access, {.bucket = bucket, .key = version.key, .version = version.id(), .bypass_governance = bypass}));
    });
  }
  std::string retain(const ObjectVersion& version, std::optional<Retention> retention, bool bypass = false) {
    return refusal(
        [&] { sync_wait(objects.set_retention(access, bucket, version.key, version.id(), retention, bypass)); });
  }
};

TEST(Lock, ProtectsUntilItsTime) {
  const Timestamp now = from_millis(1'000'000);
  const auto until = [&](Retention::Mode mode, int milliseconds) {
    return Lock{.retention = Retention{.mode = mode, .until = now + Milliseconds(milliseconds)}, .legal_hold = {}};
  };
  EXPECT_EQ(protection_of({}, now), Protection::none);
  EXPECT_EQ(protection_of(until(governance, 1), now), Protection::governance);
  EXPECT_EQ(protection_of(until(compliance, 1), now), Protection::full);
  EXPECT_EQ(protection_of(until(compliance, 0), now), Protection::none);
  Lock held = until(governance, -5);
  held.legal_hold = false;
  EXPECT_EQ(protection_of(held, now), Protection::none);
  held.legal_hold = true;
  EXPECT_EQ(protection_of(held, now), Protection::full);
}

TEST(Lock, ConfigurationsComeBack) {
  EXPECT_EQ(unpack_object_lock(pack_object_lock(std::nullopt)), std::nullopt);
  const DefaultRetention rule{.mode = compliance, .days = 0, .years = 7};
  EXPECT_EQ(unpack_object_lock(pack_object_lock(rule)), rule);
  EXPECT_THROW(unpack_object_lock(""), std::runtime_error);
  EXPECT_THROW(unpack_object_lock("\x7f"), std::runtime_error);
}

TEST(Lock, StandsInTheRow) {
  ObjectVersion version;
  version.lock = {.retention = Retention{.mode = compliance, .until = from_millis(1'800'000'000'000)},
                  .legal_hold = false};
  const std::string row = rows::pack(version);
  EXPECT_EQ(rows::unpack_version(row).lock, version.lock);
  EXPECT_EQ(rows::unpack_listed(row).size, 0u);
  for (std::size_t size = 0; size < row.size(); ++size) {
    EXPECT_THROW(rows::unpack_version(std::string_view(row).substr(0, size)), std::runtime_error) << size;
  }
  Upload upload;
  upload.lock = version.lock;
  EXPECT_EQ(rows::unpack_upload(rows::pack(upload)).lock, upload.lock);
  // A reader that does not know of locks must not take the row for one without.
  EXPECT_EQ(row.front(), 2);
  version.lock = {};
  EXPECT_EQ(rows::pack(version).front(), 1);
}

TEST(Lock, GovernanceGivesWayToThoseWhoMayBypassIt) {
  LockBench bench;
  const auto version = bench.put_locked("k", {.retention = bench.for_days(governance, 10), .legal_hold = {}});
  EXPECT_EQ(bench.remove_version(version), "AccessDenied");
  bench.access.refusals = {"s3:BypassGovernanceRetention"};
  EXPECT_EQ(bench.remove_version(version, true), "AccessDenied");
  bench.access.refusals = {};
  // A marker hides it, and removes nothing.
  EXPECT_TRUE(bench.remove("k").delete_marker);
  EXPECT_EQ(bench.get("k", version.id()), "bytes");
  EXPECT_EQ(bench.remove_version(version, true), "(none)");
  EXPECT_EQ(bench.get("k", version.id()), "(none)");
}

TEST(Lock, ComplianceGivesWayToNobody) {
  LockBench bench;
  const auto version = bench.put_locked("k", {.retention = bench.for_days(compliance, 10), .legal_hold = {}});
  EXPECT_EQ(bench.remove_version(version, true), "AccessDenied");
  EXPECT_EQ(bench.retain(version, std::nullopt, true), "AccessDenied");
  EXPECT_EQ(bench.retain(version, bench.for_days(compliance, 5), true), "AccessDenied");
  EXPECT_EQ(bench.retain(version, bench.for_days(governance, 20), true), "AccessDenied");
  EXPECT_EQ(bench.retain(version, bench.for_days(compliance, 20)), "(none)");
  bench.clock.advance(std::chrono::days(15));
  EXPECT_EQ(bench.remove_version(version), "AccessDenied") << "it was lengthened";
  bench.clock.advance(std::chrono::days(6));
  EXPECT_EQ(bench.remove_version(version), "(none)");
}

TEST(Lock, GovernanceIsShortenedOnlyByBypass) {
  LockBench bench;
  const auto version = bench.put_locked("k", {.retention = bench.for_days(governance, 10), .legal_hold = {}});
  EXPECT_EQ(bench.retain(version, bench.for_days(governance, 5)), "AccessDenied");
  EXPECT_EQ(bench.retain(version, bench.for_days(compliance, 10)), "AccessDenied");
  EXPECT_EQ(bench.retain(version, bench.for_days(governance, 12)), "(none)");
  EXPECT_EQ(bench.retain(version, bench.for_days(governance, 5), true), "(none)");
  EXPECT_EQ(bench.retain(version, std::nullopt, true), "(none)");
  EXPECT_EQ(bench.remove_version(version), "(none)");
}

TEST(Lock, ALegalHoldKnowsNoTime) {
  LockBench bench;
  const auto version = bench.put_locked("k", {.retention = {}, .legal_hold = true});
  bench.clock.advance(std::chrono::days(10'000));
  EXPECT_EQ(bench.remove_version(version, true), "AccessDenied");
  sync_wait(bench.objects.set_legal_hold(bench.access, bench.bucket, version.key, {}, false));
  EXPECT_EQ(bench.remove_version(version), "(none)");
}

TEST(Lock, TheBucketsDefaultHoldsForWhatSaysNothing) {
  LockBench bench;
  sync_wait(bench.objects.set_object_lock(bench.access, bench.bucket,
                                          DefaultRetention{.mode = compliance, .days = 0, .years = 1}));
  const auto version = bench.put("k", "bytes");
  ASSERT_TRUE(version.lock.retention);
  EXPECT_EQ(version.lock.retention->until, version.modified + std::chrono::days(365));
  const auto own = bench.put_locked("k", {.retention = bench.for_days(governance, 1), .legal_hold = {}});
  EXPECT_EQ(own.lock.retention->mode, governance);
  const auto copied = sync_wait(bench.objects.copy(
      bench.access,
      {.source_bucket = bench.bucket, .source_key = own.key, .bucket = bench.bucket, .key = bench.key("copy")}));
  EXPECT_EQ(copied.made.lock.retention->mode, compliance) << "a copy does not take the source's";
  // Markers are not kept.
  const auto marker = bench.remove("k");
  EXPECT_TRUE(bench.remove("k", marker.version).removed);
}

TEST(Lock, SweepsPassOverWhatIsKept) {
  LockBench bench;
  const auto version = bench.put_locked("k", {.retention = bench.for_days(governance, 10), .legal_hold = {}});
  const RemoveRequest sweep{
      .bucket = bench.bucket, .key = version.key, .version = version.id(), .event = "LifecycleExpiration:Delete"};
  EXPECT_FALSE(sync_wait(bench.objects.remove(bench.access, sweep)).removed);
  bench.clock.advance(std::chrono::days(11));
  EXPECT_TRUE(sync_wait(bench.objects.remove(bench.access, sweep)).removed);
}

TEST(Lock, NeedsItsBucketToHaveIt) {
  Bench bench;
  const auto version = bench.put("k", "bytes");
  const Retention retention{.mode = governance, .until = bench.clock.now() + std::chrono::days(1)};
  EXPECT_EQ(refusal([&] {
              sync_wait(bench.objects.set_retention(bench.access, bench.bucket, version.key, {}, retention, false));
            }),
            "InvalidRequest");
  EXPECT_EQ(
      refusal([&] {
        sync_wait(bench.objects.put(
            bench.access,
            PutRequest{.bucket = bench.bucket, .key = version.key, .lock = {.retention = retention, .legal_hold = {}}},
            std::string()));
      }),
      "InvalidRequest");
  EXPECT_EQ(refusal([&] { sync_wait(bench.objects.set_object_lock(bench.access, bench.bucket, {})); }),
            "InvalidBucketState");
  bench.set_versioning(Versioning::enabled);
  sync_wait(bench.objects.set_object_lock(bench.access, bench.bucket, {}));
  EXPECT_EQ(refusal([&] { bench.set_versioning(Versioning::suspended); }), "InvalidBucketState");
  const Retention past{.mode = governance, .until = bench.clock.now()};
  EXPECT_EQ(refusal([&] {
              sync_wait(bench.objects.set_retention(bench.access, bench.bucket, version.key, {}, past, false));
            }),
            "InvalidArgument");
  bench.access.refusals = {"s3:PutObjectRetention"};
  EXPECT_EQ(
      refusal([&] {
        sync_wait(bench.objects.put(
            bench.access,
            PutRequest{.bucket = bench.bucket, .key = version.key, .lock = {.retention = retention, .legal_hold = {}}},
            std::string()));
      }),
      "AccessDenied");
}

TEST(Lock, UploadsBringTheirs) {
  LockBench bench;
  const Retention retention = bench.for_days(compliance, 3);
  const Upload upload = sync_wait(bench.objects.create_upload(
      bench.access,
      {.bucket = bench.bucket, .key = bench.key("big"), .lock = {.retention = retention, .legal_hold = true}}));
  StringStream body("part");
  const Part part = sync_wait(bench.objects.put_part(
      bench.access, {.bucket = bench.bucket, .key = upload.key, .upload = upload.id, .number = 1}, body));
  const auto made = sync_wait(bench.objects.complete_upload(
      bench.access,
      {.bucket = bench.bucket, .key = upload.key, .upload = upload.id, .parts = {{.number = 1, .e_tag = part.e_tag}}}));
  EXPECT_EQ(made.lock.retention, retention);
  EXPECT_EQ(made.lock.legal_hold, true);
  EXPECT_EQ(bench.remove_version(made, true), "AccessDenied");
}

}  // namespace
}  // namespace tarn::objects
