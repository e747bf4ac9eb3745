#include "training/images.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "training/metric_scanner.h"

namespace tarn::training {
namespace {

using testing::HasSubstr;

std::optional<ImageKind> kind_of(const std::string& image, const std::map<std::string, std::string>& allowed = {}) {
  const auto found = find_image(image, allowed);
  return found ? std::optional(found->kind) : std::nullopt;
}

TEST(Images, TarnsOwnNamesAndTheRegistrysNames) {
  EXPECT_EQ(kind_of("tarn/linear-learner:1"), ImageKind::linear_learner);
  EXPECT_EQ(kind_of("tarn/python:3"), ImageKind::python);
  for (const char* name : {"382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1",
                           "174872318107.dkr.ecr.us-west-2.amazonaws.com/linear-learner:latest",
                           "390948362332.dkr.ecr.cn-north-1.amazonaws.com.cn/linear-learner",
                           "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner@sha256:0123"}) {
    EXPECT_EQ(kind_of(name), ImageKind::linear_learner) << name;
  }
}

TEST(Images, OthersAreUnknown) {
  for (const char* name : {"", "linear-learner:1", "tarn/linear-learner:2", "tarn/python", "docker.io/linear-learner:1",
                           "38241673382.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1",
                           "38241673382x.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1",
                           "382416733822.dkr.ecr.us-east-1.example.com/linear-learner:1",
                           "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner-2:1",
                           "382416733822.dkr.ecr.us-east-1.amazonaws.com/xgboost:1", "file:///bin/sh"}) {
    EXPECT_FALSE(kind_of(name)) << name;
  }
  EXPECT_THAT(unknown_image_message("mine:1"), HasSubstr("\"mine:1\" = \"file:///path\""));
}

TEST(Images, TheOperatorNamesMore) {
  const std::map<std::string, std::string> allowed = {{"mine:1", "file:///opt/mine"},
                                                      {"same:1", "tarn/python:3"},
                                                      {"chain:1", "mine:1"},
                                                      {"file:///opt/own", "file:///opt/own"}};
  const auto mine = find_image("mine:1", allowed);
  ASSERT_TRUE(mine);
  EXPECT_EQ(mine->kind, ImageKind::file);
  EXPECT_EQ(mine->path, "/opt/mine");
  EXPECT_EQ(kind_of("same:1", allowed), ImageKind::python);
  EXPECT_EQ(kind_of("file:///opt/own", allowed), ImageKind::file);
  // One step only, so that no names can go in a circle.
  EXPECT_FALSE(kind_of("chain:1", allowed));
  EXPECT_FALSE(kind_of("file:///opt/other", allowed));
}

std::map<std::string, double> scanned(const std::vector<MetricDefinition>& definitions,
                                      const std::vector<std::string>& lines) {
  MetricScanner scanner(definitions);
  for (const auto& line : lines) scanner.scan(line, {});
  std::map<std::string, double> found;
  for (const auto& metric : scanner.latest()) found[metric.name] = metric.value;
  return found;
}

TEST(MetricScanner, KeepsTheLastNumberOfEachName) {
  const std::vector<MetricDefinition> definitions = {{"loss", "loss=([-0-9.e]+)"}, {"steps", "step ([0-9]+)"}};
  EXPECT_EQ(scanned(definitions, {"step 1 loss=0.5", "nothing", "step 2 loss=-2.5e-1"}),
            (std::map<std::string, double>{{"loss", -0.25}, {"steps", 2}}));
}

TEST(MetricScanner, WhatIsNoNumberIsPassedOver) {
  EXPECT_TRUE(scanned({{"loss", "loss=(\\S*)"}}, {"loss=none", "loss=", "gain=1"}).empty());
  EXPECT_EQ(scanned({{"loss", "loss=(\\S+)"}}, {"loss=1", "loss=x"}).at("loss"), 1);
}

TEST(MetricScanner, RefusesWhatIsNoExpression) {
  try {
    MetricScanner scanner({{"loss", "("}});
    FAIL() << "taken";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr("'loss'"));
  }
}

TEST(MetricScanner, LinearLearnersLinesAreKnown) {
  const auto found =
      scanned(metrics_of(ImageKind::linear_learner),
              {"#quality_metric: host=algo-1, epoch=3, train binary_classification_cross_entropy_objective <loss>=0.25",
               "#quality_metric: host=algo-1, validation roc_auc_score <score>=0.875",
               "#quality_metric: host=algo-1, test binary_f_1.000 <score>=0.5",
               "#quality_metric: host=algo-1, validation multiclass_top_k_accuracy_3 <score>=0.75",
               "#throughput_metric: host=algo-1, train throughput=1250.5 records/second",
               "#progress_metric: host=algo-1, completed 40 % of epochs"});
  EXPECT_EQ(found, (std::map<std::string, double>{{"train:objective_loss", 0.25},
                                                  {"validation:roc_auc_score", 0.875},
                                                  {"test:binary_f_beta", 0.5},
                                                  {"validation:multiclass_top_k_accuracy", 0.75},
                                                  {"train:throughput", 1250.5},
                                                  {"train:progress", 40}}));
  EXPECT_TRUE(metrics_of(ImageKind::python).empty());
}

}  // namespace
}  // namespace tarn::training
