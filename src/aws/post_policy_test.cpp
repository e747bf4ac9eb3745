#include "aws/post_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/post_request.h"

namespace tarn::aws {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string with(const std::string& conditions) {
  return R"({"expiration": "2030-01-01T00:00:00.000Z", "conditions": [)" + conditions + "]}";
}

// What the policy says of these fields, in a bucket called "photos".
std::string verdict(const std::string& json, const Fields& fields, std::int64_t now_ms = 1'700'000'000'000) {
  try {
    (void)check_post_policy(parse_post_policy(json), fields, "photos", from_millis(now_ms));
    return "allowed";
  } catch (const Error& error) {
    return std::string(error.code().name) + ": " + error.message();
  }
}

TEST(PostPolicy, ValuesAreComparedWholeOrByTheirBeginning) {
  const std::string policy = with(R"({"bucket": "photos"}, ["starts-with", "$key", "user/eric/"], {"acl": "private"})");
  EXPECT_EQ(verdict(policy, {{"key", "user/eric/a.jpg"}, {"acl", "private"}}), "allowed");
  EXPECT_EQ(verdict(policy, {{"KEY", "user/eric/a.jpg"}, {"Acl", "private"}}), "allowed");
  EXPECT_EQ(verdict(policy, {{"key", "user/mary/a.jpg"}, {"acl", "private"}}),
            "AccessDenied: Invalid according to Policy: Policy Condition failed: "
            R"(["starts-with", "$key", "user/eric/"])");
  EXPECT_EQ(verdict(policy, {{"key", "user/eric/a.jpg"}, {"acl", "public-read"}}),
            R"(AccessDenied: Invalid according to Policy: Policy Condition failed: ["eq", "$acl", "private"])");
}

TEST(PostPolicy, WhatItSaysMustBeThere) {
  EXPECT_THAT(verdict(with(R"(["starts-with", "$key", ""], ["starts-with", "$Content-Type", ""])"), {{"key", "a"}}),
              HasSubstr("Policy Condition failed"));
  EXPECT_THAT(verdict(with(R"({"bucket": "others"}, ["eq", "$key", "a"])"), {{"key", "a"}}),
              HasSubstr("Policy Condition failed"));
  EXPECT_THAT(verdict(with(R"({"bucket": "photos"}, ["eq", "$key", "a"])"), {{"key", "a"}, {"bucket", "others"}}),
              HasSubstr("Policy Condition failed"));
}

TEST(PostPolicy, ItMustSpeakOfEveryField) {
  const std::string policy = with(R"(["eq", "$key", "a"])");
  EXPECT_EQ(verdict(policy, {{"key", "a"}, {"x-amz-meta-colour", "red"}}),
            "AccessDenied: Invalid according to Policy: Extra input fields: x-amz-meta-colour");
  EXPECT_EQ(verdict(policy, {{"key", "a"},
                             {"x-ignore-me", "1"},
                             {"policy", "p"},
                             {"AWSAccessKeyId", "A"},
                             {"signature", "s"},
                             {"X-Amz-Signature", "s"}}),
            "allowed");
}

TEST(PostPolicy, ListsOfTypesMustAllFit) {
  const std::string policy = with(R"(["starts-with", "$key", ""], ["starts-with", "$Content-Type", "image/"])");
  EXPECT_EQ(verdict(policy, {{"key", "a"}, {"Content-Type", "image/jpg, image/png"}}), "allowed");
  EXPECT_THAT(verdict(policy, {{"key", "a"}, {"Content-Type", "image/jpg,text/html"}}), HasSubstr("failed"));
}

TEST(PostPolicy, ItEnds) {
  const std::string policy = with(R"(["eq", "$key", "a"])");
  EXPECT_EQ(verdict(policy, {{"key", "a"}}, 1'893'456'000'000), "allowed");
  EXPECT_EQ(verdict(policy, {{"key", "a"}}, 1'893'456'000'001),
            "AccessDenied: Invalid according to Policy: Policy expired.");
}

TEST(PostPolicy, LengthsAreNumbersOrTheirText) {
  const auto range = [](const std::string& conditions) {
    return check_post_policy(parse_post_policy(with(conditions)), {}, "photos", from_millis(0));
  };
  EXPECT_EQ(range(R"(["content-length-range", 1, "10"])")->most, 10u);
  EXPECT_EQ(range(R"(["content-length-range", 1, 10], ["content-length-range", 3, 20])")->least, 3u);
  EXPECT_EQ(range(R"({"bucket": "photos"})"), std::nullopt);
}

TEST(PostPolicy, DollarsMayBeEscaped) {
  EXPECT_EQ(verdict(with(R"(["starts-with", "$key", "\$a\\"])"), {{"key", R"($a\b)"}}), "allowed");
}

TEST(PostPolicy, MalformedOnesAreRefused) {
  for (const std::string& json : std::initializer_list<std::string>{
           "", "[]", "{", R"({"conditions": []})", R"({"expiration": "2030-01-01T00:00:00Z"})",
           R"({"expiration": "soon", "conditions": [{"key": "a"}]})", with(""), with(R"("eq")"), with("{}"),
           with(R"(["eq", "key", "a"])"), with(R"(["like", "$key", "a"])"), with(R"(["eq", "$key"])"),
           with(R"(["eq", "$key", 1])"), with(R"({"key": 1})"), with(R"(["content-length-range", -1, 5])"),
           with(R"(["content-length-range", "1x", 5])"), with(R"(["content-length-range", 1])"),
           std::string(20'000, '[')}) {
    EXPECT_THAT(verdict(json, {{"key", "a"}}), StartsWith("InvalidPolicyDocument: Invalid Policy: ")) << json;
  }
}

TEST(PostPolicy, TagsAreXml) {
  EXPECT_EQ(tagging_text("<Tagging><TagSet><Tag><Key>a b</Key><Value>1&amp;2</Value></Tag><Tag><Key>c</Key><Value/>"
                         "</Tag></TagSet></Tagging>"),
            "a%20b=1%262&c=");
  EXPECT_EQ(tagging_text("<Tagging><TagSet/></Tagging>"), "");
  for (const char* xml : {"", "a=1", "<Tagging/>", "<Tagging><TagSet><Other/></TagSet></Tagging>"}) {
    EXPECT_THROW(tagging_text(xml), Error) << xml;
  }
}

}  // namespace
}  // namespace tarn::aws
