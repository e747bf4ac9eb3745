#include <gtest/gtest.h>

#include <algorithm>

#include "objects/testing.h"

namespace tarn::objects {
namespace {

using testing::Bench;
using testing::refusal;
using testing::repeated;

constexpr std::size_t part_bytes = 5 << 20;

// What of a new upload a test cares about.
struct Wish {
  Description description = {};
  Tags tags = {};
  std::optional<ChecksumAlgorithm> algorithm = {};
  std::optional<ChecksumType> checksum_type = {};
};

class UploadTest : public ::testing::Test {
 protected:
  std::string begin(const Wish& wish = {}) {
    return sync_wait(lake_.objects.create_upload(lake_.access, {.bucket = lake_.bucket,
                                                                .key = Bench::key("k"),
                                                                .description = wish.description,
                                                                .tags = wish.tags,
                                                                .algorithm = wish.algorithm,
                                                                .checksum_type = wish.checksum_type}))
        .id;
  }
  Part part(const std::string& upload, std::uint32_t number, std::string bytes, BodyChecks checks = {}) {
    StringStream body(std::move(bytes));
    return sync_wait(lake_.objects.put_part(
        lake_.access,
        {.bucket = lake_.bucket, .key = Bench::key("k"), .upload = upload, .number = number, .checks = checks}, body));
  }
  CompleteRequest completion(const std::string& upload, const std::vector<Part>& parts) {
    CompleteRequest request{.bucket = lake_.bucket, .key = Bench::key("k"), .upload = upload};
    for (const Part& each : parts) request.parts.push_back({.number = each.number, .e_tag = each.e_tag});
    return request;
  }
  ObjectVersion complete(const CompleteRequest& request) {
    return sync_wait(lake_.objects.complete_upload(lake_.access, request));
  }
  void collect() {
    lake_.clock.advance(std::chrono::hours(1));
    sync_wait(lake_.objects.collect_garbage(1000));
  }
  Bench lake_;
};

TEST_F(UploadTest, PartsBecomeOneObjectWithoutBeingCopied) {
  const std::string first = repeated(part_bytes, 'a');
  const std::string second = repeated(part_bytes + 1, 'f');
  const std::string id = begin({.description = {.content_type = "text/csv"}, .tags = {{"t", "1"}}});
  const Part two = part(id, 7, second);
  const Part one = part(id, 2, first);
  const Part last = part(id, 9, "end");
  const std::size_t blobs = lake_.blobs.blobs.size();
  const ObjectVersion made = complete(completion(id, {one, two, last}));
  EXPECT_EQ(lake_.blobs.blobs.size(), blobs);

  std::string digests;
  for (const std::string& each : {first, second, std::string("end")}) digests += md5(as_bytes(each));
  EXPECT_EQ(made.e_tag, to_hex(as_bytes(md5(as_bytes(digests)))) + "-3");
  EXPECT_EQ(made.parts, 3u);
  EXPECT_EQ(made.description.content_type, "text/csv");
  EXPECT_EQ(made.tags, (Tags{{"t", "1"}}));
  const std::string whole = first + second + "end";
  EXPECT_EQ(made.checksum->type, ChecksumType::full_object);
  EXPECT_EQ(made.checksum->value, checksum_of(ChecksumAlgorithm::crc64nvme, as_bytes(whole)));
  EXPECT_EQ(lake_.get("k"), whole);
  EXPECT_TRUE(lake_.rows("u/").empty());
  EXPECT_TRUE(lake_.rows("p/").empty());
  collect();
  EXPECT_EQ(lake_.get("k"), whole);

  const auto parts = sync_wait(lake_.objects.parts_of(lake_.access, made, 0, 100));
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[1].range, (ByteRange{.offset = part_bytes, .length = part_bytes + 1}));
  EXPECT_EQ(parts[2].number, 3u);

