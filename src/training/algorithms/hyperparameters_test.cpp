#include "training/algorithms/hyperparameters.h"

#include <gtest/gtest.h>

#include "training/algorithms/client_error.h"

namespace tarn::algorithms {
namespace {

using Values = std::map<std::string, std::string>;

TEST(LinearHyperparameters, HaveTheDocumentedDefaults) {
  const auto p = parse_linear_parameters({{"predictor_type", "binary_classifier"}});
  EXPECT_EQ(p.loss, Loss::logistic);
  EXPECT_EQ(p.mini_batch_size, 1000u);
  EXPECT_EQ(p.epochs, 15u);
  EXPECT_FALSE(p.feature_dim);
  EXPECT_FALSE(p.learning_rate);
  EXPECT_EQ(p.early_stopping_patience, 3u);
  EXPECT_EQ(p.selection, SelectionCriterion::accuracy);
  EXPECT_EQ(p.positive_weight, 1.0);
  EXPECT_EQ(p.outputs(), 1u);
}

TEST(LinearHyperparameters, TakeWhatTheSdkSends) {
  const auto p = parse_linear_parameters({{"predictor_type", "multiclass_classifier"},
                                          {"num_classes", "7"},
                                          {"feature_dim", "auto"},
                                          {"mini_batch_size", "200"},
                                          {"learning_rate", "0.1"},
                                          {"wd", "1e-3"},
                                          {"l1", "auto"},
                                          {"normalize_data", "true"},
                                          {"loss", "auto"},
                                          {"_tuning_objective_metric", "validation:objective_loss"}});
  EXPECT_EQ(p.outputs(), 7u);
  EXPECT_EQ(p.loss, Loss::softmax);
  EXPECT_EQ(p.learning_rate, 0.1);
  EXPECT_EQ(p.weight_decay, 1e-3);
  EXPECT_EQ(p.normalize_data, true);
  EXPECT_FALSE(
      parse_linear_parameters({{"predictor_type", "binary_classifier"}, {"positive_example_weight_mult", "balanced"}})
          .positive_weight);
}

struct Refused {
  const char* name;
  Values values;
  const char* message;
};

class RefusedHyperparameters : public testing::TestWithParam<Refused> {};

TEST_P(RefusedHyperparameters, AreNamed) {
  try {
    parse_linear_parameters(GetParam().values);
    FAIL() << "taken";
  } catch (const ClientError& error) {
    EXPECT_NE(std::string(error.what()).find(GetParam().message), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("caused by ValidationError"), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(
    , RefusedHyperparameters,
    testing::Values(
        Refused{
            "NoPredictor", {}, "No value(s) were specified for 'predictor_type' which are required hyperparameter(s)"},
        Refused{"UnknownPredictor", {{"predictor_type", "forest"}}, "'forest' is not one of ['binary_classifier'"},
        Refused{"NoClasses", {{"predictor_type", "multiclass_classifier"}}, "'num_classes' is a required property"},
        Refused{"TwoClasses", {{"predictor_type", "multiclass_classifier"}, {"num_classes", "2"}}, "an integer from 3"},
        Refused{"NotAnInteger", {{"predictor_type", "regressor"}, {"epochs", "1.5"}}, "'1.5' is not valid for epochs"},
        Refused{"Zero", {{"predictor_type", "regressor"}, {"mini_batch_size", "0"}}, "an integer from 1"},
        Refused{"Negative", {{"predictor_type", "regressor"}, {"wd", "-1"}}, "a number of at least 0"},
        Refused{"NotFinite", {{"predictor_type", "regressor"}, {"learning_rate", "inf"}}, "'inf' is not valid"},
        Refused{"Unknown", {{"predictor_type", "regressor"}, {"epoch", "3"}}, "('epoch' was unexpected)"},
        Refused{"LossOfAnother", {{"predictor_type", "regressor"}, {"loss", "logistic"}}, "'logistic' is not one of"},
        Refused{"Truth", {{"predictor_type", "regressor"}, {"use_bias", "yes"}}, "true or false"},
        Refused{"LabelOfAClassifier",
                {{"predictor_type", "binary_classifier"}, {"normalize_label", "true"}},
                "regressor only"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace tarn::algorithms
