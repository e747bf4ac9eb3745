#include <gmock/gmock.h>

#include "training/algorithms/linear_model.h"
#include "training/testing.h"

namespace tarn::training {
namespace {

using ::testing::HasSubstr;

class EndpointsTest : public testing::TrainingTest {
 protected:
  // A regressor that answers `value` whatever it is asked.
  void put_linear_model(const std::string& name, float value) {
    const algorithms::LinearModel model{.predictor_type = algorithms::PredictorType::regressor,
                                        .loss = algorithms::Loss::squared,
                                        .feature_dim = 2,
                                        .weights = {{0, 0}},
                                        .bias = {value}};
    put_archive("models", name + ".tar.gz", {{"model.json", model.to_json()}});
    create_model({.name = name,
                  .image = "tarn/linear-learner:1",
                  .model_data_url = "s3://models/" + name + ".tar.gz",
                  .role_arn = "role"});
  }
  void put_script_model(const std::string& name, const std::string& script) {
    put_archive("models", name + ".tar.gz", {{"code/inference.py", script}, {"factor", "3"}});
    create_model({.name = name,
                  .image = "tarn/python:3",
                  .model_data_url = "s3://models/" + name + ".tar.gz",
                  .environment = {{"SAGEMAKER_PROGRAM", "inference.py"}},
                  .role_arn = "role"});
  }
  void create_model(Model model) { sync_wait(training->create_model(account, std::move(model), {})); }
  void create_config(const std::string& name, std::vector<Variant> variants) {
    sync_wait(training->create_config(account, {.name = name, .variants = std::move(variants)}, {}));
  }
  std::string status(const std::string& name) { return sync_wait(training->find_endpoint(account, name)).status; }
  void create_endpoint(const std::string& name, const std::string& config) {
    sync_wait(training->create_endpoint(account, name, config, {}));
    EXPECT_TRUE(eventually([&] { return status(name) != "Creating"; }));
  }
  InvocationResult invoke(const std::string& name, Invocation invocation) {
    return sync_wait(training->invoke(account, name, std::move(invocation)));
  }
  std::string answer(const std::string& name, const std::string& body = "1,2") {
    return refusal_or([&] { return invoke(name, {.body = body, .content_type = "text/csv"}).body; });
  }
  static std::string refusal_or(const std::function<std::string()>& call) {
    try {
      return call();
    } catch (const Error& error) {
      return std::string(error.code().name) + ": " + error.message();
    }
  }
};

TEST_F(EndpointsTest, LinearLearnerServes) {
  put_linear_model("model", 4.5);
  create_config("config", {{.name = "AllTraffic", .model = "model"}});
  create_endpoint("endpoint", "config");
  ASSERT_EQ(status("endpoint"), "InService") << sync_wait(training->find_endpoint(account, "endpoint")).failure_reason;
  const auto result = invoke("endpoint", {.body = "1,2\n3,4", .content_type = "text/csv"});
  EXPECT_EQ(result.body, R"({"predictions":[{"score":4.5},{"score":4.5}]})");
  EXPECT_EQ(result.content_type, "application/json");
  EXPECT_EQ(result.variant, "AllTraffic");
  try {
    invoke("endpoint", {.body = "x", .content_type = "text/csv"});
    FAIL() << "taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), errors::model_error);
    EXPECT_THAT(error.message(),
                HasSubstr("Received client error (400) from primary with message \"Unable to decode payload: row 1"));
    ASSERT_EQ(error.details().size(), 3u);
    EXPECT_EQ(error.details()[0].second, "400");
  }
  EXPECT_TRUE(eventually([&] {
    return log_of("/aws/sagemaker/Endpoints/endpoint", "AllTraffic/").find("linear-learner serves a regressor") !=
           std::string::npos;
  }));
}

TEST_F(EndpointsTest, AScriptServesByItsFunctions) {
  put_script_model("script", R"(
import json, os
def model_fn(folder):
    return int(open(os.path.join(folder, "factor")).read())
def input_fn(body, content_type):
    if content_type != "application/json": raise ValueError("unknown " + content_type)
    return json.loads(body)
def predict_fn(data, model):
    return [model * value for value in data]
def output_fn(prediction, accept):
    return json.dumps({"result": prediction}), "application/json"
)");
  create_config("config", {{.name = "v", .model = "script"}});
  create_endpoint("endpoint", "config");
  ASSERT_EQ(status("endpoint"), "InService") << sync_wait(training->find_endpoint(account, "endpoint")).failure_reason;
  EXPECT_EQ(invoke("endpoint", {.body = "[1, 2]", .content_type = "application/json"}).body, R"({"result": [3, 6]})");
  EXPECT_THAT(
      answer("endpoint"),
      HasSubstr("ModelError: Received server error (500) from primary with message \"ValueError: unknown text/csv\""));
}

TEST_F(EndpointsTest, AScriptWithoutFunctionsHasDefaults) {
  put_script_model("script", "def model_fn(folder):\n    return lambda rows: [sum(row) for row in rows]\n");
  create_config("config", {{.name = "v", .model = "script"}});
  create_endpoint("endpoint", "config");
  EXPECT_EQ(answer("endpoint", "1,2\n3,4\n"), "[3.0, 7.0]");
  EXPECT_EQ(invoke("endpoint", {.body = "1,2\n3,4\n", .content_type = "text/csv", .accept = "text/csv"}).body,
            "3.0\n7.0\n");
}

TEST_F(EndpointsTest, WhatDoesNotStartFailsWithItsReason) {
  put_script_model("broken", "raise RuntimeError('no licence')\n");
  create_config("config", {{.name = "v", .model = "broken"}});
  create_endpoint("endpoint", "config");
  const auto endpoint = sync_wait(training->find_endpoint(account, "endpoint"));
  EXPECT_EQ(endpoint.status, "Failed");
  EXPECT_THAT(endpoint.failure_reason, HasSubstr("RuntimeError: no licence"));
  EXPECT_THAT(answer("endpoint"), HasSubstr("ValidationError: Endpoint endpoint of account 123456789012 not found."));
  create_model({.name = "nothing",
                .image = "tarn/linear-learner:1",
                .model_data_url = "s3://models/none.tar.gz",
                .role_arn = "role"});
  create_config("nothing", {{.name = "v", .model = "nothing"}});
  create_endpoint("nothing", "nothing");
  EXPECT_THAT(sync_wait(training->find_endpoint(account, "nothing")).failure_reason,
              HasSubstr("Could not find model data at s3://models/none.tar.gz"));
}

TEST_F(EndpointsTest, VariantsShareByWeightAndMayBeNamed) {
  put_linear_model("one", 1);
  put_linear_model("two", 2);
  create_config("config", {{.name = "a", .model = "one", .weight = 1}, {.name = "b", .model = "two", .weight = 3}});
  create_endpoint("endpoint", "config");
  int of_b = 0;
  for (int i = 0; i < 200; ++i) of_b += invoke("endpoint", {.body = "1,2", .content_type = "text/csv"}).variant == "b";
  EXPECT_GT(of_b, 110);
  EXPECT_LT(of_b, 190);
  EXPECT_EQ(invoke("endpoint", {.body = "1,2", .content_type = "text/csv", .target_variant = "a"}).variant, "a");
  EXPECT_THAT(refusal_or([&] {
                return invoke("endpoint", {.body = "1,2", .content_type = "text/csv", .target_variant = "c"}).body;
              }),
              HasSubstr("Variant c was not found"));
}

TEST_F(EndpointsTest, AnUpdateReplacesTheServersOrLeavesThem) {
  put_linear_model("one", 1);
  put_linear_model("two", 2);
  put_script_model("broken", "raise RuntimeError('no licence')\n");
  create_config("first", {{.name = "v", .model = "one"}});
  create_config("second", {{.name = "v", .model = "two"}});
  create_config("third", {{.name = "v", .model = "broken"}});
  create_endpoint("endpoint", "first");
  EXPECT_THAT(answer("endpoint"), HasSubstr("1.0"));
  sync_wait(training->update_endpoint(account, "endpoint", "second"));
  ASSERT_TRUE(eventually([&] { return status("endpoint") == "InService"; }));
  EXPECT_EQ(sync_wait(training->find_endpoint(account, "endpoint")).config, "second");
  ASSERT_TRUE(eventually([&] { return answer("endpoint").find("2.0") != std::string::npos; }));
  sync_wait(training->update_endpoint(account, "endpoint", "third"));
  ASSERT_TRUE(eventually([&] { return status("endpoint") == "InService"; }));
  EXPECT_EQ(sync_wait(training->find_endpoint(account, "endpoint")).config, "second");
  EXPECT_THAT(answer("endpoint"), HasSubstr("2.0"));
}

TEST_F(EndpointsTest, ComesBackAfterARestartAndGoesWhenDeleted) {
  put_linear_model("one", 1);
  create_config("config", {{.name = "v", .model = "one"}});
  create_endpoint("endpoint", "config");
  // The endpoint outlives its configuration.
  sync_wait(training->delete_config(account, "config"));
  restart();
  EXPECT_EQ(status("endpoint"), "InService");
  ASSERT_TRUE(eventually([&] { return answer("endpoint").find("1.0") != std::string::npos; })) << answer("endpoint");
  sync_wait(training->delete_endpoint(account, "endpoint"));
  EXPECT_THAT(answer("endpoint"), HasSubstr("ValidationError"));
  EXPECT_THAT(refusal([&] { status("endpoint"); }),
              HasSubstr("Could not find endpoint \"arn:aws:sagemaker:us-east-1:123456789012:endpoint/endpoint\"."));
}

TEST_F(EndpointsTest, AProgramThatDiesIsStartedAgain) {
  put_script_model("script",
                   "import os\ndef model_fn(folder):\n    return 1\ndef predict_fn(data, model):\n    if data[0][0] == "
                   "9: os._exit(1)\n    return data\n");
  create_config("config", {{.name = "v", .model = "script"}});
  create_endpoint("endpoint", "config");
  EXPECT_EQ(answer("endpoint", "1"), "[[1.0]]");
  EXPECT_THAT(answer("endpoint", "9"), HasSubstr("ModelError"));
  EXPECT_TRUE(eventually([&] { return answer("endpoint", "1") == "[[1.0]]"; }));
}

TEST_F(EndpointsTest, RefusesWhatCannotBe) {
  EXPECT_THAT(refusal([&] { create_model({.name = "m", .image = "other:1"}); }),
              HasSubstr("does not know what the image 'other:1'"));
  EXPECT_THAT(refusal([&] { create_config("c", {{.name = "v", .model = "none"}}); }),
              HasSubstr("Could not find model \"arn:aws:sagemaker:us-east-1:123456789012:model/none\"."));
  EXPECT_THAT(refusal([&] { create_endpoint("e", "none"); }), HasSubstr("Could not find endpoint configuration"));
  put_linear_model("m", 1);
  EXPECT_THAT(refusal([&] { put_linear_model("m", 1); }), HasSubstr("Cannot create already existing model"));
  sync_wait(training->delete_model(account, "m"));
  EXPECT_THAT(refusal([&] { sync_wait(training->delete_model(account, "m")); }), HasSubstr("Could not find model"));
}

}  // namespace
}  // namespace tarn::training
