#include "replicate/remote.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tarn::replicate {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

objects::ObjectVersion version() {
  objects::ObjectVersion version;
  version.key = ObjectKey::trusted("k");
  version.sequence = 1'700'000'000'000;
  version.nonce = 5;
  version.null = false;
  version.e_tag = "900150983cd24fb0d6963f7d28e17f72";
  version.description.content_type = "text/csv";
  version.description.metadata = {{"origin", "jfk"}};
  version.tags = {{"a b", "c&d"}};
  return version;
}

TEST(Destinations, AreBucketsHereAndThere) {
  EXPECT_EQ(parse_destination("arn:aws:s3:::bucket")->bucket, "bucket");
  EXPECT_EQ(parse_destination("arn:aws:s3:::bucket")->remote, "");
  const auto far = parse_destination("arn:tarn:replication:us-east-1:111122223333:far/bucket");
  ASSERT_TRUE(far);
  EXPECT_EQ(far->remote, "far");
  EXPECT_EQ(far->bucket, "bucket");
  for (const char* bad :
       {"", "bucket", "arn:aws:s3:::", "arn:aws:s3:::No", "arn:tarn:replication:::far",
        "arn:tarn:replication:::/bucket", "arn:tarn:replication:::far/", "arn:tarn:replication:::far/a/b"}) {
    EXPECT_FALSE(parse_destination(bad)) << bad;
  }
}

TEST(Remote, SaysWhatTheVersionSays) {
  const Timestamp now = from_millis(1'700'000'000'000);
  objects::ObjectVersion each = version();
  const Headers headers = headers_of(each, objects::StorageClass::standard_ia, now);
  EXPECT_THAT(headers, Contains(Pair("x-tarn-replica-of", each.id().text())));
  EXPECT_THAT(headers, Contains(Pair("x-amz-meta-origin", "jfk")));
  EXPECT_THAT(headers, Contains(Pair("x-amz-tagging", "a%20b=c%26d")));
  EXPECT_THAT(headers, Contains(Pair("x-amz-storage-class", "STANDARD_IA")));
  EXPECT_THAT(headers, Contains(Pair("Content-MD5", "kAFQmDzST7DWlj99KOF/cg==")));
  each.lock.retention =
      objects::Retention{.mode = objects::Retention::Mode::compliance, .until = now + Milliseconds(1)};
  EXPECT_THAT(headers_of(each, {}, now), Contains(Pair("x-amz-object-lock-mode", "COMPLIANCE")));
  EXPECT_THAT(headers_of(each, {}, now + Milliseconds(1)), Not(Contains(Pair("x-amz-object-lock-mode", "COMPLIANCE"))));
  each.delete_marker = true;
  EXPECT_EQ(headers_of(each, {}, now).size(), 1U);
}

TEST(Remote, SignsAllHeaders) {
  const Remote remote{
      .url = *http::Url::parse("http://far.test:9000"), .access_key_id = "AKIDEXAMPLE", .secret_access_key = "secret"};
  const Headers headers = sign(remote, "PUT", "/bucket/k", {{"x-amz-meta-a", "b"}}, from_millis(1'700'000'000'000));
  const std::string authorization = headers.back().second;
  EXPECT_THAT(authorization, HasSubstr("Credential=AKIDEXAMPLE/20231114/us-east-1/s3/aws4_request"));
  EXPECT_THAT(authorization, HasSubstr("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a,"));
  EXPECT_THAT(authorization, Not(HasSubstr("secret")));
  const Headers other = sign(remote, "PUT", "/bucket/k", {{"x-amz-meta-a", "c"}}, from_millis(1'700'000'000'000));
  EXPECT_NE(other.back().second, authorization);
}

}  // namespace
}  // namespace tarn::replicate