  lake_.remove("k");
  collect();
  EXPECT_TRUE(lake_.blobs.blobs.empty());
  EXPECT_TRUE(lake_.rows("m/").empty());
}

TEST_F(UploadTest, RangesAcrossParts) {
  const std::string id = begin();
  const std::string first = repeated(part_bytes, 'a');
  const ObjectVersion made = complete(completion(id, {part(id, 1, first), part(id, 2, "0123456789")}));
  const std::string whole = first + "0123456789";
  for (const auto [offset, length] : {std::pair<std::size_t, std::size_t>{0, 5},
                                      {part_bytes - 3, 6},
                                      {part_bytes, 10},
                                      {part_bytes + 9, 1},
                                      {part_bytes - 1, 1},
                                      {0, whole.size()}}) {
    const auto stream = sync_wait(lake_.objects.open(lake_.access, made, {.offset = offset, .length = length}));
    std::string out(length, '\0');
    EXPECT_EQ(sync_wait(read_fully(*stream, {reinterpret_cast<std::byte*>(out.data()), length})), length);
    EXPECT_EQ(out, whole.substr(offset, length)) << offset;
  }
}

TEST_F(UploadTest, AnOpenReadSurvivesOverwriteAndCollection) {
  const std::string id = begin();
  const std::string first = repeated(part_bytes, 'a');
  const ObjectVersion made = complete(completion(id, {part(id, 1, first), part(id, 2, "end")}));
  auto stream = sync_wait(lake_.objects.open(lake_.access, made, {.offset = 0, .length = made.size}));
  lake_.put("k", "new");
  collect();
  std::string out(made.size, '\0');
  EXPECT_EQ(sync_wait(read_fully(*stream, {reinterpret_cast<std::byte*>(out.data()), out.size()})), out.size());
  EXPECT_EQ(out, first + "end");
  stream.reset();
  collect();
  EXPECT_TRUE(lake_.blobs.blobs.empty());
}

TEST_F(UploadTest, APartSentAgainReplacesTheEarlier) {
  const std::string id = begin();
  part(id, 1, "first");
  const Part again = part(id, 1, "again");
  const auto listed =
      sync_wait(lake_.objects.list_parts(lake_.access, {.bucket = lake_.bucket, .key = Bench::key("k"), .upload = id}));
  ASSERT_EQ(listed.parts.size(), 1u);
  EXPECT_EQ(listed.parts[0].e_tag, again.e_tag);
  collect();
  EXPECT_EQ(lake_.blobs.blobs.size(), 1u);
  complete(completion(id, {again}));
  EXPECT_EQ(lake_.get("k"), "again");
}

TEST_F(UploadTest, WhatCannotBeCompletedIsRefusedAndCanBeMended) {
  const std::string id = begin();
  const Part one = part(id, 1, repeated(part_bytes));
  const Part small = part(id, 2, "small");
  const Part last = part(id, 3, "last");
  const auto refused = [&](const CompleteRequest& request) { return refusal([&] { complete(request); }); };
  EXPECT_EQ(refused(completion(id, {small, one})), "InvalidPartOrder");
  EXPECT_EQ(refused(completion(id, {one, one})), "InvalidPartOrder");
  EXPECT_EQ(refused(completion(id, {one, small, last})), "EntityTooSmall");
  EXPECT_EQ(refused(completion(id, {})), "MalformedXML");
  EXPECT_EQ(refused(completion("nonsense", {one})), "NoSuchUpload");
  CompleteRequest wrong = completion(id, {one});
  wrong.parts[0].e_tag = last.e_tag;
  EXPECT_EQ(refused(wrong), "InvalidPart");
  CompleteRequest sized = completion(id, {one});
  sized.size = 5;
  EXPECT_EQ(refused(sized), "InvalidRequest");
  CompleteRequest checked = completion(id, {one});
  checked.expected_checksum = "12345678";
  EXPECT_EQ(refused(checked), "BadDigest");
  lake_.put("k", "there");
  CompleteRequest absent = completion(id, {one, small});
  absent.conditions.if_absent = true;
  EXPECT_EQ(refused(absent), "PreconditionFailed");
  // The part that is left out goes.
  complete(completion(id, {one, last}));
  EXPECT_EQ(lake_.get("k"), repeated(part_bytes) + "last");
  collect();
  EXPECT_EQ(lake_.blobs.blobs.size(), 2u);
}

TEST_F(UploadTest, CompletingTwiceAnswersTwice) {
  const std::string id = begin();
  const CompleteRequest request = completion(id, {part(id, 1, "only")});
  const ObjectVersion made = complete(request);
  EXPECT_EQ(complete(request).e_tag, made.e_tag);
  EXPECT_EQ(lake_.get("k"), "only");
  lake_.put("k", "other");
  EXPECT_EQ(refusal([&] { complete(request); }), "NoSuchUpload");
}

TEST_F(UploadTest, CompositeChecksums) {
  const std::string id = begin({.algorithm = ChecksumAlgorithm::sha256});
  const std::string first = repeated(part_bytes);
  const Part one = part(id, 1, first);
  const Part two = part(id, 2, "x");
  EXPECT_EQ(one.checksum->value, checksum_of(ChecksumAlgorithm::sha256, as_bytes(first)));
  CompleteRequest request = completion(id, {one, two});
  request.parts[0].checksum.reset();
  request.parts[1].checksum.reset();
  EXPECT_EQ(refusal([&] { complete(request); }), "InvalidRequest") << "parts' checksums are to be told again";
  request.parts[0].checksum = one.checksum->value;
  request.parts[1].checksum = two.checksum->value;
  const ObjectVersion made = complete(request);
  EXPECT_EQ(made.checksum->type, ChecksumType::composite);
  EXPECT_EQ(made.checksum->value,
            checksum_of(ChecksumAlgorithm::sha256, as_bytes(one.checksum->value + two.checksum->value)));
  EXPECT_TRUE(checksum_text(*made.checksum, made.parts).ends_with("=-2"));
}

TEST_F(UploadTest, ChecksumTypesThatMakeNoSense) {
  EXPECT_EQ(refusal([&] { begin({.algorithm = ChecksumAlgorithm::sha1, .checksum_type = ChecksumType::full_object}); }),
            "InvalidRequest");
  EXPECT_EQ(
      refusal([&] { begin({.algorithm = ChecksumAlgorithm::crc64nvme, .checksum_type = ChecksumType::composite}); }),
      "InvalidRequest");
}

TEST_F(UploadTest, WrongPartsAreRefused) {
  const std::string id = begin({.algorithm = ChecksumAlgorithm::crc32});
  EXPECT_EQ(refusal([&] { part(id, 0, "x"); }), "InvalidArgument");
  EXPECT_EQ(refusal([&] { part(id, 10'001, "x"); }), "InvalidArgument");
  EXPECT_EQ(refusal([&] { part("none", 1, "x"); }), "NoSuchUpload");
  EXPECT_EQ(refusal([&] { part(id, 1, "x", {.algorithm = ChecksumAlgorithm::sha1}); }), "InvalidRequest");
  EXPECT_EQ(refusal([&] { part(id, 1, "x", {.md5 = std::string(16, 'x')}); }), "BadDigest");
  EXPECT_TRUE(lake_.blobs.blobs.empty());
}

TEST_F(UploadTest, AbortDropsEverything) {
  const std::string id = begin();
  part(id, 1, repeated(part_bytes));
  sync_wait(lake_.objects.abort_upload(lake_.access, lake_.bucket, Bench::key("k"), id));
  EXPECT_EQ(refusal([&] { part(id, 2, "x"); }), "NoSuchUpload");
  EXPECT_EQ(refusal([&] { sync_wait(lake_.objects.abort_upload(lake_.access, lake_.bucket, Bench::key("k"), id)); }),
            "NoSuchUpload");
  collect();
  EXPECT_TRUE(lake_.blobs.blobs.empty());
  EXPECT_TRUE(lake_.rows("p/").empty());
}

TEST_F(UploadTest, CopiedParts) {
  const std::string source = repeated(100'000);
  lake_.put("from", source);
  const std::string id = begin();
  const auto copy = [&](std::uint32_t number, std::optional<ByteRange> range) {
    return sync_wait(lake_.objects.copy_part(lake_.access, {.source_bucket = lake_.bucket,
                                                            .source_key = Bench::key("from"),
                                                            .range = range,
                                                            .bucket = lake_.bucket,
                                                            .key = Bench::key("k"),
                                                            .upload = id,
                                                            .number = number}))
        .part;
  };
  EXPECT_EQ(refusal([&] { copy(1, ByteRange{.offset = 99'999, .length = 2}); }), "InvalidArgument");
  const Part ranged = copy(1, ByteRange{.offset = 10, .length = 20});
  complete(completion(id, {ranged}));
  EXPECT_EQ(lake_.get("k"), source.substr(10, 20));
}

TEST_F(UploadTest, UploadsAreListedByKeyAndAge) {
  std::vector<std::string> expected;
  for (const std::string key : {"b", "a/1", "a/2", "b"}) {
    lake_.clock.advance(Milliseconds(5));
    const auto upload =
        sync_wait(lake_.objects.create_upload(lake_.access, {.bucket = lake_.bucket, .key = Bench::key(key)}));
    expected.push_back(key + " " + upload.id);
  }
  std::ranges::sort(expected);
  for (const std::size_t max : {1u, 2u, 3u, 100u}) {
    std::vector<std::string> told;
    ListUploadsRequest request{.bucket = lake_.bucket, .max = max};
    while (true) {
      const UploadListing page = sync_wait(lake_.objects.list_uploads(lake_.access, request));
      for (const Upload& upload : page.uploads) told.push_back(upload.key.text() + " " + upload.id);
      if (!page.truncated) break;
      request.after = page.next_after;
      request.after_upload = page.next_upload;
    }
    EXPECT_EQ(told, expected) << max;
  }
  const UploadListing rolled =
      sync_wait(lake_.objects.list_uploads(lake_.access, {.bucket = lake_.bucket, .delimiter = "/"}));
  EXPECT_EQ(rolled.common_prefixes, (std::vector<std::string>{"a/"}));
  EXPECT_EQ(rolled.uploads.size(), 2u);
}

}  // namespace
}  // namespace tarn::objects
