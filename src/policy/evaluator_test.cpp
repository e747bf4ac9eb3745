#include "policy/evaluator.h"

#include <gtest/gtest.h>

#include "policy/testing.h"

namespace tarn::policy {
namespace {

using testing::Question;
using Kind = Decision::Kind;

const std::string everything = R"({"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"})";
const std::string reading =
    R"({"Sid":"Read","Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::lake/raw/*"})";
const std::string writing = R"({"Effect":"Allow","Action":"s3:Put*","Resource":"*"})";
const std::string no_raw = R"({"Sid":"NoRaw","Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::lake/raw/*"})";

AttachedPolicy attached(const std::string& statements, const std::string& id = "p") {
  return {id, testing::identity_policy(statements)};
}
// A bucket policy with one statement on all of the bucket.
std::shared_ptr<const Document> bucket(const std::string& principal, const std::string& effect = "Allow") {
  return testing::resource_policy(R"({"Sid":"Bucket","Effect":")" + effect + R"(","Principal":)" + principal +
                                  R"(,"Action":"s3:*","Resource":["arn:aws:s3:::lake","arn:aws:s3:::lake/*"]})");
}
std::string aws(const std::string& arn) {
  return R"({"AWS":")" + arn + R"("})";
}

struct EvaluationCase {
  std::string name;
  Question question;
  Kind kind;
  std::string layer;
  std::string statement;
};
class Evaluation : public ::testing::TestWithParam<EvaluationCase> {};

TEST_P(Evaluation, FollowsAwsOrder) {
  const Decision decision = testing::answer(GetParam().question);
  EXPECT_EQ(decision.kind, GetParam().kind);
  EXPECT_EQ(decision.layer, GetParam().layer);
  EXPECT_EQ(decision.statement_id, GetParam().statement);
}

const auto name_of = [](const auto& info) { return info.param.name; };
const std::string identity_layer = "identity-based policy";
const std::string resource_layer = "resource-based policy";
const std::string boundary_layer = "permissions boundary";
const std::string session_layer = "session policy";
const std::string alice = "arn:aws:iam::111122223333:user/alice";
const std::string session_arn = "arn:aws:sts::111122223333:assumed-role/Crawler/run";
const std::string role_arn = "arn:aws:iam::111122223333:role/Crawler";

INSTANTIATE_TEST_SUITE_P(
    InOneAccount, Evaluation,
    ::testing::Values(
        EvaluationCase{"NothingIsAllowedByDefault", {}, Kind::implicit_deny, identity_layer, ""},
        EvaluationCase{"RootIsAllowed", {.principal = testing::root_of(testing::home)}, Kind::allow, "root", ""},
        EvaluationCase{"IdentityPolicyAllows",
                       {.policies = {.identity = {attached(reading)}}},
                       Kind::allow,
                       identity_layer,
                       "Read"},
        EvaluationCase{"OtherActionIsNotAllowed",
                       {.action = "s3:PutObject", .policies = {.identity = {attached(reading)}}},
                       Kind::implicit_deny,
                       identity_layer,
                       ""},
        EvaluationCase{"ActionsIgnoreCase",
                       {.action = "S3:gETobject", .policies = {.identity = {attached(reading)}}},
                       Kind::allow,
                       identity_layer,
                       "Read"},
        EvaluationCase{"ResourcesDoNotIgnoreCase",
                       {.resource = "arn:aws:s3:::lake/RAW/x", .policies = {.identity = {attached(reading)}}},
                       Kind::implicit_deny,
                       identity_layer,
                       ""},
        EvaluationCase{"DenyBeatsAllowInAnotherPolicy",
                       {.policies = {.identity = {attached(everything), attached(no_raw)}}},
                       Kind::explicit_deny,
                       identity_layer,
                       "NoRaw"},
        EvaluationCase{"DenyBeatsAllowInTheSamePolicy",
                       {.policies = {.identity = {attached(everything + "," + no_raw)}}},
                       Kind::explicit_deny,
                       identity_layer,
                       "NoRaw"},
        EvaluationCase{"StatementWithoutSidHasItsNumber",
                       {.action = "s3:PutObject", .policies = {.identity = {attached(reading + "," + writing)}}},
                       Kind::allow,
                       identity_layer,
                       "#2"},
        EvaluationCase{
            "BucketPolicyNamesTheUser", {.resource_policy = bucket(aws(alice))}, Kind::allow, resource_layer, "Bucket"},
        EvaluationCase{
            "BucketPolicyNamesEveryone", {.resource_policy = bucket("\"*\"")}, Kind::allow, resource_layer, "Bucket"},
        EvaluationCase{"BucketPolicyNamesTheAccountOnly",
                       {.resource_policy = bucket(aws("111122223333"))},
                       Kind::implicit_deny,
                       identity_layer,
                       ""},
        EvaluationCase{"AccountAndIdentityPolicy",
                       {.policies = {.identity = {attached(reading)}}, .resource_policy = bucket(aws("111122223333"))},
                       Kind::allow,
                       identity_layer,
                       "Read"},
        EvaluationCase{"BucketPolicyDenies",
                       {.policies = {.identity = {attached(everything)}}, .resource_policy = bucket("\"*\"", "Deny")},
                       Kind::explicit_deny,
                       resource_layer,
                       "Bucket"},
        EvaluationCase{"BucketPolicyDeniesRoot",
                       {.principal = testing::root_of(testing::home), .resource_policy = bucket("\"*\"", "Deny")},
                       Kind::explicit_deny,
                       resource_layer,
                       "Bucket"},
        EvaluationCase{"ButRootMayMendIt",
                       {.principal = testing::root_of(testing::home),
                        .action = "s3:DeleteBucketPolicy",
                        .resource = "arn:aws:s3:::lake",
                        .resource_policy = bucket("\"*\"", "Deny")},
                       Kind::allow,
                       "root",
                       ""},
        EvaluationCase{"UserMayNotMendIt",
                       {.action = "s3:DeleteBucketPolicy",
                        .resource = "arn:aws:s3:::lake",
                        .policies = {.identity = {attached(everything)}},
                        .resource_policy = bucket("\"*\"", "Deny")},
                       Kind::explicit_deny,
                       resource_layer,
                       "Bucket"},
        EvaluationCase{
            "NotPrincipalSparesTheNamed",
            {.policies = {.identity = {attached(everything)}},
             .resource_policy = testing::resource_policy(R"({"Effect":"Deny","NotPrincipal":{"AWS":")" + alice +
                                                         R"("},"Action":"s3:*","Resource":"arn:aws:s3:::lake/*"})")},
            Kind::allow,
            identity_layer,
            "All"},
        EvaluationCase{
            "NotPrincipalDeniesOthers",
            {.principal = testing::user("bob"),
             .policies = {.identity = {attached(everything)}},
             .resource_policy = testing::resource_policy(R"({"Effect":"Deny","NotPrincipal":{"AWS":")" + alice +
                                                         R"("},"Action":"s3:*","Resource":"arn:aws:s3:::lake/*"})")},
            Kind::explicit_deny,
            resource_layer,
            "#1"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Limits, Evaluation,
    ::testing::Values(
        EvaluationCase{"BoundaryThatAllows",
                       {.policies = {.identity = {attached(everything)}, .boundary = attached(reading)}},
                       Kind::allow,
                       identity_layer,
                       "All"},
        EvaluationCase{"BoundaryThatDoesNot",
                       {.policies = {.identity = {attached(everything)}, .boundary = attached(writing)}},
                       Kind::implicit_deny,
                       boundary_layer,
                       ""},
        EvaluationCase{
            "BoundaryThatDenies",
            {.policies = {.identity = {attached(everything)}, .boundary = attached(everything + "," + no_raw)}},
            Kind::explicit_deny,
            boundary_layer,
            "NoRaw"},
        EvaluationCase{"BoundaryGivesNothing",
                       {.policies = {.boundary = attached(everything)}},
                       Kind::implicit_deny,
                       identity_layer,
                       ""},
        EvaluationCase{"UserNamedByTheBucketPassesTheBoundary",
                       {.policies = {.boundary = attached(writing)}, .resource_policy = bucket(aws(alice))},
                       Kind::allow,
                       resource_layer,
                       "Bucket"},
        EvaluationCase{"EveryoneNamedByTheBucketDoesNot",
                       {.policies = {.boundary = attached(writing)}, .resource_policy = bucket("\"*\"")},
                       Kind::implicit_deny,
                       boundary_layer,
                       ""},
        EvaluationCase{"SessionPolicyThatDoesNotAllow",
                       {.principal = testing::role_session("Crawler", "run"),
                        .policies = {.identity = {attached(everything)},
                                     .has_session_policy = true,
                                     .session = {attached(writing)}}},
                       Kind::implicit_deny,
                       session_layer,
                       ""},
        EvaluationCase{"OneOfTheSessionPoliciesAllows",
                       {.principal = testing::role_session("Crawler", "run"),
                        .policies = {.identity = {attached(everything)},
                                     .has_session_policy = true,
                                     .session = {attached(writing), attached(reading)}}},
                       Kind::allow,
                       identity_layer,
                       "All"},
        EvaluationCase{"SessionPolicyThatDenies",
                       {.principal = testing::role_session("Crawler", "run"),
                        .policies = {.identity = {attached(everything)},
                                     .has_session_policy = true,
                                     .session = {attached(everything + "," + no_raw)}}},
                       Kind::explicit_deny,
                       session_layer,
                       "NoRaw"},
        EvaluationCase{"SessionNamedByTheBucketPassesItsPolicy",
                       {.principal = testing::role_session("Crawler", "run"),
                        .policies = {.has_session_policy = true, .session = {attached(writing)}},
                        .resource_policy = bucket(aws(session_arn))},
                       Kind::allow,
                       resource_layer,
                       "Bucket"},
        EvaluationCase{"RoleNamedByTheBucketDoesNot",
                       {.principal = testing::role_session("Crawler", "run"),
                        .policies = {.has_session_policy = true, .session = {attached(writing)}},
                        .resource_policy = bucket(aws(role_arn))},
                       Kind::implicit_deny,
                       session_layer,
                       ""},
        EvaluationCase{"RoleNamedByTheBucketNeedsNoIdentityPolicy",
                       {.principal = testing::role_session("Crawler", "run"), .resource_policy = bucket(aws(role_arn))},
                       Kind::allow,
                       resource_layer,
                       "Bucket"},
        EvaluationCase{"EveryOrganizationLevelMustAllow",
                       {.policies = {.identity = {attached(everything)},
                                     .service_control = {{attached(everything)}, {attached(writing)}}}},
                       Kind::implicit_deny,
                       "service control policy",
                       ""},
        EvaluationCase{"OrganizationBindsRoot",
                       {.principal = testing::root_of(testing::home),
                        .policies = {.service_control = {{attached(everything + "," + no_raw)}}}},
                       Kind::explicit_deny,
                       "service control policy",
                       "NoRaw"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    AcrossAccounts, Evaluation,
    ::testing::Values(
        EvaluationCase{
            "IdentityPolicyAloneDoesNotSuffice",
            {.principal = testing::user("eve", testing::abroad), .policies = {.identity = {attached(everything)}}},
            Kind::implicit_deny,
            resource_layer,
            ""},
        EvaluationCase{"BucketPolicyAloneDoesNotSuffice",
                       {.principal = testing::user("eve", testing::abroad), .resource_policy = bucket("\"*\"")},
                       Kind::implicit_deny,
                       identity_layer,
                       ""},
        EvaluationCase{"BothSuffice",
                       {.principal = testing::user("eve", testing::abroad),
                        .policies = {.identity = {attached(everything)}},
                        .resource_policy = bucket(aws("arn:aws:iam::444455556666:root"))},
                       Kind::allow,
                       resource_layer,
                       "Bucket"},
        EvaluationCase{"RootOfAnotherAccountNeedsTheBucketPolicy",
                       {.principal = testing::root_of(testing::abroad)},
                       Kind::implicit_deny,
                       resource_layer,
                       ""},
        EvaluationCase{"RootOfAnotherAccountThatIsNamed",
                       {.principal = testing::root_of(testing::abroad), .resource_policy = bucket(aws("444455556666"))},
                       Kind::allow,
                       resource_layer,
                       "Bucket"},
        EvaluationCase{"PublicAccessBlocked",
                       {.principal = testing::user("eve", testing::abroad),
                        .policies = {.identity = {attached(everything)}},
                        .resource_policy = bucket("\"*\""),
                        .public_access_blocked = true},
                       Kind::implicit_deny,
                       resource_layer,
                       ""},
        EvaluationCase{"BlockedPolicyStillServesItsAccount",
                       {.resource_policy = bucket("\"*\""), .public_access_blocked = true},
                       Kind::allow,
                       resource_layer,
                       "Bucket"},
        EvaluationCase{"BlockSparesPoliciesThatAreNotPublic",
                       {.principal = testing::user("eve", testing::abroad),
                        .policies = {.identity = {attached(everything)}},
                        .resource_policy = bucket(aws("444455556666")),
                        .public_access_blocked = true},
                       Kind::allow,
                       resource_layer,
                       "Bucket"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    WithoutAnAccount, Evaluation,
    ::testing::Values(EvaluationCase{"AnonymousByDefault", {.principal = {}}, Kind::implicit_deny, resource_layer, ""},
                      EvaluationCase{"AnonymousWhereAllMay",
                                     {.principal = {}, .resource_policy = bucket("\"*\"")},
                                     Kind::allow,
                                     resource_layer,
                                     "Bucket"},
                      EvaluationCase{"AnonymousIsNoAccount",
                                     {.principal = {}, .resource_policy = bucket(aws("111122223333"))},
                                     Kind::implicit_deny,
                                     resource_layer,
                                     ""},
                      EvaluationCase{
                          "AnonymousBlocked",
                          {.principal = {}, .resource_policy = bucket("\"*\""), .public_access_blocked = true},
                          Kind::implicit_deny,
                          resource_layer,
                          ""},
                      EvaluationCase{"ServiceThatIsNamed",
                                     {.principal = testing::service("cloudtrail.amazonaws.com"),
                                      .resource_policy = bucket(R"({"Service":"cloudtrail.amazonaws.com"})")},
                                     Kind::allow,
                                     resource_layer,
                                     "Bucket"},
                      EvaluationCase{"ServiceThatIsNot",
                                     {.principal = testing::service("glue.amazonaws.com"),
                                      .resource_policy = bucket(R"({"Service":"cloudtrail.amazonaws.com"})")},
                                     Kind::implicit_deny,
                                     resource_layer,
                                     ""}),
    name_of);

// Trust and key policies: the resource's side must allow, whatever identity policies say.
std::shared_ptr<const Document> trust(const std::string& principal) {
  return Document::parse(R"({"Version":"2012-10-17","Statement":[{"Sid":"Trust","Effect":"Allow","Principal":)" +
                             principal + R"(,"Action":"sts:AssumeRole"}]})",
                         DocumentKind::trust);
}
Question assume(PolicySet policies, std::shared_ptr<const Document> policy,
                Principal principal = testing::user("alice")) {
  return {.principal = std::move(principal),
          .action = "sts:AssumeRole",
          .resource = role_arn,
          .policies = std::move(policies),
          .resource_policy = std::move(policy),
          .must_allow = true};
}

INSTANTIATE_TEST_SUITE_P(
    Trust, Evaluation,
    ::testing::Values(
        EvaluationCase{"IdentityPolicyAlone",
                       assume({.identity = {attached(everything)}}, trust(R"({"Service":"glue.amazonaws.com"})")),
                       Kind::implicit_deny, resource_layer, ""},
        EvaluationCase{"UserIsNamed", assume({}, trust(aws(alice))), Kind::allow, resource_layer, "Trust"},
        EvaluationCase{"AccountIsNamed", assume({}, trust(aws("111122223333"))), Kind::implicit_deny, identity_layer,
                       ""},
        EvaluationCase{"AccountIsNamedAndIdentityAllows",
                       assume({.identity = {attached(everything)}}, trust(aws("111122223333"))), Kind::allow,
                       identity_layer, "All"},
        EvaluationCase{"ServiceIsNamed",
                       assume({}, trust(R"({"Service":"glue.amazonaws.com"})"), testing::service("glue.amazonaws.com")),
                       Kind::allow, resource_layer, "Trust"},
        EvaluationCase{"RootIsNot",
                       assume({}, trust(R"({"Service":"glue.amazonaws.com"})"), testing::root_of(testing::home)),
                       Kind::implicit_deny, resource_layer, ""}),
    name_of);

// Action and Resource patterns.
struct PatternCase {
  std::string name;
  std::string pattern;
  std::string resource;
  bool matches;
};
class ResourcePattern : public ::testing::TestWithParam<PatternCase> {};

TEST_P(ResourcePattern, MatchesFieldByField) {
  Question question{.resource = GetParam().resource};
  question.policies.identity.push_back(
      attached(R"({"Effect":"Allow","Action":"*","Resource":")" + GetParam().pattern + "\"}"));
  EXPECT_EQ(testing::answer(question).allowed(), GetParam().matches);
}

INSTANTIATE_TEST_SUITE_P(
    , ResourcePattern,
    ::testing::Values(
        PatternCase{"Star", "*", "arn:aws:s3:::lake", true}, PatternCase{"StarOnNoResource", "*", "*", true},
        PatternCase{"Exact", "arn:aws:s3:::lake", "arn:aws:s3:::lake", true},
        PatternCase{"BucketIsNotItsObjects", "arn:aws:s3:::lake", "arn:aws:s3:::lake/x", false},
        PatternCase{"Prefix", "arn:aws:s3:::lake/*", "arn:aws:s3:::lake/a/b:c", true},
        PatternCase{"StarInside", "arn:aws:s3:::lake/*/x", "arn:aws:s3:::lake/a/b/x", true},
        PatternCase{"StarInsideNeedsItsEnd", "arn:aws:s3:::lake/*/x", "arn:aws:s3:::lake/a/b/y", false},
        PatternCase{"Question", "arn:aws:s3:::lake/?", "arn:aws:s3:::lake/ab", false},
        PatternCase{"QuestionIsOneCharacter", "arn:aws:s3:::lake/?", "arn:aws:s3:::lake/\xc3\xa4", true},
        PatternCase{"FieldsDoNotSpill", "arn:aws:glue:*:111122223333:table/*",
                    "arn:aws:glue:us-east-1:444455556666:table/x", false},
        PatternCase{"AnyRegion", "arn:aws:glue:*:111122223333:table/*", "arn:aws:glue:us-east-1:111122223333:table/x",
                    true},
        PatternCase{"Shortened", "arn:aws:s3:*", "arn:aws:s3:::lake/x", true},
        PatternCase{"Variable", "arn:aws:s3:::lake/${aws:username}/*", "arn:aws:s3:::lake/alice/x", true},
        PatternCase{"VariableOfAnother", "arn:aws:s3:::lake/${aws:username}/*", "arn:aws:s3:::lake/bob/x", false},
        PatternCase{"VariableWithoutValue", "arn:aws:s3:::lake/${aws:PrincipalTag/team}", "arn:aws:s3:::lake/", false}),
    name_of);

