#include <gtest/gtest.h>

#include "objects/blob_owner.h"
#include "objects/testing.h"

namespace tarn::objects {
namespace {

using testing::Bench;
using testing::repeated;

// Counts how many rows are read for a sweep.
class CountingStore : public meta::MemoryStore {
 public:
  Task<std::optional<meta::Row>> get(meta::Partition partition, meta::RowKey key) override {
    ++gets;
    co_return co_await meta::MemoryStore::get(std::move(partition), std::move(key));
  }
  Task<std::vector<meta::Row>> scan(meta::Partition partition, meta::RowKey first, meta::RowKey end,
                                    meta::ScanLimits limits) override {
    auto rows = co_await meta::MemoryStore::scan(std::move(partition), std::move(first), std::move(end), limits);
    scanned += rows.size();
    co_return rows;
  }
  std::size_t gets = 0;
  std::size_t scanned = 0;
};

TEST(BlobOwner, ComesBackWholeOrNotAtAll) {
  const std::string bytes = pack(BlobOwner{.bucket_id = "b1", .key = "a/b", .upload = "ff", .part = 700});
  const auto owner = unpack_blob_owner(bytes);
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->bucket_id, "b1");
  EXPECT_EQ(owner->key, "a/b");
  EXPECT_EQ(owner->upload, "ff");
  EXPECT_EQ(owner->part, 700u);
  EXPECT_LT(pack(BlobOwner{.bucket_id = "b1", .key = repeated(1024), .upload = repeated(48), .part = 1}).size(), 8192u);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(unpack_blob_owner(std::string_view(bytes).substr(0, length))) << length;
  }
  for (std::size_t at = 0; at < bytes.size() * 8; ++at) {
    std::string damaged = bytes;
    damaged[at / 8] = static_cast<char>(damaged[at / 8] ^ 1 << at % 8);
    EXPECT_FALSE(unpack_blob_owner(damaged)) << at;
  }
}

class Orphans : public ::testing::Test {
 protected:
  void put_part(const Upload& upload, std::uint32_t number, std::size_t size) {
    StringStream body(repeated(size));
    parts_.push_back(sync_wait(lake_.objects.put_part(
        lake_.access, {.bucket = lake_.bucket, .key = Bench::key("u"), .upload = upload.id, .number = number}, body)));
  }
  Upload start() {
    return sync_wait(lake_.objects.create_upload(lake_.access, {.bucket = lake_.bucket, .key = Bench::key("u")}));
  }
  void complete(const Upload& upload) {
    CompleteRequest request{.bucket = lake_.bucket, .key = Bench::key("u"), .upload = upload.id};
    for (const Part& part : parts_) request.parts.push_back({.number = part.number, .e_tag = part.e_tag});
    (void)sync_wait(lake_.objects.complete_upload(lake_.access, std::move(request)));
    parts_.clear();
  }
  void copy(const std::string& from, const std::string& to) {
    (void)sync_wait(lake_.objects.copy(lake_.access, {.source_bucket = lake_.bucket,
                                                      .source_key = Bench::key(from),
                                                      .bucket = lake_.bucket,
                                                      .key = Bench::key(to)}));
  }
  // A blob of that owner which no row names.
  void add_orphan(const BlobOwner& owner) {
    const auto writer = sync_wait(lake_.blobs.create({.owner = pack(owner)}));
    sync_wait(writer->finish());
  }
  std::string bucket_id() { return sync_wait(lake_.objects.peek_bucket(lake_.bucket))->id; }
  // How many went.
  std::size_t sweep() {
    lake_.blobs.forget_settled();
    return sync_wait(lake_.objects.sweep_orphans());
  }

  Bench lake_;
  std::vector<Part> parts_;
};

// Wherever a blob has come to since it was written, its row is found from what it says, or by looking everywhere.
TEST_F(Orphans, WhatARowNamesStays) {
  lake_.put("k", repeated(100'000));
  copy("k", "copied");
  lake_.set_versioning(Versioning::enabled);
  lake_.put("k", repeated(100'001));
  lake_.put("k", repeated(100'002));
  const Upload done = start();
  put_part(done, 1, 5 << 20);
  put_part(done, 2, 100);
  complete(done);
  const Upload again = start();
  put_part(again, 7, 200);
  complete(again);
  const Upload open = start();
  put_part(open, 1, 300);
  const std::size_t before = lake_.blobs.blobs.size();
  EXPECT_EQ(before, 8u);
  EXPECT_EQ(sweep(), 0u);
  EXPECT_EQ(lake_.blobs.blobs.size(), before);
  // What was dropped is the collector's.
  lake_.remove("copied");
  sync_wait(lake_.objects.abort_upload(lake_.access, lake_.bucket, Bench::key("u"), open.id));
  const auto versions = lake_.versions({.bucket = lake_.bucket, .prefix = "u"}).objects;
  ASSERT_EQ(versions.size(), 2u);
  lake_.remove("u", versions[1].id());
  EXPECT_EQ(sweep(), 0u);
  EXPECT_EQ(lake_.blobs.blobs.size(), before);
}

TEST_F(Orphans, WhatNoRowNamesGoes) {
  lake_.put("k", repeated(100'000));
  const Upload upload = start();
  put_part(upload, 1, 100);
  add_orphan({});
  add_orphan({.bucket_id = bucket_id(), .key = "k"});
  add_orphan({.bucket_id = bucket_id(), .key = "never"});
  add_orphan({.bucket_id = "gone", .key = "k"});
  add_orphan({.bucket_id = bucket_id(), .key = "u", .upload = upload.id, .part = 1});
  add_orphan({.bucket_id = bucket_id(), .key = "u", .upload = upload.id, .part = 2});
  add_orphan({.bucket_id = bucket_id(), .key = "u", .upload = "no upload's id", .part = 2});
  const auto unowned = sync_wait(lake_.blobs.create({}));
  sync_wait(unowned->finish());
  EXPECT_EQ(sweep(), 8u);
  EXPECT_EQ(lake_.blobs.blobs.size(), 2u);
  EXPECT_EQ(lake_.get("k"), repeated(100'000));
}

TEST(OrphanSweep, ReadsARowOrTwoForEach) {
  CountingStore rows;
  testing::MemoryBlobs blobs;
  ManualClock clock{from_millis(1'700'000'000'000)};
  SeededRandom random{7};
  testing::ListedAccess access;
  Objects objects(Dependencies{.meta = rows, .blobs = blobs, .clock = clock, .random = random, .options = {}});
  const BucketName bucket = BucketName::trusted("lake");
  sync_wait(objects.create_bucket(access, {.name = bucket}));
  for (int i = 0; i < 500; ++i) {
    const std::string bytes = repeated(i < 10 ? 40'000 : 10);
    (void)sync_wait(objects.put(access, PutRequest{.bucket = bucket, .key = ObjectKey::trusted(std::to_string(i))},
                                std::string(bytes)));
  }
  const auto id = sync_wait(objects.peek_bucket(bucket))->id;
  const auto orphan = sync_wait(blobs.create({.owner = pack(BlobOwner{.bucket_id = id, .key = "3"})}));
  sync_wait(orphan->finish());
  blobs.forget_settled();
  rows.gets = rows.scanned = 0;
  EXPECT_EQ(sync_wait(objects.sweep_orphans()), 1u);
  EXPECT_EQ(rows.gets, 10u + 2u);
  EXPECT_EQ(rows.scanned, 0u);
}

}  // namespace
}  // namespace tarn::objects
