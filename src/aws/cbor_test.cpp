#include "aws/cbor.h"

#include <gtest/gtest.h>

#include "api/cloudwatch/get_metric_data.h"
#include "api/cloudwatch/put_metric_data.h"
#include "base/encoding.h"

namespace tarn::aws {
namespace {

cloudwatch::PutMetricDataRequest read(std::string_view hex, Reading& reading) {
  cloudwatch::PutMetricDataRequest request;
  cbor::read_document(shape_of(&request), &request, *from_hex(hex), reading);
  return request;
}

// {"Namespace": "n"}, then members of the only metric datum.
std::string datum(std::string_view members, int count) {
  return "a2694e616d657370616365616e6a4d65747269634461746181a" + std::to_string(count + 1) +
         "6a4d65747269634e616d65616d" + std::string(members);
}

TEST(Cbor, NumbersOfEveryWidth) {
  Reading reading;
  const std::string value = "6556616c7565";
  EXPECT_EQ(read(datum(value + "05", 1), reading).metric_data->at(0).value, 5);
  EXPECT_EQ(read(datum(value + "20", 1), reading).metric_data->at(0).value, -1);
  EXPECT_EQ(read(datum(value + "f93e00", 1), reading).metric_data->at(0).value, 1.5);
  EXPECT_EQ(read(datum(value + "f90001", 1), reading).metric_data->at(0).value, 5.9604644775390625e-08);
  EXPECT_EQ(read(datum(value + "fa3fc00000", 1), reading).metric_data->at(0).value, 1.5);
  EXPECT_EQ(read(datum(value + "fb3ff8000000000000", 1), reading).metric_data->at(0).value, 1.5);
  EXPECT_TRUE(reading.violations.empty());
}

TEST(Cbor, TaggedTimesAndIndefiniteLengths) {
  Reading reading;
  const auto request = read(
      "bf694e616d6573706163657f616e616fff6a4d657472696344617461"
      "9fbf6a4d65747269634e616d65616d6954696d657374616d70c1fb41d8ec2f40100000ffffff",
      reading);
  EXPECT_EQ(request.namespace_, "no");
  EXPECT_EQ(request.metric_data->at(0).timestamp, from_millis(1672527104250));
}

TEST(Cbor, UnknownMembersAreSkippedAndNullIsAbsent) {
  Reading reading;
  // {"x": [{"y": h'00'}, 1(2)], "Namespace": "n", "MetricData": null}
  const auto request = read("a3617882a161794100c102694e616d657370616365616e6a4d657472696344617461f6", reading);
  EXPECT_EQ(request.namespace_, "n");
  EXPECT_FALSE(request.metric_data);
  EXPECT_TRUE(reading.violations.empty());
}

TEST(Cbor, WhatIsBrokenIsRefused) {
  for (const std::string_view hex : {
           "",                                          // nothing
           "80",                                        // no map
           "a1",                                        // cut short
           "a1694e616d657370616365",                    // no value
           "a1694e616d65737061636505",                  // a number for a text
           "a1694e616d6573706163657b7fffffffffffffff",  // a length beyond the end
           "bb7fffffffffffffff",                        // so many members
           "bf694e616d657370616365616e",                // no break
           "a0a0",                                      // more behind it
           "a1011c",                                    // a key that is no text, a reserved length
           "ff",                                        // a break without its beginning
       }) {
    Reading reading;
    EXPECT_THROW(read(hex, reading), Malformed) << hex;
  }
}

TEST(Cbor, NestingHasABound) {
  std::string hex = "a16178";
  for (int i = 0; i < 1000; ++i) hex += "81";
  Reading reading;
  EXPECT_THROW(read(hex + "00", reading), Malformed);
}

TEST(Cbor, WritesTheShortestHeads) {
  cloudwatch::GetMetricDataOutput output;
  cloudwatch::MetricDataResult result;
  result.id = "m";
  result.timestamps = {from_millis(1500)};
  result.values = {2.0};
  output.metric_data_results = {result};
  EXPECT_EQ(to_hex(as_bytes(cbor::write_document(shape_of(&output), &output))),
            "a1714d657472696344617461526573756c747381a3624964616d6a54696d657374616d707381c1fb3ff8000000000000"
            "6656616c75657381fb4000000000000000");
}

}  // namespace
}  // namespace tarn::aws
