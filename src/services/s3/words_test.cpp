// What many handlers read and say: names, tags, conditions, copy sources, checksums, encodings.
#include <gtest/gtest.h>

#include "lake/test_lake.h"
#include "services/s3/checksums.h"
#include "services/s3/copy_source.h"
#include "services/s3/description.h"
#include "services/s3/listing.h"
#include "services/s3/preconditions.h"
#include "services/s3/range.h"

namespace tarn::s3 {
namespace {

using tarn::testing::refusal;

TEST(Words, CopySources) {
  const CopySource plain = parse_copy_source("bucket/a%20b%2Bc?versionId=null");
  EXPECT_EQ(plain.bucket.text(), "bucket");
  EXPECT_EQ(plain.key.text(), "a b+c");
  EXPECT_EQ(plain.version->text(), "null");
  EXPECT_EQ(parse_copy_source("/bucket/k").key.text(), "k");
  EXPECT_EQ(parse_copy_source("bucket%2Fk").key.text(), "k");
  EXPECT_EQ(parse_copy_source("bucket/a%3FversionId=x").key.text(), "a?versionId=x");
  EXPECT_EQ(parse_copy_source("bucket/a/").key.text(), "a/");
  for (const char* broken :
       {"", "bucket", "bucket/", "/", "bucket/%zz", "bucket/k?versionId=", "bucket/k?versionId=x"}) {
    EXPECT_EQ(refusal([&] { parse_copy_source(broken); }), "InvalidArgument") << broken;
  }
  EXPECT_EQ(refusal([] { parse_copy_source("B/k"); }), "InvalidBucketName");
  EXPECT_EQ(refusal([] { parse_copy_source("arn:aws:s3:us-east-1:1:accesspoint/x/object/k"); }), "NotImplemented");
}

TEST(Words, CopyRanges) {
  EXPECT_EQ(copy_range("bytes=0-9"), (ByteRange{.offset = 0, .length = 10}));
  for (const char* broken : {"", "bytes=0-", "bytes=-5", "bytes=5-4", "0-9", "bytes=a-b", "bytes=0-9,11-12"}) {
    EXPECT_EQ(refusal([&] { copy_range(broken); }), "InvalidArgument") << broken;
  }
}

TEST(Words, Tags) {
  EXPECT_EQ(parse_tagging("a=1&b=x%20y+z&c"), (objects::Tags{{"a", "1"}, {"b", "x y z"}, {"c", ""}}));
  EXPECT_TRUE(parse_tagging("").empty());
  EXPECT_EQ(refusal([] { parse_tagging("a=1&a=2"); }), "InvalidTag");
  EXPECT_EQ(refusal([] { parse_tagging("=1"); }), "InvalidTag");
  EXPECT_EQ(refusal([] { parse_tagging("aws:x=1"); }), "InvalidTag");
  EXPECT_EQ(refusal([] { parse_tagging("a=%zz"); }), "InvalidArgument");
  EXPECT_EQ(refusal([] { parse_tagging(std::string(129, 'k') + "=1"); }), "InvalidTag");
  EXPECT_EQ(refusal([] { parse_tagging("k=" + std::string(257, 'v')); }), "InvalidTag");
  // Characters are counted, not bytes.
  std::string umlauts;
  for (int i = 0; i < 128; ++i) umlauts += "ä";
  EXPECT_EQ(parse_tagging(uri_encode(umlauts) + "=1").size(), 1u);
  std::string many;
  for (int i = 0; i < 11; ++i) many += "k" + std::to_string(i) + "=v&";
  EXPECT_EQ(refusal([&] { parse_tagging(many); }), "BadRequest");
}

TEST(Words, ReadConditionsInTheirOrder) {
  const Timestamp modified = from_millis(1'700'000'000'500);
  const Timestamp same_second = from_millis(1'700'000'000'000);
  const Timestamp before = same_second - std::chrono::seconds(1);
  using enum Precondition;
  EXPECT_EQ(check({}, "e", modified), holds);
  EXPECT_EQ(check({.if_match = "\"e\""}, "e", modified), holds);
  EXPECT_EQ(check({.if_match = "\"x\", W/\"e\""}, "e", modified), holds);
  EXPECT_EQ(check({.if_match = "*"}, "e", modified), holds);
  EXPECT_EQ(check({.if_match = "\"x\""}, "e", modified), failed);
  EXPECT_EQ(check({.if_unmodified_since = before}, "e", modified), failed);
  EXPECT_EQ(check({.if_unmodified_since = same_second}, "e", modified), holds);
  EXPECT_EQ(check({.if_match = "e", .if_unmodified_since = before}, "e", modified), holds);
  EXPECT_EQ(check({.if_none_match = "e"}, "e", modified), not_modified);
  EXPECT_EQ(check({.if_modified_since = same_second}, "e", modified), not_modified);
  EXPECT_EQ(check({.if_modified_since = before}, "e", modified), holds);
  EXPECT_EQ(check({.if_none_match = "x", .if_modified_since = same_second}, "e", modified), holds);
  EXPECT_EQ(check({.if_match = "x", .if_none_match = "e"}, "e", modified), failed);
}

TEST(Words, Encodings) {
  const Encoder url(EncodingType::url);
  EXPECT_EQ(url(std::string("a b/ä\n")), "a%20b/%C3%A4%0A");
  EXPECT_EQ(Encoder(std::nullopt)(std::string("a b")), "a b");
}

TEST(Words, Checksums) {
  EXPECT_EQ(parse_checksum(tarn::ChecksumAlgorithm::crc32, "AAAAAA==").size(), 4u);
  EXPECT_EQ(parse_checksum(tarn::ChecksumAlgorithm::crc32, "AAAAAA==-3").size(), 4u);
  EXPECT_EQ(refusal([] { parse_checksum(tarn::ChecksumAlgorithm::crc32, "AAAA"); }), "InvalidRequest");
  EXPECT_EQ(refusal([] { parse_checksum(tarn::ChecksumAlgorithm::sha256, "nonsense"); }), "InvalidRequest");
  EXPECT_EQ(refusal([] { parse_content_md5("AAAA"); }), "InvalidDigest");
}

TEST(Words, TrailersAreLookedAtWhenTheBodyHasCome) {
  tarn::testing::TestLake lake;
  auto trailers = std::make_shared<std::vector<std::pair<std::string, std::string>>>();
  S3 s3 = lake.s3();
  s3.trailers = trailers;
  s3.announced_trailer = tarn::ChecksumAlgorithm::crc32;
  const objects::BodyChecks checks = checks_of(s3, {}, {}, {}, 5);
  EXPECT_EQ(checks.algorithm, tarn::ChecksumAlgorithm::crc32);
  EXPECT_EQ(refusal([&] { checks.expected(); }), "InvalidRequest") << "announced, and never came";
  trailers->emplace_back("x-amz-checksum-crc32", "AAAAAQ==");
  EXPECT_EQ(checks.expected(), std::string("\0\0\0\1", 4));
  const GivenChecksum both{.algorithm = tarn::ChecksumAlgorithm::sha1, .value = ""};
  EXPECT_EQ(refusal([&] { checks_of(s3, both, {}, {}, 5); }), "InvalidRequest");
}

TEST(Words, Names) {
  EXPECT_EQ(refusal([] { bucket_name("Not-A-Name"); }), "InvalidBucketName");
  EXPECT_EQ(refusal([] { object_key(std::string(1025, 'k')); }), "KeyTooLongError");
  EXPECT_EQ(refusal([] { object_key("\xff"); }), "InvalidArgument");
  EXPECT_EQ(refusal([] { version_id(std::string("")); }), "InvalidArgument");
  EXPECT_EQ(refusal([] { version_id(std::string("../x")); }), "InvalidArgument");
  EXPECT_EQ(version_id(std::string("null"))->text(), "null");
  EXPECT_FALSE(version_id(std::nullopt));
  EXPECT_EQ(unquoted("\"abc\""), "abc");
  EXPECT_EQ(unquoted("abc"), "abc");
  EXPECT_EQ(refusal([] { storage_class_of(StorageClass::outposts); }), "InvalidStorageClass");
  EXPECT_EQ(refusal([] { page_size(-1, "max-keys"); }), "InvalidArgument");
  EXPECT_EQ(page_size(std::nullopt, "max-keys"), 1000);
}

}  // namespace
}  // namespace tarn::s3
