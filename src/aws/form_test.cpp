#include "aws/form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/cloudwatch/model.h"
#include "api/cloudwatch/put_metric_data.h"
#include "api/sts/model.h"
#include "aws/test_request.h"

namespace tarn::aws {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

cloudwatch::PutMetricDataRequest put_metric_data(std::string_view body, Reading& reading) {
  cloudwatch::PutMetricDataRequest request;
  TestRequest http("POST", "/");
  const form::Parameters parameters = *form::parse(body);
  const Operation operation{.name = "PutMetricData", .method = "POST", .uri = "/", .input = &shape_of(&request)};
  form::read(operation, {.http = http.get(), .labels = {}, .body = body, .form = parameters}, &request, reading);
  return request;
}

TEST(Form, DecodesNamesAndValues) {
  EXPECT_THAT(*form::parse("a=1+2&b%20c=%C3%A4&empty=&&bare"),
              ElementsAre(Pair("a", "1 2"), Pair("b c", "\xC3\xA4"), Pair("empty", ""), Pair("bare", "")));
  EXPECT_FALSE(form::parse("a=%zz"));
  EXPECT_FALSE(form::parse("a%4=1"));
}

TEST(Form, TooManyParametersAreRefused) {
  std::string text;
  for (int i = 0; i < 10'001; ++i) text += "a=1&";
  EXPECT_FALSE(form::parse(text));
}

TEST(Form, ListsAndStructuresByTheirNumbers) {
  Reading reading;
  const auto request = put_metric_data(
      "Action=PutMetricData&Namespace=n&MetricData.member.2.MetricName=second&MetricData.member.10.MetricName=tenth"
      "&MetricData.member.1.MetricName=first&MetricData.member.1.Dimensions.member.1.Name=d"
      "&MetricData.member.1.Dimensions.member.1.Value=v&MetricData.member.1.Value=1.5"
      "&MetricData.member.1.Timestamp=2023-01-01T00:00:00Z&Nonsense.member.1=x",
      reading);
  EXPECT_TRUE(reading.violations.empty()) << reading.violations.message();
  ASSERT_EQ(request.metric_data->size(), 3u);
  EXPECT_EQ(request.metric_data->at(0).metric_name, "first");
  EXPECT_EQ(request.metric_data->at(0).dimensions->at(0).value, "v");
  EXPECT_EQ(request.metric_data->at(0).value, 1.5);
  EXPECT_EQ(request.metric_data->at(0).timestamp, parse_iso8601("2023-01-01T00:00:00Z"));
  EXPECT_EQ(request.metric_data->at(2).metric_name, "tenth");
}

TEST(Form, WhatIsMissingIsNamed) {
  Reading reading;
  put_metric_data("MetricData.member.1.Value=1", reading);
  EXPECT_THAT(reading.violations.message(), HasSubstr("Value null at 'metricData.1.member.metricName'"));
  EXPECT_THAT(reading.violations.message(), HasSubstr("Value null at 'namespace'"));
}

TEST(Form, WhatCannotBeReadIsMalformed) {
  Reading reading;
  EXPECT_THROW(put_metric_data("Namespace=n&MetricData.member.1.Value=much", reading), Malformed);
  EXPECT_THROW(put_metric_data("Namespace.member.1=n", reading), Malformed);
  std::string deep = "a";
  for (int i = 0; i < 100; ++i) deep += ".a";
  EXPECT_THROW(put_metric_data(deep + "=1", reading), Malformed);
}

TEST(Form, HugeAndOddIndexesAreNoItems) {
  Reading reading;
  const auto request = put_metric_data(
      "Namespace=n&MetricData.member.0.MetricName=a&MetricData.member.99999999999999999999.MetricName=b"
      "&MetricData.member.1x.MetricName=c&MetricData.member.-1.MetricName=d&MetricData.member.1.MetricName=e",
      reading);
  EXPECT_EQ(request.metric_data->size(), 1u);
}

TEST(Form, SignatureErrorsHaveTheNamesOfQueryServices) {
  const ReplyContext context{.model = sts::model(), .protocol = Protocol::query, .request_id = "id"};
  const http::Response response = form::error(context, Error(ErrorCode{"InvalidAccessKeyId", 403}, "No such key."));
  EXPECT_EQ(response.status, 403);
  EXPECT_THAT(response.text, HasSubstr("<Code>InvalidClientTokenId</Code>"));
  EXPECT_THAT(response.text, HasSubstr("</Error><RequestId>id</RequestId></ErrorResponse>"));
}

}  // namespace
}  // namespace tarn::aws
