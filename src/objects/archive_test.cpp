#include <gtest/gtest.h>

#include "objects/testing.h"

namespace tarn::objects {
namespace {

using std::chrono::days;
using std::chrono::hours;
using testing::Bench;
using testing::refusal;
using testing::repeated;

class ArchiveTest : public ::testing::Test {
 protected:
  bool move(const std::string& key, StorageClass storage_class) {
    return sync_wait(lake_.objects.transition(lake_.access, *lake_.find(key), storage_class));
  }
  RestoreOutcome restore(std::uint32_t how_long, Restore::Speed speed = Restore::Speed::standard) {
    return sync_wait(lake_.objects.restore(
        lake_.access, {.bucket = lake_.bucket, .key = Bench::key("k"), .days = how_long, .speed = speed}));
  }
  std::size_t settle() {
    return sync_wait(lake_.objects.settle_restores(lake_.access, lake_.bucket, lake_.clock.now()));
  }
  void collect() {
    lake_.clock.advance(hours(1));
    sync_wait(lake_.objects.collect_garbage(1000));
  }
  std::vector<int> tiers() {
    std::vector<int> all;
    for (const auto& [id, kept] : lake_.blobs.blobs) all.push_back(kept.tier.number);
    return all;
  }
  Bench lake_;
};

TEST_F(ArchiveTest, TransitionsMoveTheBytes) {
  for (const std::size_t size : {100u, 100'000u}) {
    const ObjectVersion before = lake_.put("k", repeated(size));
    EXPECT_TRUE(move("k", StorageClass::standard_ia));
    collect();
    EXPECT_EQ(tiers(), std::vector<int>{Bench::cold.number}) << "small ones too: they leave the rows";
    EXPECT_TRUE(lake_.rows("d/").empty());
    EXPECT_EQ(lake_.get("k"), repeated(size));
    const auto after = lake_.find("k");
    EXPECT_EQ(after->storage_class, StorageClass::standard_ia);
    EXPECT_EQ(after->modified, before.modified) << "moving is no change";
    EXPECT_EQ(after->e_tag, before.e_tag);
    EXPECT_EQ(after->id(), before.id());
    lake_.remove("k");
    collect();
  }
}

TEST_F(ArchiveTest, TransitionsOfMultipartObjects) {
  const auto upload =
      sync_wait(lake_.objects.create_upload(lake_.access, {.bucket = lake_.bucket, .key = Bench::key("k")}));
  CompleteRequest request{.bucket = lake_.bucket, .key = Bench::key("k"), .upload = upload.id};
  for (std::uint32_t number : {1u, 2u}) {
    StringStream body(repeated(5 << 20));
    const Part part = sync_wait(lake_.objects.put_part(
        lake_.access, {.bucket = lake_.bucket, .key = Bench::key("k"), .upload = upload.id, .number = number}, body));
    request.parts.push_back({.number = number, .e_tag = part.e_tag});
  }
  sync_wait(lake_.objects.complete_upload(lake_.access, request));
  // A read that is under way goes on over the moves.
  const auto stream = sync_wait(lake_.objects.open(lake_.access, *lake_.find("k"), {.offset = 0, .length = 10 << 20}));
  EXPECT_TRUE(move("k", StorageClass::standard_ia));
  collect();
  std::string read(10 << 20, '\0');
  EXPECT_EQ(sync_wait(read_fully(*stream, {reinterpret_cast<std::byte*>(read.data()), read.size()})), read.size());
  EXPECT_TRUE(read == repeated(5 << 20) + repeated(5 << 20));
  EXPECT_TRUE(move("k", StorageClass::glacier));
  collect();
  EXPECT_EQ(tiers(), (std::vector<int>{Bench::frozen.number, Bench::frozen.number}));
  restore(1);
  lake_.clock.advance(hours(5));
  EXPECT_EQ(settle(), 1u);
  EXPECT_EQ(lake_.get("k"), repeated(5 << 20) + repeated(5 << 20));
}

TEST_F(ArchiveTest, ALostRaceLeavesNothingBehind) {
  lake_.put("k", repeated(100'000));
  const auto before = lake_.find("k");
  lake_.put("k", "new");
  EXPECT_FALSE(sync_wait(lake_.objects.transition(lake_.access, *before, StorageClass::glacier)));
  collect();
  EXPECT_TRUE(lake_.blobs.blobs.empty());
  EXPECT_EQ(lake_.get("k"), "new");
}

TEST_F(ArchiveTest, ArchivedBytesAreOutOfReachUntilRestored) {
  lake_.put("k", repeated(1000));
  EXPECT_EQ(refusal([&] { restore(1); }), "InvalidObjectState") << "it is not archived";
  move("k", StorageClass::glacier);
  EXPECT_EQ(refusal([&] { lake_.get("k"); }), "InvalidObjectState");

  EXPECT_EQ(restore(2), RestoreOutcome::started);
  EXPECT_TRUE(lake_.find("k")->restore->ongoing);
  EXPECT_EQ(refusal([&] { restore(2); }), "RestoreAlreadyInProgress");
  EXPECT_EQ(restore(2, Restore::Speed::expedited), RestoreOutcome::started) << "a quicker way may be asked for";
  EXPECT_EQ(settle(), 0u);
  EXPECT_EQ(refusal([&] { lake_.get("k"); }), "InvalidObjectState");

  lake_.clock.advance(std::chrono::minutes(5));
  EXPECT_EQ(settle(), 1u);
  const auto restored = lake_.find("k");
  EXPECT_FALSE(restored->restore->ongoing);
  // The copy ends at the midnight after the days have passed.
  EXPECT_EQ(restored->restore->expires, std::chrono::ceil<days>(restored->restore->ready + days(2)));
  EXPECT_EQ(restored->storage_class, StorageClass::glacier);
  EXPECT_EQ(lake_.get("k"), repeated(1000));

  EXPECT_EQ(restore(5), RestoreOutcome::extended);
  lake_.clock.advance(days(4));
  settle();
  EXPECT_EQ(lake_.get("k"), repeated(1000)) << "it was prolonged";
  lake_.clock.advance(days(3));
  EXPECT_EQ(refusal([&] { lake_.get("k"); }), "InvalidObjectState") << "even before the sweep";
  EXPECT_EQ(settle(), 1u);
  EXPECT_FALSE(lake_.find("k")->restore);
  collect();
  EXPECT_EQ(tiers(), std::vector<int>{Bench::frozen.number});
  EXPECT_TRUE(lake_.rows("w/").empty());
}

TEST_F(ArchiveTest, DeepArchiveIsNeverExpedited) {
  lake_.put("k", "x");
  move("k", StorageClass::deep_archive);
  EXPECT_EQ(refusal([&] { restore(1, Restore::Speed::expedited); }), "InvalidRequest");
  restore(1, Restore::Speed::bulk);
  lake_.clock.advance(hours(47));
  EXPECT_EQ(settle(), 0u);
  lake_.clock.advance(hours(2));
  EXPECT_EQ(settle(), 1u);
  EXPECT_EQ(lake_.get("k"), "x");
}

TEST_F(ArchiveTest, AnObjectCanBePutIntoAnArchive) {
  PutRequest request{.bucket = lake_.bucket, .key = Bench::key("k"), .storage_class = StorageClass::glacier};
  sync_wait(lake_.objects.put(lake_.access, request, "cold"));
  EXPECT_EQ(tiers(), std::vector<int>{Bench::frozen.number});
  EXPECT_EQ(refusal([&] { lake_.get("k"); }), "InvalidObjectState");
}

}  // namespace
}  // namespace tarn::objects
