#include "aws/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/glue/create_database.h"
#include "api/glue/get_partitions.h"
#include "api/s3/model.h"
#include "api/s3/put_bucket_tagging.h"
#include "api/s3/put_object.h"
#include "aws/json.h"
#include "aws/permissions.h"

namespace tarn::aws {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

template <typename Request>
std::string violations(std::string_view json) {
  Request request;
  Reading reading;
  read_json(shape_of(&request), &request, json, reading);
  validate(shape_of(&request), &request, reading);
  return reading.violations.empty() ? "" : reading.violations.message();
}

TEST(Validate, NothingIsSaidOfWhatIsRight) {
  EXPECT_EQ(violations<glue::GetPartitionsRequest>(R"({"DatabaseName": "db", "TableName": "t", "MaxResults": 1000})"),
            "");
}

TEST(Validate, EveryViolationIsNamed) {
  EXPECT_EQ(
      violations<glue::GetPartitionsRequest>(R"({"DatabaseName": "", "MaxResults": 1001})"),
      "3 validation errors detected: Value null at 'tableName' failed to satisfy constraint: Member must not be null; "
      "Value '' at 'databaseName' failed to satisfy constraint: Member must have length greater than or equal to 1; "
      "Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000");
}

TEST(Validate, LengthsCountCharactersAndNotBytes) {
  std::string name;
  for (int i = 0; i < 255; ++i) name += "\xC3\xA4";
  EXPECT_EQ(violations<glue::GetPartitionsRequest>(R"({"DatabaseName": "d", "TableName": ")" + name + "\"}"), "");
  EXPECT_THAT(violations<glue::GetPartitionsRequest>(R"({"DatabaseName": "d", "TableName": "x)" + name + "\"}"),
              HasSubstr("Member must have length less than or equal to 255"));
}

TEST(Validate, PatternsAreOfTheWholeText) {
  EXPECT_THAT(
      violations<glue::GetPartitionsRequest>(R"({"DatabaseName": "a\u0001b", "TableName": "t"})"),
      HasSubstr("at 'databaseName' failed to satisfy constraint: Member must satisfy regular expression pattern: "));
}

TEST(Validate, InsideListsAndMaps) {
  EXPECT_THAT(violations<glue::CreateDatabaseRequest>(
                  R"({"DatabaseInput": {"Name": "d", "Parameters": {"": "v"}}, "Tags": {"k": "v"}})"),
              HasSubstr("Value '' at 'databaseInput.parameters.key' failed to satisfy constraint"));
  EXPECT_THAT(violations<glue::GetPartitionsRequest>(
                  R"({"DatabaseName": "d", "TableName": "t", "Segment": {"SegmentNumber": -1, "TotalSegments": 11}})"),
              HasSubstr("2 validation errors detected"));
}

TEST(Permissions, TemplatesTakeMembers) {
  s3::PutObjectRequest request;
  request.bucket = "b";
  request.key = "k/x";
  const Shape& shape = shape_of(&request);
  const TemplateContext context{.region = "eu-west-1", .account = "123456789012"};
  EXPECT_THAT(expand("arn:aws:s3:::{Bucket}/{Key}", shape, &request, context), ElementsAre("arn:aws:s3:::b/k/x"));
  EXPECT_THAT(expand("{region}/{account}", shape, &request, context), ElementsAre("eu-west-1/123456789012"));
  EXPECT_THAT(expand("{ACL:private}", shape, &request, context), ElementsAre("private"));
  EXPECT_THAT(expand("{ACL}", shape, &request, context), ElementsAre());
}

const Operation& operation(std::string_view name) {
  for (const Operation& each : s3::model().operations) {
    if (each.name == name) return each;
  }
  throw std::runtime_error("no such operation");
}

TEST(Permissions, ActionsHangOnMembers) {
  s3::PutObjectRequest request;
  EXPECT_THAT(needed_actions(operation("PutObject"), &request), ElementsAre("s3:PutObject"));
  request.tagging = "project=lake&empty=";
  request.acl = "private";
  EXPECT_THAT(needed_actions(operation("PutObject"), &request),
              ElementsAre("s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectTagging"));
  EXPECT_THAT(facts(operation("PutObject"), &request, {}),
              ElementsAre(Pair("s3:x-amz-acl", ElementsAre("private")),
                          Pair("s3:RequestObjectTag/project", ElementsAre("lake")),
                          Pair("s3:RequestObjectTag/empty", ElementsAre("")),
                          Pair("s3:RequestObjectTagKeys", ElementsAre("project", "empty"))));
}

TEST(Permissions, TagsOfAListAreSpread) {
  s3::PutBucketTaggingRequest request;
  request.tagging.tag_set = {s3::Tag{.key = "a", .value = "1"}, s3::Tag{.key = "b", .value = "2"}};
  EXPECT_THAT(facts(operation("PutBucketTagging"), &request, {}),
              ElementsAre(Pair("aws:RequestTag/a", ElementsAre("1")), Pair("aws:RequestTag/b", ElementsAre("2")),
                          Pair("aws:TagKeys", ElementsAre("a", "b"))));
}

TEST(Permissions, WhatNamesNoResourceIsAskedAboutAll) {
  s3::PutObjectRequest request;
  const std::string_view templates[] = {"{ACL}"};
  const Operation without{
      .name = "X", .method = "PUT", .uri = "/", .input = &shape_of(&request), .resources = templates};
  EXPECT_THAT(resources(without, &request, {}), ElementsAre("*"));
}

}  // namespace
}  // namespace tarn::aws
