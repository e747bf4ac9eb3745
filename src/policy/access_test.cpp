#include "policy/access.h"

#include <gtest/gtest.h>

#include <ctime>

#include "policy/evaluated_access.h"
#include "policy/testing.h"

namespace tarn::policy {
namespace {

class OneBucket : public ResourcePolicies {
 public:
  Found found;
  Task<Found> find(std::string) override { co_return found; }
};

const ManualClock wall{from_millis(1'750'000'000'000)};

TEST(EvaluatedAccess, SaysWhoMayNotDoWhatOnWhatAndWhy) {
  const EvaluatedAccess access(make_rights(testing::user("alice")), {}, wall, nullptr);
  try {
    sync_wait(access.require("s3:GetObject", "arn:aws:s3:::lake/raw/x"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), errors::access_denied);
    EXPECT_EQ(error.message(),
              "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: s3:GetObject on resource: "
              "\"arn:aws:s3:::lake/raw/x\" because no identity-based policy allows the s3:GetObject action");
  }
  const auto denials = access.take_denials();
  ASSERT_EQ(denials.size(), 1U);
  EXPECT_EQ(denials[0].action, "s3:GetObject");
}

TEST(EvaluatedAccess, NamesTheKindOfPolicyThatDenies) {
  OneBucket bucket;
  bucket.found.owner = testing::home;
  bucket.found.policy = testing::resource_policy(
      R"({"Sid":"No","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::lake/*"})");
  const EvaluatedAccess access(make_rights(testing::root_of(testing::home)), {}, wall, &bucket);
  try {
    sync_wait(access.require("s3:GetObject", "arn:aws:s3:::lake/x"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(),
              "User: arn:aws:iam::111122223333:root is not authorized to perform: s3:GetObject on resource: "
              "\"arn:aws:s3:::lake/x\" with an explicit deny in a resource-based policy");
  }
  EXPECT_EQ(access.take_denials().at(0).decision.statement_id, "No");
}

TEST(EvaluatedAccess, MakesTheFactsOfARequestOnceAPolicyAsks) {
  OneBucket bucket;
  bucket.found.owner = testing::home;
  bucket.found.policy = testing::resource_policy(
      R"({"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::lake/*",
          "Condition":{"Bool":{"aws:SecureTransport":"false"}}})");
  EvaluatedAccess access(make_rights(testing::root_of(testing::home)), {}, wall, &bucket);
  int made = 0;
  access.make_facts_by([&made] {
    ++made;
    return Facts{{"aws:SecureTransport", {"false"}}};
  });
  EXPECT_TRUE(sync_wait(access.allows("s3:GetObject", "arn:aws:s3:::lake/x")));
  EXPECT_EQ(made, 0) << "no statement that applies has a condition";
  EXPECT_FALSE(sync_wait(access.allows("s3:PutObject", "arn:aws:s3:::lake/x")));
  EXPECT_FALSE(sync_wait(access.allows("s3:PutObject", "arn:aws:s3:::lake/y")));
  EXPECT_EQ(access.request_facts().size(), 1u);
  EXPECT_EQ(made, 1);
}

TEST(EvaluatedAccess, TellsStrangersNothing) {
  const EvaluatedAccess access(make_rights({}), {}, wall, nullptr);
  try {
    sync_wait(access.require("s3:GetObject", "arn:aws:s3:::lake/x"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "Access Denied");
  }
}

TEST(EvaluatedAccess, ReadsTheOwnerFromTheArn) {
  const EvaluatedAccess access(make_rights(testing::root_of(testing::home)), {}, wall, nullptr);
  EXPECT_TRUE(sync_wait(access.allows("glue:GetTable", "arn:aws:glue:us-east-1:111122223333:table/a/b")));
  EXPECT_FALSE(sync_wait(access.allows("glue:GetTable", "arn:aws:glue:us-east-1:444455556666:table/a/b")));
}

TEST(EvaluatedAccess, AnswersFromWhatThePipelineDecidedButNotForOtherFacts) {
  PolicySet policies;
  policies.identity.push_back({"p", testing::identity_policy(
                                        R"({"Effect":"Allow","Action":"s3:ListBucket","Resource":"*",
                                            "Condition":{"StringEquals":{"s3:prefix":"raw/"}}})")});
  const EvaluatedAccess access(make_rights(testing::user("alice"), policies), {}, wall, nullptr);
  EXPECT_FALSE(sync_wait(access.allows("s3:ListBucket", "arn:aws:s3:::lake")));
  sync_wait(access.require("s3:ListBucket", "arn:aws:s3:::lake", {{"s3:prefix", {"raw/"}}}));
  EXPECT_TRUE(sync_wait(access.allows("s3:ListBucket", "arn:aws:s3:::lake")));
  EXPECT_FALSE(sync_wait(access.allows("s3:ListBucket", "arn:aws:s3:::pond")));
  EXPECT_FALSE(sync_wait(access.allows("s3:ListBucket", "arn:aws:s3:::lake", {{"s3:prefix", {"secret/"}}})));
  EXPECT_TRUE(access.take_denials().empty());
}

TEST(EvaluatedAccess, FollowsRightsThatChange) {
  auto rights = make_rights(testing::user("alice"));
  EvaluatedAccess access(rights, {}, wall, nullptr);
  access.refresh_by([&rights]() -> Task<std::shared_ptr<const Rights>> { co_return rights; });
  EXPECT_FALSE(sync_wait(access.allows("s3:GetObject", "arn:aws:s3:::lake/x")));
  PolicySet policies;
  policies.identity.push_back({"p", testing::identity_policy(R"({"Effect":"Allow","Action":"*","Resource":"*"})")});
  rights = make_rights(testing::user("alice"), policies);
  EXPECT_TRUE(sync_wait(access.allows("s3:GetObject", "arn:aws:s3:::lake/x")));
}

TEST(EvaluatedAccess, TellsOfDenialsAfterItsRequest) {
  class Listener : public DenialListener {
   public:
    std::vector<Denial> heard;
    void denied(const Principal&, const Facts&, const Denial& denial) override { heard.push_back(denial); }
  };
  Listener listener;
  EvaluatedAccess access(make_rights(testing::user("alice")), {}, wall, nullptr);
  access.tell_denials_to(&listener, false);
  EXPECT_THROW(sync_wait(access.require("s3:GetObject", "arn:aws:s3:::lake/x")), Error);
  EXPECT_EQ(access.take_denials().size(), 1U);
  EXPECT_TRUE(listener.heard.empty());
  EXPECT_THROW(sync_wait(access.require("s3:GetObject", "arn:aws:s3:::lake/y")), Error);
  ASSERT_EQ(listener.heard.size(), 1U);
  EXPECT_EQ(listener.heard[0].resource, "arn:aws:s3:::lake/y");
  EvaluatedAccess job(make_rights(testing::role_session("Crawler", "run")), {}, wall, nullptr);
  job.tell_denials_to(&listener, true);
  EXPECT_THROW(sync_wait(job.require("s3:GetObject", "arn:aws:s3:::lake/z")), Error);
  EXPECT_EQ(listener.heard.size(), 2U);
}

TEST(EvaluatedAccess, AsksTheOneWhoKeepsTheServicesPolicies) {
  OneBucket bucket;
  bucket.found.owner = testing::abroad;
  PoliciesByService policies;
  policies.add("s3", bucket);
  EXPECT_EQ(sync_wait(policies.find("arn:aws:s3:::lake")).owner, testing::abroad);
  EXPECT_EQ(sync_wait(policies.find("arn:aws:glue:us-east-1:1:x")).owner, std::nullopt);
  EXPECT_EQ(sync_wait(policies.find("*")).owner, std::nullopt);
}

// A decision is taken at every request: it may cost two microseconds. Measured generously, for loaded machines and
// builds without optimization.
TEST(EvaluatedAccess, DecidesQuickly) {
  OneBucket bucket;
  bucket.found.owner = testing::home;
  bucket.found.policy = testing::resource_policy(
      R"({"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::lake/*",
          "Condition":{"Bool":{"aws:SecureTransport":"false"}}})");
  PolicySet policies;
  policies.identity.push_back(
      {"p", testing::identity_policy(
                R"({"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"arn:aws:s3:::lake/*"})")});
  const Facts request = {{"aws:SourceIp", {"127.0.0.1"}}, {"aws:SecureTransport", {"true"}}, {"aws:UserAgent", {"x"}}};
  const EvaluatedAccess access(make_rights(testing::user("alice"), policies), request, wall, &bucket);
  const auto many = [](const EvaluatedAccess& asked, int times) -> Task<int> {
    int allowed = 0;
    for (int i = 0; i < times; ++i) {
      const Decision decision = co_await asked.decide("s3:GetObject", "arn:aws:s3:::lake/raw/flights/part-00001.csv");
      allowed += decision.allowed() ? 1 : 0;
    }
    co_return allowed;
  };
  constexpr int times = 20'000;
  const std::clock_t start = std::clock();  // Of the processor: a busy machine must not fail it.
  EXPECT_EQ(sync_wait(many(access, times)), times);
  const double microseconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC * 1e6 / times;
  RecordProperty("nanoseconds", static_cast<int>(microseconds * 1000));
  EXPECT_LT(microseconds, 50);
}

}  // namespace
}  // namespace tarn::policy