TEST(Evaluator, NotActionAndNotResourceInvert) {
  Question question;
  question.policies.identity.push_back(
      attached(R"({"Effect":"Allow","NotAction":"iam:*","NotResource":"arn:aws:s3:::lake/secret/*"})"));
  EXPECT_TRUE(testing::answer(question).allowed());
  question.resource = "arn:aws:s3:::lake/secret/x";
  EXPECT_FALSE(testing::answer(question).allowed());
  question.resource = "arn:aws:iam::111122223333:user/x";
  question.action = "iam:CreateUser";
  EXPECT_FALSE(testing::answer(question).allowed());
}

TEST(Evaluator, WalksHostilePatternsInBoundedTime) {
  std::string pattern = "arn:aws:s3:::lake/";
  for (int i = 0; i < 200; ++i) pattern += "*a";
  Question question{.resource = "arn:aws:s3:::lake/" + std::string(1000, 'a') + "b"};
  question.policies.identity.push_back(attached(R"({"Effect":"Allow","Action":"*","Resource":")" + pattern + "\"}"));
  EXPECT_FALSE(testing::answer(question).allowed());
}

TEST(Evaluator, FactsOfTheCallerFollowItsKind) {
  Question question{.principal = testing::role_session("Crawler", "run")};
  question.policies.identity.push_back(attached(
      R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":{
          "ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/Crawler"},
          "StringEquals":{"aws:PrincipalType":"AssumedRole","aws:PrincipalAccount":"111122223333",
                          "aws:userid":"AROAEXAMPLEROLE1:run"},
          "Null":{"aws:username":"true","aws:TokenIssueTime":"false"}}})"));
  EXPECT_TRUE(testing::answer(question).allowed());
}

TEST(Evaluator, FactsOfTheCallerCannotBeReplaced) {
  Question question{.principal = testing::user("mallory"), .facts = {{"aws:username", {"alice"}}}};
  question.policies.identity.push_back(attached(
      R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:username":"alice"}}})"));
  EXPECT_FALSE(testing::answer(question).allowed());
}

}  // namespace
}  // namespace tarn::policy
