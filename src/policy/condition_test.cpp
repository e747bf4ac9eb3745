#include "policy/condition.h"

#include <gtest/gtest.h>

#include "policy/testing.h"

namespace tarn::policy {
namespace {

// Condition block, facts of the request, and whether an Allow under that condition applies.
struct ConditionCase {
  std::string name;
  std::string block;
  Facts facts;
  bool holds;
};
class ConditionHolds : public ::testing::TestWithParam<ConditionCase> {};

TEST_P(ConditionHolds, AsAwsDocuments) {
  testing::Question question{.facts = GetParam().facts};
  question.policies.identity.push_back(
      {"p", testing::identity_policy(R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":)" +
                                     GetParam().block + "}")});
  EXPECT_EQ(testing::answer(question).allowed(), GetParam().holds) << GetParam().block;
}

const auto name_of = [](const auto& info) { return info.param.name; };

INSTANTIATE_TEST_SUITE_P(
    Strings, ConditionHolds,
    ::testing::Values(
        ConditionCase{"Equal", R"({"StringEquals":{"s3:prefix":"raw/"}})", {{"s3:prefix", {"raw/"}}}, true},
        ConditionCase{"CaseMatters", R"({"StringEquals":{"s3:prefix":"raw/"}})", {{"s3:prefix", {"RAW/"}}}, false},
        ConditionCase{"KeyIgnoresCase", R"({"StringEquals":{"S3:Prefix":"raw/"}})", {{"s3:prefix", {"raw/"}}}, true},
        ConditionCase{"ValuesAreOred", R"({"StringEquals":{"s3:prefix":["a","b"]}})", {{"s3:prefix", {"b"}}}, true},
        ConditionCase{"KeysAreAnded",
                      R"({"StringEquals":{"s3:prefix":"a","s3:delimiter":"/"}})",
                      {{"s3:prefix", {"a"}}, {"s3:delimiter", {"-"}}},
                      false},
        ConditionCase{"OperatorsAreAnded",
                      R"({"StringEquals":{"s3:prefix":"a"},"Null":{"s3:delimiter":"true"}})",
                      {{"s3:prefix", {"a"}}, {"s3:delimiter", {"-"}}},
                      false},
        ConditionCase{"EqualsHasNoWildcard", R"({"StringEquals":{"s3:prefix":"r*"}})", {{"s3:prefix", {"raw"}}}, false},
        ConditionCase{"NotEquals", R"({"StringNotEquals":{"s3:prefix":"a"}})", {{"s3:prefix", {"b"}}}, true},
        ConditionCase{
            "NotEqualsIsNor", R"({"StringNotEquals":{"s3:prefix":["a","b"]}})", {{"s3:prefix", {"b"}}}, false},
        ConditionCase{
            "IgnoreCase", R"({"StringEqualsIgnoreCase":{"s3:prefix":"RAW"}})", {{"s3:prefix", {"raw"}}}, true},
        ConditionCase{
            "NotIgnoreCase", R"({"StringNotEqualsIgnoreCase":{"s3:prefix":"RAW"}})", {{"s3:prefix", {"raw"}}}, false},
        ConditionCase{"Like", R"({"StringLike":{"s3:prefix":"r?w/*"}})", {{"s3:prefix", {"raw/2013"}}}, true},
        ConditionCase{"LikeMatchesAll", R"({"StringLike":{"s3:prefix":"r?w"}})", {{"s3:prefix", {"raw/2013"}}}, false},
        ConditionCase{"NotLike", R"({"StringNotLike":{"s3:prefix":"raw/*"}})", {{"s3:prefix", {"raw/x"}}}, false},
        ConditionCase{"MissingKey", R"({"StringEquals":{"s3:prefix":"a"}})", {}, false},
        ConditionCase{"MissingKeyNegated", R"({"StringNotEquals":{"s3:prefix":"a"}})", {}, true},
        ConditionCase{"MissingKeyIfExists", R"({"StringEqualsIfExists":{"s3:prefix":"a"}})", {}, true},
        ConditionCase{
            "PresentIfExists", R"({"StringEqualsIfExists":{"s3:prefix":"a"}})", {{"s3:prefix", {"b"}}}, false},
        ConditionCase{"NullTrue", R"({"Null":{"s3:prefix":true}})", {}, true},
        ConditionCase{"NullTruePresent", R"({"Null":{"s3:prefix":"true"}})", {{"s3:prefix", {""}}}, false},
        ConditionCase{"NullFalse", R"({"Null":{"s3:prefix":"false"}})", {{"s3:prefix", {"a"}}}, true}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Sets, ConditionHolds,
    ::testing::Values(
        ConditionCase{"AllMatch",
                      R"({"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}})",
                      {{"aws:TagKeys", {"a", "b"}}},
                      true},
        ConditionCase{"OneOfAllDoesNot",
                      R"({"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}})",
                      {{"aws:TagKeys", {"a", "c"}}},
                      false},
        ConditionCase{"AllOfNone", R"({"ForAllValues:StringEquals":{"aws:TagKeys":"a"}})", {}, true},
        ConditionCase{
            "AnyMatches", R"({"ForAnyValue:StringEquals":{"aws:TagKeys":"a"}})", {{"aws:TagKeys", {"a", "c"}}}, true},
        ConditionCase{"AnyOfNone", R"({"ForAnyValue:StringEquals":{"aws:TagKeys":"a"}})", {}, false},
        ConditionCase{"AnyNegatedOfNone", R"({"ForAnyValue:StringNotEquals":{"aws:TagKeys":"a"}})", {}, false},
        ConditionCase{"AnyNegated",
                      R"({"ForAnyValue:StringNotEquals":{"aws:TagKeys":"a"}})",
                      {{"aws:TagKeys", {"a", "c"}}},
                      true},
        ConditionCase{"AllNegated",
                      R"({"ForAllValues:StringNotEquals":{"aws:TagKeys":"a"}})",
                      {{"aws:TagKeys", {"a", "c"}}},
                      false},
        ConditionCase{"AllLike",
                      R"({"ForAllValues:StringLike":{"aws:TagKeys":"team-*"}})",
                      {{"aws:TagKeys", {"team-a", "team-b"}}},
                      true}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Typed, ConditionHolds,
    ::testing::Values(
        ConditionCase{
            "NumericLess", R"({"NumericLessThanEquals":{"s3:max-keys":"10"}})", {{"s3:max-keys", {"10"}}}, true},
        ConditionCase{"NumericNotText", R"({"NumericLessThan":{"s3:max-keys":10}})", {{"s3:max-keys", {"9"}}}, true},
        ConditionCase{
            "NumericGreater", R"({"NumericGreaterThan":{"s3:max-keys":"10"}})", {{"s3:max-keys", {"10"}}}, false},
        ConditionCase{
            "NumericGivenText", R"({"NumericEquals":{"s3:max-keys":"10"}})", {{"s3:max-keys", {"ten"}}}, false},
        ConditionCase{
            "NumericNotEquals", R"({"NumericNotEquals":{"s3:max-keys":"10"}})", {{"s3:max-keys", {"11"}}}, true},
        // The question is asked at 2025-06-15T15:06:40Z.
        ConditionCase{"DateBefore", R"({"DateLessThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}})", {}, true},
        ConditionCase{"DateAfter", R"({"DateGreaterThan":{"aws:CurrentTime":"2026-01-01"}})", {}, false},
        ConditionCase{"DateInSeconds", R"({"DateGreaterThanEquals":{"aws:EpochTime":"1750000000"}})", {}, true},
        ConditionCase{"EpochAsNumber", R"({"NumericLessThan":{"aws:EpochTime":1750000001}})", {}, true},
        ConditionCase{
            "Bool", R"({"Bool":{"aws:SecureTransport":"false"}})", {{"aws:SecureTransport", {"false"}}}, true},
        ConditionCase{
            "BoolIsNot", R"({"Bool":{"aws:SecureTransport":true}})", {{"aws:SecureTransport", {"false"}}}, false},
        ConditionCase{"Binary", R"({"BinaryEquals":{"x:b":"QmlOYXJ5"}})", {{"x:b", {"QmlOYXJ5"}}}, true},
        ConditionCase{
            "Address", R"({"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}})", {{"aws:SourceIp", {"203.0.113.9"}}}, true},
        ConditionCase{"AddressOutside",
                      R"({"IpAddress":{"aws:SourceIp":"203.0.113.0/25"}})",
                      {{"aws:SourceIp", {"203.0.113.129"}}},
                      false},
        ConditionCase{"SingleAddress",
                      R"({"IpAddress":{"aws:SourceIp":"203.0.113.9"}})",
                      {{"aws:SourceIp", {"203.0.113.9"}}},
                      true},
        ConditionCase{"NotAddress",
                      R"({"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8","203.0.113.0/24"]}})",
                      {{"aws:SourceIp", {"203.0.113.9"}}},
                      false},
        ConditionCase{"AddressSix",
                      R"({"IpAddress":{"aws:SourceIp":"2001:db8::/33"}})",
                      {{"aws:SourceIp", {"2001:db8:1::1"}}},
                      true},
        ConditionCase{"MappedAddress",
                      R"({"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}})",
                      {{"aws:SourceIp", {"::ffff:10.1.2.3"}}},
                      true},
        ConditionCase{"Arn",
                      R"({"ArnLike":{"aws:SourceArn":"arn:aws:s3:::la?e"}})",
                      {{"aws:SourceArn", {"arn:aws:s3:::lake"}}},
                      true},
        ConditionCase{"ArnEqualsHasWildcards",
                      R"({"ArnEquals":{"aws:SourceArn":"arn:aws:s3:::*"}})",
                      {{"aws:SourceArn", {"arn:aws:s3:::lake"}}},
                      true},
        ConditionCase{"ArnFieldsDoNotSpill",
                      R"({"ArnLike":{"aws:SourceArn":"arn:aws:*:lake"}})",
                      {{"aws:SourceArn", {"arn:aws:s3:::lake"}}},
                      false},
        ConditionCase{"ArnNotLike",
                      R"({"ArnNotLike":{"aws:SourceArn":"arn:aws:s3:::lake"}})",
                      {{"aws:SourceArn", {"arn:aws:s3:::other"}}},
                      true}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Variables, ConditionHolds,
    ::testing::Values(
        ConditionCase{"UserName",
                      R"({"StringLike":{"s3:prefix":"home/${aws:username}/*"}})",
                      {{"s3:prefix", {"home/alice/x"}}},
                      true},
        ConditionCase{"OtherUserName",
                      R"({"StringLike":{"s3:prefix":"home/${aws:username}/*"}})",
                      {{"s3:prefix", {"home/bob/x"}}},
                      false},
        ConditionCase{
            "InEquals", R"({"StringEquals":{"s3:prefix":"${aws:username}"}})", {{"s3:prefix", {"alice"}}}, true},
        ConditionCase{"Fallback",
                      R"({"StringEquals":{"s3:prefix":"${aws:PrincipalTag/team, 'none'}"}})",
                      {{"s3:prefix", {"none"}}},
                      true},
        ConditionCase{"MissingVariable",
                      R"({"StringEquals":{"s3:prefix":"${aws:PrincipalTag/team}"}})",
                      {{"s3:prefix", {""}}},
                      false},
        ConditionCase{"MissingVariableNegated",
                      R"({"StringNotEquals":{"s3:prefix":"${aws:PrincipalTag/team}"}})",
                      {{"s3:prefix", {"x"}}},
                      false},
        ConditionCase{"EscapedStar", R"({"StringLike":{"s3:prefix":"a${*}b"}})", {{"s3:prefix", {"a*b"}}}, true},
        ConditionCase{
            "EscapedStarIsNoWildcard", R"({"StringLike":{"s3:prefix":"a${*}b"}})", {{"s3:prefix", {"axb"}}}, false},
        ConditionCase{"EscapedDollar", R"({"StringEquals":{"s3:prefix":"${$}{x}"}})", {{"s3:prefix", {"${x}"}}}, true},
        ConditionCase{"ValueIsNoWildcard",
                      R"({"StringLike":{"s3:prefix":"${s3:delimiter}"}})",
                      {{"s3:prefix", {"anything"}}, {"s3:delimiter", {"*"}}},
                      false},
        ConditionCase{"ValueCannotForgeWildcards",
                      R"({"StringLike":{"s3:prefix":"x${s3:delimiter}"}})",
                      {{"s3:prefix", {"xanything"}}, {"s3:delimiter", {"\x01"}}},
                      false}),
    name_of);

TEST(ConditionVersion, OldPoliciesHaveNoVariables) {
  testing::Question question{.facts = {{"s3:prefix", {"${aws:username}"}}}};
  question.resource_policy = Document::parse(
      R"({"Version":"2008-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*",
          "Condition":{"StringEquals":{"s3:prefix":"${aws:username}"}}}})",
      DocumentKind::resource);
  EXPECT_TRUE(testing::answer(question).allowed());
}

TEST(Network, RefusesWhatIsNone) {
  for (const char* text : {"", "10.0.0", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/33", "::/129", "10.0.0.0/8x"}) {
    EXPECT_FALSE(Network::parse(text)) << text;
  }
}

TEST(OperatorName, IsReadWithoutCase) {
  const auto op = Operator::parse("foranyvalue:stringnotlikeifexists");
  ASSERT_TRUE(op);
  EXPECT_TRUE(op->negated && op->if_exists && op->quantifier == Quantifier::any);
  EXPECT_FALSE(Operator::parse("StringEqualsIfExistsIfExists"));
  EXPECT_FALSE(Operator::parse("ForSomeValues:StringEquals"));
  EXPECT_FALSE(Operator::parse(""));
}

}  // namespace
}  // namespace tarn::policy
