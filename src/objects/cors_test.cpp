#include "objects/cors.h"

#include <gtest/gtest.h>

#include "objects/testing.h"

namespace tarn::objects {
namespace {

using testing::refusal;

CorsRule rule(std::vector<std::string> methods, std::vector<std::string> origins,
              std::vector<std::string> headers = {}) {
  return {.id = {},
          .methods = std::move(methods),
          .origins = std::move(origins),
          .headers = std::move(headers),
          .expose = {},
          .max_age_seconds = {}};
}

TEST(Cors, FindsTheFirstRuleThatFits) {
  const std::vector<CorsRule> rules{rule({"GET"}, {"*suffix"}), rule({"GET"}, {"start*end"}),
                                    rule({"PUT"}, {"https://app.test"}, {"x-amz-*", "Content-Type"}),
                                    rule({"HEAD"}, {"*"})};
  const auto fits = [&](std::string_view origin, std::string_view method, std::vector<std::string> headers = {}) {
    return match(rules, origin, method, headers).has_value();
  };
  EXPECT_TRUE(fits("foo.suffix", "GET"));
  EXPECT_FALSE(fits("foo.suffix.get", "GET"));
  EXPECT_TRUE(fits("startend", "GET"));
  EXPECT_TRUE(fits("start1end", "GET"));
  EXPECT_FALSE(fits("star", "GET"));
  EXPECT_FALSE(fits("foo.suffix", "PUT"));
  EXPECT_TRUE(fits("https://app.test", "PUT", {"X-Amz-Meta-A", "content-type"}));
  EXPECT_FALSE(fits("https://app.test", "PUT", {"x-amz-meta-a", "authorization"}));
  EXPECT_TRUE(match(rules, "anything", "HEAD", {})->any_origin);
  EXPECT_FALSE(match(rules, "foo.suffix", "GET", {})->any_origin);
}

TEST(Cors, RefusesWhatNoBrowserCouldBeTold) {
  const auto refused = [](CorsRule each) { return refusal([&] { check({each}); }); };
  EXPECT_EQ(refused(rule({"GET"}, {"*"})), "(none)");
  EXPECT_EQ(refused(rule({"PATCH"}, {"*"})), "InvalidRequest");
  EXPECT_EQ(refused(rule({"get"}, {"*"})), "InvalidRequest");
  EXPECT_EQ(refused(rule({"GET"}, {"*.*"})), "InvalidRequest");
  EXPECT_EQ(refused(rule({"GET"}, {"*"}, {"*-*"})), "InvalidRequest");
  EXPECT_EQ(refused(rule({}, {"*"})), "MalformedXML");
  EXPECT_EQ(refused(rule({"GET"}, {})), "MalformedXML");
  CorsRule exposing = rule({"GET"}, {"*"});
  exposing.expose = {"x-*"};
  EXPECT_EQ(refused(exposing), "InvalidRequest");
  EXPECT_EQ(refusal([] { check({}); }), "MalformedXML");
  EXPECT_EQ(refusal([] { check(std::vector<CorsRule>(101, rule({"GET"}, {"*"}))); }), "MalformedXML");
}

TEST(Cors, RulesComeBack) {
  std::vector<CorsRule> rules{rule({"GET", "PUT"}, {"*"}, {"*"}), rule({"POST"}, {"https://a.test"})};
  rules[1].id = "second";
  rules[1].expose = {"ETag"};
  rules[1].max_age_seconds = 3000;
  const std::string document = pack(rules);
  EXPECT_EQ(unpack_cors(document), rules);
  for (std::size_t size = 0; size < document.size(); ++size) {
    EXPECT_THROW(unpack_cors(std::string_view(document).substr(0, size)), std::runtime_error) << size;
  }
}

}  // namespace
}  // namespace tarn::objects
