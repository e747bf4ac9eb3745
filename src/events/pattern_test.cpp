#include "events/pattern.h"

#include <gtest/gtest.h>

namespace tarn::events {
namespace {

// The form of S3's "Object Created", and fields that the documentation's examples use.
const char* const event = R"({
  "version": "0", "id": "17793124-05d4-b198-2fde-7ededc63b103", "detail-type": "Object Created", "source": "aws.s3",
  "account": "111122223333", "resources": ["arn:aws:s3:::lake", "arn:aws:s3:::other"],
  "detail": {"bucket": {"name": "lake"},
             "object": {"key": "raw/flights/2013.csv", "size": 5000, "etag": "b1946ac92492d2347c6235b4d2611184"},
             "source-ip-address": "10.0.0.17", "state": null, "empty": [], "ok": true, "Case": "MiXed"}})";

struct PatternCase {
  const char* name;
  const char* pattern;
  bool matches;
};

class PatternTest : public testing::TestWithParam<PatternCase> {};

TEST_P(PatternTest, Decides) {
  EXPECT_EQ(Pattern(GetParam().pattern).matches(event), GetParam().matches);
}

INSTANTIATE_TEST_SUITE_P(
    , PatternTest,
    testing::Values(
        PatternCase{"Exact", R"({"source": ["aws.s3"]})", true},
        PatternCase{"OneOfSeveral", R"({"source": ["aws.ec2", "aws.s3"]})", true},
        PatternCase{"AllFields", R"({"source": ["aws.s3"], "account": ["0"]})", false},
        PatternCase{"MissingField", R"({"nosuch": ["x"]})", false},
        PatternCase{"BucketAndPrefix",
                    R"({"source":["aws.s3"],"detail-type":["Object Created"],
                        "detail":{"bucket":{"name":["lake"]},"object":{"key":[{"prefix":"raw/"}]}}})",
                    true},
        PatternCase{"OtherPrefix", R"({"detail":{"object":{"key":[{"prefix":"features/"}]}}})", false},
        PatternCase{"Suffix", R"({"detail":{"object":{"key":[{"suffix":".csv"}]}}})", true},
        PatternCase{"SuffixIgnoringCase", R"({"detail":{"object":{"key":[{"suffix":{"equals-ignore-case":".CSV"}}]}}})",
                    true},
        PatternCase{"EqualsIgnoreCase", R"({"detail":{"Case":[{"equals-ignore-case":"mixed"}]}})", true},
        PatternCase{"AnythingBut", R"({"detail":{"bucket":{"name":[{"anything-but":"x"}]}}})", true},
        PatternCase{"AnythingButList", R"({"detail":{"bucket":{"name":[{"anything-but":["x","lake"]}]}}})", false},
        PatternCase{"AnythingButPrefix", R"({"detail":{"object":{"key":[{"anything-but":{"prefix":"raw/"}}]}}})",
                    false},
        PatternCase{"AnythingButPrefixes", R"({"detail":{"object":{"key":[{"anything-but":{"prefix":["x","y"]}}]}}})",
                    true},
        PatternCase{"AnythingButWantsTheField", R"({"nosuch":[{"anything-but":"x"}]})", false},
        PatternCase{"Numeric", R"({"detail":{"object":{"size":[{"numeric":[">",0,"<=",5000]}]}}})", true},
        PatternCase{"NumericOutside", R"({"detail":{"object":{"size":[{"numeric":["<",5000]}]}}})", false},
        PatternCase{"NumberLiteral", R"({"detail":{"object":{"size":[5000]}}})", true},
        PatternCase{"NumberIsNoString", R"({"detail":{"object":{"size":["5000"]}}})", false},
        PatternCase{"Exists", R"({"detail":{"object":{"etag":[{"exists":true}]}}})", true},
        PatternCase{"ExistsFalse", R"({"detail":{"object":{"version-id":[{"exists":false}]}}})", true},
        PatternCase{"ExistsFalseOfWhatIsThere", R"({"detail":{"object":{"etag":[{"exists":false}]}}})", false},
        PatternCase{"ExistsFalseBelowNothing", R"({"nosuch":{"deep":[{"exists":false}]}})", true},
        PatternCase{"Null", R"({"detail":{"state":[null]}})", true},
        PatternCase{"True", R"({"detail":{"ok":[true]}})", true},
        PatternCase{"ListsMatchByElement", R"({"resources":["arn:aws:s3:::other"]})", true},
        PatternCase{"Wildcard", R"({"detail":{"object":{"key":[{"wildcard":"raw/*/2013.*"}]}}})", true},
        PatternCase{"WildcardIsWhole", R"({"detail":{"object":{"key":[{"wildcard":"raw/*/2013"}]}}})", false},
        PatternCase{"WildcardEscape", R"({"detail":{"object":{"key":[{"wildcard":"raw/\\*"}]}}})", false},
        PatternCase{"Cidr", R"({"detail":{"source-ip-address":[{"cidr":"10.0.0.0/24"}]}})", true},
        PatternCase{"CidrOutside", R"({"detail":{"source-ip-address":[{"cidr":"10.0.0.0/28"}]}})", false},
        PatternCase{"Or", R"({"$or":[{"source":["x"]},{"detail":{"ok":[true]}}]})", true},
        PatternCase{"OrNone", R"({"$or":[{"source":["x"]},{"source":["y"]}]})", false}),
    [](const auto& info) { return info.param.name; });

TEST(PatternErrors, MalformedPatternsAreRefused) {
  for (const char* bad : {"",
                          "x",
                          "[]",
                          "{}",
                          R"({"source":"aws.s3"})",
                          R"({"source":[]})",
                          R"({"source":{}})",
                          R"({"source":[["x"]]})",
                          R"({"a":[{"prefix":1}]})",
                          R"({"a":[{"prefix":"x","suffix":"y"}]})",
                          R"({"a":[{"unknown":"x"}]})",
                          R"({"a":[{"numeric":[">"]}]})",
                          R"({"a":[{"numeric":["~",1]}]})",
                          R"({"a":[{"numeric":[]}]})",
                          R"({"a":[{"exists":"yes"}]})",
                          R"({"a":[{"cidr":"10.0.0.0"}]})",
                          R"({"a":[{"cidr":"10.0.0.0/33"}]})",
                          R"({"a":[{"anything-but":[]}]})",
                          R"({"a":[{"anything-but":{"exists":true}}]})",
                          R"({"a":[{"wildcard":"a**b"}]})",
                          R"({"$or":[{"a":["x"]}]})"}) {
    EXPECT_THROW(Pattern{bad}, Error) << bad;
  }
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += R"({"a":)";
  EXPECT_THROW(Pattern(deep + "[1]" + std::string(100, '}')), Error);
}

TEST(PatternErrors, WhatIsNoEventMatchesNothing) {
  const Pattern pattern(R"({"source":[{"exists":false}]})");
  EXPECT_FALSE(pattern.matches("nonsense"));
  EXPECT_FALSE(pattern.matches("[]"));
  EXPECT_TRUE(pattern.matches("{}"));
}

}  // namespace
}  // namespace tarn::events
