#include "api/s3/get_object.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "api/s3/head_object.h"
#include "api/s3/put_object.h"
#include "lake/test_lake.h"

namespace tarn::s3 {
namespace {

using tarn::testing::read_all;
using tarn::testing::refusal;
using tarn::testing::stream_of;
using tarn::testing::TestLake;
using ::testing::Pair;

GetObjectOutput get(TestLake& lake, GetObjectRequest request) {
  S3 s3 = lake.s3();
  request.bucket = "bucket";
  request.key = "key";
  return sync_wait(get_object(s3, std::move(request)));
}

struct RangeCase {
  std::string name;
  std::string header;
  int status;
  std::string content_range;
  std::string body;
};
void PrintTo(const RangeCase& each, std::ostream* out) {
  *out << each.header;
}

class GetObjectRange : public ::testing::TestWithParam<RangeCase> {};

TEST_P(GetObjectRange, AnswersAsS3Does) {
  TestLake lake;
  lake.make_bucket("bucket");
  lake.put("bucket", "key", "0123456789");
  GetObjectRequest request;
  request.range = GetParam().header;
  if (GetParam().status == 416) {
    EXPECT_EQ(refusal([&] { get(lake, std::move(request)); }), "InvalidRange");
    return;
  }
  const GetObjectOutput answer = get(lake, std::move(request));
  EXPECT_EQ(answer.http_status, GetParam().status);
  EXPECT_EQ(answer.content_range.value_or(""), GetParam().content_range);
  EXPECT_EQ(read_all(*answer.body), GetParam().body);
  EXPECT_EQ(answer.content_length, static_cast<std::int64_t>(GetParam().body.size()));
}

INSTANTIATE_TEST_SUITE_P(, GetObjectRange,
                         ::testing::Values(RangeCase{"FirstByte", "bytes=0-0", 206, "bytes 0-0/10", "0"},
                                           RangeCase{"LastBytes", "bytes=-3", 206, "bytes 7-9/10", "789"},
                                           RangeCase{"EndBeyondTheObject", "bytes=8-99", 206, "bytes 8-9/10", "89"},
                                           RangeCase{"StartAtTheEnd", "bytes=10-", 416, "", ""},
                                           RangeCase{"NotARangeIsIgnored", "lines=1-2", 200, "", "0123456789"},
                                           RangeCase{"Backwards", "bytes=5-3", 200, "", "0123456789"},
                                           RangeCase{"NoNumbers", "bytes=-", 200, "", "0123456789"},
                                           RangeCase{"Several", "bytes=0-1,3-4", 200, "", "0123456789"},
                                           RangeCase{"Huge", "bytes=0-99999999999999999999", 200, "", "0123456789"},
                                           RangeCase{"LastNone", "bytes=-0", 416, "", ""}),
                         [](const auto& info) { return info.param.name; });

TEST(GetObject, RefusesInS3sOrder) {
  TestLake lake;
  EXPECT_EQ(refusal([&] { get(lake, {}); }), "NoSuchBucket");
  lake.make_bucket("bucket");
  GetObjectRequest wrong;
  wrong.if_match = "\"other\"";
  wrong.range = "bytes=99-";
  EXPECT_EQ(refusal([&] { get(lake, std::move(wrong)); }), "NoSuchKey");
  lake.put("bucket", "key", "0123456789");
  wrong = {};
  wrong.if_match = "\"other\"";
  wrong.range = "bytes=99-";
  EXPECT_EQ(refusal([&] { get(lake, std::move(wrong)); }), "PreconditionFailed");
  wrong = {};
  wrong.sse_customer_algorithm = "AES256";
  EXPECT_EQ(refusal([&] { get(lake, std::move(wrong)); }), "InvalidArgument") << "an algorithm and no key";
  wrong = {};
  wrong.part_number = 1;
  wrong.range = "bytes=0-1";
  EXPECT_EQ(refusal([&] { get(lake, std::move(wrong)); }), "InvalidRequest");
  wrong = {};
  wrong.part_number = 2;
  EXPECT_EQ(refusal([&] { get(lake, std::move(wrong)); }), "InvalidPartNumber");
}

TEST(GetObject, TellsWhatWasPut) {
  TestLake lake;
  lake.make_bucket("bucket");
  S3 s3 = lake.s3();
  PutObjectRequest put;
  put.bucket = "bucket";
  put.key = "key";
  put.content_length = 3;
  put.content_type = "text/csv";
  put.content_encoding = "deflate, gzip";
  put.metadata.emplace()["Origin"] = "jfk";
  put.tagging = "a=1&b=%20";
  put.storage_class = StorageClass::standard_ia;
  put.body = stream_of("abc");
  const PutObjectOutput made = sync_wait(put_object(s3, std::move(put)));
  EXPECT_EQ(made.e_tag, "\"900150983cd24fb0d6963f7d28e17f72\"");
  GetObjectRequest request;
  request.checksum_mode = "enabled";
  const GetObjectOutput answer = get(lake, std::move(request));
  EXPECT_EQ(answer.e_tag, made.e_tag);
  EXPECT_EQ(answer.content_type, "text/csv");
  EXPECT_EQ(answer.content_encoding, "deflate, gzip");
  EXPECT_EQ(answer.metadata->at("origin"), "jfk");
  EXPECT_EQ(answer.tag_count, 2);
  EXPECT_EQ(answer.storage_class, StorageClass::standard_ia);
  EXPECT_EQ(answer.checksum_crc64nvme, made.checksum_crc64nvme);
  EXPECT_EQ(answer.checksum_type, ChecksumType::full_object);
  EXPECT_FALSE(answer.version_id);
  EXPECT_EQ(read_all(*answer.body), "abc");
}

TEST(GetObject, OverridesAreForThoseWhoSigned) {
  TestLake lake;
  lake.make_bucket("bucket");
  lake.put("bucket", "key", "x");
  GetObjectRequest request;
  request.response_content_type = "text/plain";
  EXPECT_EQ(get(lake, std::move(request)).content_type, "text/plain");
}

TEST(GetObject, OfADeleteMarker) {
  TestLake lake;
  lake.make_bucket("bucket");
  const BucketName bucket = BucketName::trusted("bucket");
  sync_wait(lake.objects->set_versioning(lake.root(), bucket, objects::Versioning::enabled));
  lake.put("bucket", "key", "x");
  const auto marker =
      sync_wait(lake.objects->remove(lake.root(), {.bucket = bucket, .key = ObjectKey::trusted("key")}));
  const auto headers = [](TestLake& of, GetObjectRequest request) -> std::map<std::string, std::string> {
    try {
      get(of, std::move(request));
    } catch (const Error& error) {
      return {error.headers().begin(), error.headers().end()};
    }
    return {};
  };
  EXPECT_EQ(refusal([&] { get(lake, {}); }), "NoSuchKey");
  EXPECT_THAT(headers(lake, {}), ::testing::UnorderedElementsAre(Pair("x-amz-delete-marker", "true"),
                                                                 Pair("x-amz-version-id", marker.version->text())));
  GetObjectRequest request;
  request.version_id = marker.version->text();
  EXPECT_THAT(headers(lake, std::move(request)),
              ::testing::Contains(Pair("Last-Modified", ::testing::EndsWith("GMT"))));
  request = {};
  request.version_id = marker.version->text();
  EXPECT_EQ(refusal([&] { get(lake, std::move(request)); }), "MethodNotAllowed");
  TestLake other;
  other.make_bucket("bucket");
  EXPECT_TRUE(headers(other, {}).empty()) << "nothing hides what never was";
  request = {};
  request.version_id = "0123";
  EXPECT_EQ(refusal([&] { get(lake, std::move(request)); }), "InvalidArgument");
}

TEST(HeadObject, SaysWhatGetWouldSay) {
  TestLake lake;
  lake.make_bucket("bucket");
  lake.put("bucket", "key", "0123456789");
  S3 s3 = lake.s3();
  HeadObjectRequest request;
  request.bucket = "bucket";
  request.key = "key";
  request.range = "bytes=2-3";
  const HeadObjectOutput answer = sync_wait(head_object(s3, std::move(request)));
  EXPECT_EQ(answer.http_status, 206);
  EXPECT_EQ(answer.content_length, 2);
  EXPECT_EQ(answer.content_range, "bytes 2-3/10");
}

TEST(GetObject, ExpectedOwner) {
  TestLake lake;
  lake.make_bucket("bucket");
  lake.put("bucket", "key", "x");
  GetObjectRequest request;
  request.expected_bucket_owner = "999999999999";
  EXPECT_EQ(refusal([&] { get(lake, std::move(request)); }), "AccessDenied");
}

}  // namespace
}  // namespace tarn::s3
