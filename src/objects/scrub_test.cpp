#include "objects/scrub.h"

#include <gtest/gtest.h>

#include "objects/testing.h"

namespace tarn::objects {
namespace {

using testing::Bench;
using testing::repeated;

constexpr std::uint64_t plenty = 1 << 30;

class ScrubberTest : public ::testing::Test {
 protected:
  // A whole round, however many steps it takes.
  void round(Scrubber& scrubber, std::uint64_t bytes_a_step = plenty) {
    clock.advance(std::chrono::hours(25));
    const std::uint64_t before = scrubber.rounds();
    for (int step = 0; step < 10'000 && scrubber.rounds() == before; ++step) sync_wait(scrubber.step(bytes_a_step));
    ASSERT_EQ(scrubber.rounds(), before + 1);
  }
  std::uint64_t blob_of(const std::string& key) { return std::get<blob::BlobRef>(lake.find(key)->location).id; }

  Bench lake;
  ManualClock clock{from_millis(1'700'000'000'000)};
  Scrubber scrubber{lake.meta, lake.blobs, clock};
};

TEST_F(ScrubberTest, ReadsVersionsPartsAndUploads) {
  lake.put("small", "a row");
  lake.set_versioning(Versioning::enabled);
  lake.put("large", repeated(100'000));
  lake.put("large", repeated(100'001));
  const Upload upload =
      sync_wait(lake.objects.create_upload(lake.access, {.bucket = lake.bucket, .key = Bench::key("u")}));
  StringStream body("part");
  sync_wait(lake.objects.put_part(
      lake.access, {.bucket = lake.bucket, .key = Bench::key("u"), .upload = upload.id, .number = 1}, body));
  round(scrubber);
  EXPECT_EQ(scrubber.read_blobs(), 3u);
  EXPECT_EQ(scrubber.read_bytes(), 200'010u);
  EXPECT_EQ(scrubber.damaged(), 0u);
}

TEST_F(ScrubberTest, CountsWhatIsDamagedUntilItIsMended) {
  lake.put("good", repeated(50'000));
  lake.put("bad", repeated(50'000));
  lake.blobs.damaged.insert(blob_of("bad"));
  round(scrubber);
  EXPECT_EQ(scrubber.damaged(), 1u);
  lake.put("bad", repeated(50'000));
  round(scrubber);
  EXPECT_EQ(scrubber.damaged(), 0u);
}

TEST_F(ScrubberTest, ABlobThatIsMissingIsDamage) {
  lake.put("lost", repeated(50'000));
  lake.blobs.blobs.erase(blob_of("lost"));
  round(scrubber);
  EXPECT_EQ(scrubber.damaged(), 1u);
}

TEST_F(ScrubberTest, ARowOfBytesThatIsMissingIsDamage) {
  lake.put("small", "a row");
  lake.put("whole", "another");
  const auto id = sync_wait(lake.objects.peek_bucket(lake.bucket))->id;
  const auto bytes = lake.rows("d/");
  ASSERT_EQ(bytes.size(), 2u);
  std::ignore = sync_wait(lake.meta.commit({"bucket/" + id}, meta::Batch().remove(bytes[0].key)));
  round(scrubber);
  EXPECT_EQ(scrubber.damaged(), 1u);
}

TEST_F(ScrubberTest, KeepsToItsRate) {
  for (int i = 0; i < 10; ++i) lake.put("k" + std::to_string(i), repeated(100'000));
  clock.advance(std::chrono::hours(25));
  for (int step = 0; step < 10; ++step) sync_wait(scrubber.step(50'000));
  EXPECT_EQ(lake.blobs.verified, 5u) << "each blob is worth two steps";
}

TEST_F(ScrubberTest, RestsForADayAfterARound) {
  lake.put("k", repeated(50'000));
  round(scrubber);
  sync_wait(scrubber.step(plenty));
  clock.advance(std::chrono::hours(20));
  sync_wait(scrubber.step(plenty));
  EXPECT_EQ(lake.blobs.verified, 1u);
  Scrubber restarted(lake.meta, lake.blobs, clock);
  sync_wait(restarted.step(plenty));
  EXPECT_EQ(lake.blobs.verified, 1u) << "a restart begins no round";
}

TEST_F(ScrubberTest, GoesOnAfterARestart) {
  for (int i = 0; i < 500; ++i) lake.put("k" + std::to_string(1000 + i), repeated(40'000));
  clock.advance(std::chrono::hours(25));
  for (int step = 0; step < 120; ++step) sync_wait(scrubber.step(40'000));
  EXPECT_EQ(lake.blobs.verified, 120u);
  Scrubber restarted(lake.meta, lake.blobs, clock);
  for (int step = 0; step < 10'000 && restarted.rounds() == 0; ++step) sync_wait(restarted.step(plenty));
  EXPECT_GE(lake.blobs.verified, 500u);
  EXPECT_LE(lake.blobs.verified, 560u) << "at most a minute is done again";
}

TEST_F(ScrubberTest, NothingToReadCostsNothing) {
  for (int step = 0; step < 100; ++step) sync_wait(scrubber.step(plenty));
  EXPECT_EQ(scrubber.read_blobs(), 0u);
  EXPECT_EQ(scrubber.rounds(), 1u);
}

}  // namespace
}  // namespace tarn::objects
