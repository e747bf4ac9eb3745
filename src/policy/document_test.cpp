#include "policy/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/testing.h"

namespace tarn::policy {
namespace {

std::string refusal(std::string_view text, DocumentKind kind) {
  try {
    (void)Document::parse(text, kind);
    return "accepted";
  } catch (const Error& error) {
    return std::string(error.code().name) + ": " + error.message();
  }
}

struct RefusalCase {
  std::string name;
  DocumentKind kind;
  std::string text;
  std::string refusal;
};

class DocumentRefusal : public ::testing::TestWithParam<RefusalCase> {};

TEST_P(DocumentRefusal, IsWordedAsAwsWordsIt) {
  EXPECT_EQ(refusal(GetParam().text, GetParam().kind), GetParam().refusal);
}

constexpr auto identity = DocumentKind::identity;
constexpr auto resource = DocumentKind::resource;
constexpr auto trust = DocumentKind::trust;
const std::string syntax = "MalformedPolicyDocument: Syntax errors in policy.";

std::string with(const std::string& statement) {
  return R"({"Version":"2012-10-17","Statement":)" + statement + "}";
}

INSTANTIATE_TEST_SUITE_P(
    Identity, DocumentRefusal,
    ::testing::Values(
        RefusalCase{"Empty", identity, "", syntax}, RefusalCase{"NotJson", identity, "{", syntax},
        RefusalCase{"NotAnObject", identity, "[]", syntax},
        RefusalCase{"NoStatement", identity, R"({"Version":"2012-10-17"})", syntax},
        RefusalCase{"EmptyStatements", identity, with("[]"), syntax},
        RefusalCase{"UnknownMember", identity, R"({"Version":"2012-10-17","Statement":[],"Extra":1})", syntax},
        RefusalCase{"DuplicateMember", identity,
                    with(R"({"Effect":"Deny","Effect":"Allow","Action":"s3:*","Resource":"*"})"), syntax},
        RefusalCase{"OldVersion", identity,
                    R"({"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}})",
                    "MalformedPolicyDocument: Policy document must be version 2012-10-17 or greater."},
        RefusalCase{"NoVersion", identity, R"({"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}})",
                    "MalformedPolicyDocument: Policy document must be version 2012-10-17 or greater."},
        RefusalCase{"UnknownVersion", identity,
                    R"({"Version":"2013-01-01","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}})",
                    syntax},
        RefusalCase{"EffectInLowerCase", identity, with(R"({"Effect":"allow","Action":"s3:*","Resource":"*"})"),
                    syntax},
        RefusalCase{"NoEffect", identity, with(R"({"Action":"s3:*","Resource":"*"})"), syntax},
        RefusalCase{"NoAction", identity, with(R"({"Effect":"Allow","Resource":"*"})"),
                    "MalformedPolicyDocument: Policy statement must contain actions."},
        RefusalCase{"NoResource", identity, with(R"({"Effect":"Allow","Action":"s3:*"})"),
                    "MalformedPolicyDocument: Policy statement must contain resources."},
        RefusalCase{"BothActions", identity,
                    with(R"({"Effect":"Allow","Action":"s3:*","NotAction":"s3:*","Resource":"*"})"), syntax},
        RefusalCase{"EmptyActions", identity, with(R"({"Effect":"Allow","Action":[],"Resource":"*"})"), syntax},
        RefusalCase{"ActionWithoutVendor", identity, with(R"({"Effect":"Allow","Action":"GetObject","Resource":"*"})"),
                    "MalformedPolicyDocument: Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, "
                    "etc."},
        RefusalCase{"ActionWithTwoColons", identity, with(R"({"Effect":"Allow","Action":"s3:a:b","Resource":"*"})"),
                    "MalformedPolicyDocument: Actions/Condition can contain only one colon."},
        RefusalCase{"ActionOfNoVendor", identity, with(R"({"Effect":"Allow","Action":"s3_x:Get","Resource":"*"})"),
                    "MalformedPolicyDocument: Vendor s3_x is not valid"},
        RefusalCase{"ResourceThatIsNoArn", identity, with(R"({"Effect":"Allow","Action":"s3:*","Resource":"lake"})"),
                    "MalformedPolicyDocument: Resource lake must be in ARN format or \"*\"."},
        RefusalCase{"ResourceOfNoPartition", identity,
                    with(R"({"Effect":"Allow","Action":"s3:*","Resource":"arn:sky:s3:::lake"})"),
                    "MalformedPolicyDocument: Partition \"sky\" is not valid for resource \"arn:sky:s3:::lake\"."},
        RefusalCase{"ResourceOfAnyVendor", identity,
                    with(R"({"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s*:::lake"})"),
                    "MalformedPolicyDocument: Resource vendor must be fully qualified and cannot contain regexes."},
        RefusalCase{"Principal", identity, with(R"({"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"})"),
                    "MalformedPolicyDocument: Policy document should not specify a principal."},
        RefusalCase{"SidWithBlank", identity, with(R"({"Sid":"a b","Effect":"Allow","Action":"s3:*","Resource":"*"})"),
                    "MalformedPolicyDocument: Statement IDs (SID) must be alpha-numeric. Check that your input "
                    "satisfies the regular expression [0-9A-Za-z]*"},
        RefusalCase{"SidTwice", identity, with(R"([{"Sid":"a","Effect":"Allow","Action":"s3:*","Resource":"*"},
                             {"Sid":"a","Effect":"Allow","Action":"s3:*","Resource":"*"}])"),
                    "MalformedPolicyDocument: Statement IDs (SID) in a single policy must be unique."},
        RefusalCase{"UnknownOperator", identity, with(R"({"Effect":"Allow","Action":"s3:*","Resource":"*",
                             "Condition":{"StringMatches":{"aws:username":"a"}}})"),
                    syntax},
        RefusalCase{"NullIfExists", identity, with(R"({"Effect":"Allow","Action":"s3:*","Resource":"*",
                             "Condition":{"NullIfExists":{"aws:username":"true"}}})"),
                    syntax},
        RefusalCase{"NumberThatIsNone", identity, with(R"({"Effect":"Allow","Action":"s3:*","Resource":"*",
                             "Condition":{"NumericEquals":{"s3:max-keys":"many"}}})"),
                    syntax},
        RefusalCase{"AddressThatIsNone", identity, with(R"({"Effect":"Allow","Action":"s3:*","Resource":"*",
                             "Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/33"}}})"),
                    syntax},
        RefusalCase{"ConditionKeyWithoutVendor", identity, with(R"({"Effect":"Allow","Action":"s3:*","Resource":"*",
                             "Condition":{"StringEquals":{"username":"a"}}})"),
                    "MalformedPolicyDocument: Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, "
                    "etc."}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Resource, DocumentRefusal,
    ::testing::Values(
        RefusalCase{"NotJson", resource, "no",
                    "MalformedPolicy: Policies must be valid JSON and the first byte must be '{'"},
        RefusalCase{"NoStatement", resource, R"({"Version":"2012-10-17"})",
                    "MalformedPolicy: Missing required field Statement"},
        RefusalCase{"NoPrincipal", resource, with(R"({"Effect":"Allow","Action":"s3:*","Resource":"*"})"),
                    "MalformedPolicy: Missing required field Principal"},
        RefusalCase{"UnknownField", resource,
                    with(R"({"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*","When":1})"),
                    "MalformedPolicy: Unknown field When"},
        RefusalCase{"WrongEffect", resource,
                    with(R"({"Effect":"Maybe","Principal":"*","Action":"s3:*","Resource":"*"})"),
                    "MalformedPolicy: Invalid effect: Maybe"},
        RefusalCase{"UserWildcard", resource,
                    with(R"({"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/*"},
                             "Action":"s3:*","Resource":"*"})"),
                    "MalformedPolicy: Invalid principal in policy"},
        RefusalCase{"UnknownKindOfPrincipal", resource,
                    with(R"({"Effect":"Allow","Principal":{"Google":"x"},"Action":"s3:*","Resource":"*"})"),
                    "MalformedPolicy: Invalid principal in policy"},
        RefusalCase{"AllowNotPrincipal", resource,
                    with(R"({"Effect":"Allow","NotPrincipal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"*"})"),
                    "MalformedPolicy: Allow with NotPrincipal is not allowed."},
        RefusalCase{"UnknownOperator", resource,
                    with(R"({"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*",
                             "Condition":{"StringIs":{"aws:username":"a"}}})"),
                    "MalformedPolicy: Invalid Condition type : StringIs"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Trust, DocumentRefusal,
    ::testing::Values(
        RefusalCase{"NotJson", trust, "no", "MalformedPolicyDocument: This policy contains invalid Json"},
        RefusalCase{"OtherAction", trust,
                    with(R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:GetObject"})"),
                    "MalformedPolicyDocument: AssumeRole policy may only specify STS AssumeRole actions."},
        RefusalCase{"Resource", trust,
                    with(R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole",
                             "Resource":"*"})"),
                    "MalformedPolicyDocument: Has prohibited field Resource"},
        RefusalCase{"NoPrincipal", trust, with(R"({"Effect":"Allow","Action":"sts:AssumeRole"})"),
                    "MalformedPolicyDocument: Missing required field Principal"},
        RefusalCase{"WrongPrincipal", trust,
                    with(R"({"Effect":"Allow","Principal":{"AWS":"bob"},"Action":"sts:AssumeRole"})"),
                    "MalformedPolicyDocument: Invalid principal in policy: \"AWS\":\"bob\""}),
    [](const auto& info) { return info.param.name; });

TEST(Document, RefusesWhatNestsTooDeeplyOrIsTooLong) {
  EXPECT_EQ(refusal(std::string(100'000, '['), identity), syntax);
  EXPECT_EQ(refusal(std::string(max_document_bytes + 1, ' '), identity),
            "MalformedPolicyDocument: Policy document is too long.");
}

TEST(Document, AcceptsSingleValuesWhereListsMayStand) {
  const auto document = Document::parse(with(R"({"Effect":"Allow","Action":"s3:*","Resource":"*"})"), identity);
  ASSERT_EQ(document->statements().size(), 1U);
  EXPECT_EQ(document->statements()[0].label, "#1");
}

TEST(Document, AcceptsEveryKindOfPrincipal) {
  const auto document = Document::parse(with(R"({"Effect":"Allow","Action":"sts:AssumeRole","Principal":{
            "AWS":["111122223333","arn:aws:iam::111122223333:root","arn:aws:iam::111122223333:role/path/r",
                   "AROAEXAMPLEROLE12345"],
            "Service":"glue.amazonaws.com","Federated":"accounts.google.com"}})"),
                                        trust);
  EXPECT_THAT(document->aws_principals(),
              ::testing::ElementsAre("111122223333", "111122223333", "arn:aws:iam::111122223333:role/path/r",
                                     "AROAEXAMPLEROLE12345"));
}

TEST(Document, NamesItsContextKeysOnce) {
  const auto document = testing::identity_policy(
      R"({"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::lake/${aws:username}/*",
          "Condition":{"StringLike":{"s3:prefix":["${aws:username}/*","${aws:PrincipalTag/team}"]},
                       "Bool":{"AWS:SecureTransport":true}}})");
  EXPECT_THAT(document->context_keys(),
              ::testing::ElementsAre("aws:username", "s3:prefix", "aws:PrincipalTag/team", "AWS:SecureTransport"));
}

struct PublicCase {
  std::string name;
  std::string rest;  // Of an Allow to everyone.
  bool is_public;
};
class PublicPolicy : public ::testing::TestWithParam<PublicCase> {};

TEST_P(PublicPolicy, IsJudgedAsBlockPublicAccessDoes) {
  const auto document = testing::resource_policy(
      R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::lake/*")" + GetParam().rest + "}");
  EXPECT_EQ(document->is_public(), GetParam().is_public);
}

INSTANTIATE_TEST_SUITE_P(
    , PublicPolicy,
    ::testing::Values(
        PublicCase{"Everyone", R"(,"Principal":"*")", true},
        PublicCase{"EveryoneInAws", R"(,"Principal":{"AWS":"*"})", true},
        PublicCase{"OneAccount", R"(,"Principal":{"AWS":"111122223333"})", false},
        PublicCase{"FixedSourceArn",
                   R"(,"Principal":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:*"}})",
                   false},
        PublicCase{"SourceArnOfAnyAccount",
                   R"(,"Principal":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:*"}})", true},
        PublicCase{"Network", R"(,"Principal":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}})", false},
        PublicCase{"WideNetwork", R"(,"Principal":"*","Condition":{"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}})", true},
        PublicCase{"OneOfTwoNetworksIsWide",
                   R"(,"Principal":"*","Condition":{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","0.0.0.0/0"]}})", true},
        PublicCase{"NegatedBound",
                   R"(,"Principal":"*","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}})", true},
        PublicCase{"BoundOnlyIfPresent",
                   R"(,"Principal":"*","Condition":{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}})", true},
        PublicCase{"UserAgent", R"(,"Principal":"*","Condition":{"StringEquals":{"aws:UserAgent":"x"}})", true},
        PublicCase{"Organization", R"(,"Principal":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}})",
                   false}),
    [](const auto& info) { return info.param.name; });

TEST(Document, CountsSizeWithoutBlanks) {
  EXPECT_EQ(counted_size("{ \"a\" :\t1\r\n}"), 7U);
}

}  // namespace
}  // namespace tarn::policy
