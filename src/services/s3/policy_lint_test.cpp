#include "services/s3/policy_lint.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace tarn::s3 {
namespace {

constexpr const char* on_bucket = R"("arn:aws:s3:::lake")";
constexpr const char* on_objects = R"("arn:aws:s3:::lake/*")";
constexpr const char* on_both = R"(["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"])";

struct Case {
  const char* name;
  std::string actions;
  std::string resources;
  std::string conditions;
  std::string refusal;  // Empty: it is taken.
};

class PolicyLint : public testing::TestWithParam<Case> {};

TEST_P(PolicyLint, AnswersAsS3Does) {
  const Case& given = GetParam();
  std::string statement = R"({"Effect": "Allow", "Principal": "*", )" + given.actions + ", " + given.resources;
  if (!given.conditions.empty()) statement += R"(, "Condition": )" + given.conditions;
  statement += "}";
  for (const std::string& statements : {statement, "[" + statement + "]"}) {
    std::string message;
    try {
      lint_bucket_policy(R"({"Version": "2012-10-17", "Statement": )" + statements + "}", "lake");
    } catch (const Error& error) {
      EXPECT_EQ(error.code().name, "MalformedPolicy");
      EXPECT_EQ(error.code().status, 400);
      message = error.message();
    }
    EXPECT_EQ(message, given.refusal);
  }
}

std::string action(const std::string& json) {
  return R"("Action": )" + json;
}
std::string resource(const std::string& json) {
  return R"("Resource": )" + json;
}
std::string equals(const std::string& key) {
  return R"({"StringEquals": {")" + key + R"(": "x"}})";
}

constexpr const char* no_action = "Policy has invalid action";
constexpr const char* no_resource = "Policy has invalid resource";
constexpr const char* no_fit = "Action does not apply to any resource(s) in statement";
constexpr const char* no_key = "Policy has an invalid condition key";
constexpr const char* no_condition = "Conditions do not apply to combination of actions and resources in statement";

INSTANTIATE_TEST_SUITE_P(
    Actions, PolicyLint,
    testing::Values(
        Case{"Everything", action(R"("*")"), resource(on_bucket), "", ""},
        Case{"AllOfS3", action(R"("s3:*")"), resource(on_objects), "", ""},
        Case{"InAnyLetters", action(R"("S3:getobject")"), resource(on_objects), "", ""},
        Case{"Pattern", action(R"("s3:Get*Tagging")"), resource(on_bucket), "", ""},
        Case{"QuestionMarks", action(R"("s3:???Object")"), resource(on_objects), "", ""},
        Case{"Unknown", action(R"("s3:HeadObject")"), resource(on_objects), "", no_action},
        Case{"UnknownAmongOthers", action(R"(["s3:GetObject", "s3:ListObjects"])"), resource(on_both), "", no_action},
        Case{"PatternOfNothing", action(R"("s3:Head*")"), resource(on_objects), "", no_action},
        Case{"OtherService", action(R"("iam:GetUser")"), resource(on_objects), "", no_action},
        Case{"AllButOne", R"("NotAction": "s3:DeleteObject")", resource(on_both), "", ""},
        Case{"AllButAnUnknownOne", R"("NotAction": "s3:EraseObject")", resource(on_both), "", no_action},
        Case{"ObjectActionOnBucket", action(R"("s3:PutObject")"), resource(on_bucket), "", no_fit},
        Case{"BucketActionOnObjects", action(R"("s3:ListBucket")"), resource(on_objects), "", no_fit},
        Case{"EachFitsOne", action(R"(["s3:ListBucket", "s3:GetObject"])"), resource(on_both), "", ""},
        Case{"OneFitsNone", action(R"(["s3:ListBucket", "s3:GetObject"])"), resource(on_objects), "", no_fit},
        Case{"OfTheAccount", action(R"("s3:ListAllMyBuckets")"), resource(on_both), "", no_fit},
        Case{"OpenEndIsBoth", action(R"(["s3:ListBucket", "s3:GetObject"])"), resource(R"("arn:aws:s3:::lake*")"), "",
             ""}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Resources, PolicyLint,
    testing::Values(
        Case{"Star", action(R"("s3:*")"), resource(R"("*")"), "", no_resource},
        Case{"OtherBucket", action(R"("s3:*")"), resource(R"("arn:aws:s3:::lakes/*")"), "", no_resource},
        Case{"OtherService", action(R"("s3:*")"), resource(R"("arn:aws:sqs:us-east-1:1:lake")"), "", no_resource},
        Case{"OneOfTwoIsOther", action(R"("s3:*")"), resource(R"(["arn:aws:s3:::lake", "arn:aws:s3:::sea"])"), "",
             no_resource},
        Case{"PatternOfTheName", action(R"("s3:GetObject")"), resource(R"("arn:aws:s3:::l?ke/a*")"), "", ""},
        Case{"Variable", action(R"("s3:GetObject")"), resource(R"("arn:aws:s3:::lake/${aws:username}/*")"), "", ""},
        Case{"AllButSome", action(R"("s3:*")"), R"("NotResource": "arn:aws:s3:::lake/public/*")", "", ""}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Conditions, PolicyLint,
    testing::Values(
        Case{"Global", action(R"("s3:*")"), resource(on_both), R"({"Bool": {"aws:SecureTransport": "false"}})", ""},
        Case{"OfEveryAction", action(R"("s3:GetObject")"), resource(on_objects), equals("s3:TlsVersion"), ""},
        Case{"OfThePattern", action(R"("s3:*")"), resource(on_objects), equals("s3:x-amz-server-side-encryption"), ""},
        Case{"InAnyLetters", action(R"("s3:ListBucket")"), resource(on_bucket), equals("S3:PREFIX"), ""},
        Case{"OfATag", action(R"("s3:GetObject")"), resource(on_objects), equals("s3:ExistingObjectTag/team"), ""},
        Case{"TagWithoutName", action(R"("s3:GetObject")"), resource(on_objects), equals("s3:ExistingObjectTag/"),
             no_key},
        Case{"Unknown", action(R"("s3:PutObject")"), resource(on_objects), equals("s3:x-acl"), no_key},
        Case{"NotOfTheAction", action(R"("s3:GetObject")"), resource(on_objects), equals("s3:prefix"), no_condition},
        Case{"NotOfEachNamed", action(R"(["s3:GetObject", "s3:ListBucket"])"), resource(on_both), equals("s3:prefix"),
             no_condition},
        Case{"OfWritesOnly", action(R"(["s3:GetObject", "s3:PutObject"])"), resource(on_objects),
             equals("s3:x-amz-acl"), no_condition},
        Case{"OldTagsOfAPut", action(R"("s3:PutObject")"), resource(on_objects), equals("s3:ExistingObjectTag/a"),
             no_condition},
        Case{"PatternThatReachesNone", action(R"("s3:*")"), resource(on_objects), equals("s3:prefix"), no_condition},
        Case{"AllActionsButOne", R"("NotAction": "s3:GetObject")", resource(on_both), equals("s3:prefix"), ""}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace tarn::s3
