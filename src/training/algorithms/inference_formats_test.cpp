#include "training/algorithms/inference_formats.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "formats/record_protobuf.h"
#include "formats/recordio.h"
#include "training/algorithms/client_error.h"

namespace tarn::algorithms {
namespace {

LinearModel regressor() {
  return {.predictor_type = PredictorType::regressor,
          .loss = Loss::squared,
          .feature_dim = 2,
          .weights = {{1, 2}},
          .bias = {0.5}};
}
LinearModel binary() {
  return {.predictor_type = PredictorType::binary_classifier,
          .loss = Loss::logistic,
          .feature_dim = 2,
          .weights = {{1, 0}},
          .bias = {0},
          .threshold = 0.7};
}
LinearModel multiclass() {
  return {.predictor_type = PredictorType::multiclass_classifier,
          .loss = Loss::softmax,
          .feature_dim = 2,
          .weights = {{0, 0}, {0, 0}, {1000, 0}},
          .bias = {0, 0, 0}};
}

std::string record_request() {
  std::string out;
  for (const bool sparse : {false, true}) {
    formats::Record record;
    record.features.push_back({.name = "values", .kind = formats::RecordValue::Kind::float32, .float32 = {1, 2}});
    if (sparse) {
      record.features[0].float32 = {3};
      record.features[0].keys = {1};
      record.features[0].shape = {2};
    }
    std::string message;
    formats::encode_record(record, message);
    formats::append_recordio(out, as_bytes(message));
  }
  return out;
}

struct Request {
  const char* name;
  const char* content_type;
  std::string body;
};

class InferenceRequests : public testing::TestWithParam<Request> {};

// Every format says [1, 2] and then [0, 3]; the answers are 5.5 and 6.5.
TEST_P(InferenceRequests, AreAnswered) {
  const auto answer = infer(regressor(), GetParam().content_type, "", GetParam().body);
  EXPECT_EQ(answer.content_type, "application/json");
  EXPECT_EQ(answer.body, R"({"predictions":[{"score":5.5},{"score":6.5}]})");
}

INSTANTIATE_TEST_SUITE_P(
    , InferenceRequests,
    testing::Values(
        Request{"Csv", "text/csv", "1,2\n0,3\n"}, Request{"CsvWithParameters", "text/csv; charset=utf-8", "1,2\r\n0,3"},
        Request{"Json", "application/json", R"({"instances":[{"features":[1,2]},{"features":[0,3.0]}]})"},
        Request{
            "JsonData", "application/json",
            R"({"instances":[{"data":{"features":{"values":[1,2]}}},{"data":{"features":{"keys":[1],"shape":[2],"values":[3]}}}]})"},
        Request{"JsonLines", "application/jsonlines",
                "{\"features\":[1,2]}\n{\"data\":{\"features\":{\"values\":[0,3]}}}\n"},
        Request{"Records", "application/x-recordio-protobuf", record_request()}),
    [](const auto& info) { return info.param.name; });

TEST(InferenceResponses, AreAsDocumented) {
  EXPECT_EQ(infer(binary(), "text/csv", "application/json", "0,0").body,
            R"({"predictions":[{"predicted_label":0,"score":0.5}]})");
  EXPECT_EQ(infer(binary(), "text/csv", "application/jsonlines", "0,0\n100,0").body,
            "{\"predicted_label\":0,\"score\":0.5}\n{\"predicted_label\":1,\"score\":1.0}\n");
  EXPECT_EQ(infer(binary(), "text/csv", "text/csv", "0,0\n100,0").body, "0,0.5\n1,1\n");
  EXPECT_EQ(infer(multiclass(), "text/csv", "text/plain, application/json;q=0.5", "1,0").body,
            R"({"predictions":[{"predicted_label":2,"score":[0.0,0.0,1.0]}]})");
  EXPECT_EQ(infer(regressor(), "text/csv", "text/csv", "0,0").body, "0.5\n");
}

TEST(InferenceResponses, RecordsHoldScoreAndLabel) {
  const auto answer = infer(multiclass(), "text/csv", "application/x-recordio-protobuf", "1,0");
  formats::RecordIoReader reader(formats::memory_source(as_bytes(answer.body)));
  formats::Record record;
  decode_record(reader.next().value(), record);
  EXPECT_TRUE(record.features.empty());
  EXPECT_EQ(record.label_named("score")->float32, (std::vector<float>{0, 0, 1}));
  EXPECT_EQ(record.label_named("predicted_label")->float32, std::vector<float>{2});
}

struct Refused {
  const char* name;
  const char* content_type;
  const char* body;
  const char* message;
};

class RefusedRequests : public testing::TestWithParam<Refused> {};

TEST_P(RefusedRequests, SayWhy) {
  try {
    infer(regressor(), GetParam().content_type, "", GetParam().body);
    FAIL() << "taken";
  } catch (const ClientError& error) {
    EXPECT_NE(std::string(error.what()).find(GetParam().message), std::string::npos) << error.what();
  }
}

INSTANTIATE_TEST_SUITE_P(
    , RefusedRequests,
    testing::Values(Refused{"UnknownType", "text/html", "x", "Content type 'text/html'"},
                    Refused{"Empty", "text/csv", "\n\n", "no instance"},
                    Refused{"TooFewFeatures", "text/csv", "1\n", "Instance 1 has 1 features"},
                    Refused{"NotANumber", "text/csv", "1,2\n1,x\n", "row 2, column 2 is not a number: 'x'"},
                    Refused{"BrokenJson", "application/json", "{", "Malformed JSON"},
                    Refused{"NoInstances", "application/json", "[]", "no list 'instances'"},
                    Refused{"NoFeatures", "application/json", R"({"instances":[{}]})", "Instance 1 has no 'features'"},
                    Refused{"WordForNumber", "application/json", R"({"instances":[{"features":["a",1]}]})",
                            "not a number"},
                    Refused{"KeyOutside", "application/json",
                            R"({"instances":[{"data":{"features":{"keys":[2],"values":[1]}}}]})", "has 3 features"},
                    Refused{"NegativeKey", "application/json",
                            R"({"instances":[{"data":{"features":{"keys":[-1],"values":[1]}}}]})", "not a number"},
                    Refused{"DeepJson", "application/json", "[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]", "nested"},
                    Refused{"NoRecords", "application/x-recordio-protobuf", "12345678", "magic"}),
    [](const auto& info) { return info.param.name; });

TEST(InferenceResponses, AnAcceptThatCannotBeGivenIsRefused) {
  EXPECT_THROW(infer(regressor(), "text/csv", "image/png", "1,2"), ClientError);
}

}  // namespace
}  // namespace tarn::algorithms
