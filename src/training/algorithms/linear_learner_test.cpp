#include "training/algorithms/linear_learner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "training/algorithms/client_error.h"
#include "training/algorithms/metrics.h"

namespace tarn::algorithms {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Examples made by a function of their number, as often as they are asked for.
class MadeReader : public ExampleReader {
 public:
  using Make = std::function<float(std::size_t number, std::vector<float>& features)>;
  MadeReader(std::size_t count, std::size_t dimension, Make make, bool sparse)
      : count_(count), dimension_(dimension), make_(std::move(make)), sparse_(sparse) {}
  std::size_t read(Examples& examples, std::size_t count) override {
    if (examples.dimension() == 0) examples = Examples(dimension_, sparse_);
    std::size_t taken = 0;
    std::vector<float> features(dimension_);
    std::vector<std::uint32_t> indexes(dimension_);
    for (std::size_t i = 0; i < dimension_; ++i) indexes[i] = static_cast<std::uint32_t>(i);
    for (; taken < count && next_ < count_; ++taken) {
      const float label = make_(next_++, features);
      sparse_ ? examples.add_sparse(indexes, features, label) : examples.add_dense(features, label);
    }
    return taken;
  }

 private:
  std::size_t count_;
  std::size_t dimension_;
  Make make_;
  bool sparse_;
  std::size_t next_ = 0;
};

TrainingInput::Open made(std::size_t count, std::size_t dimension, MadeReader::Make make, bool sparse = false) {
  return [=](std::optional<std::size_t>) { return std::make_unique<MadeReader>(count, dimension, make, sparse); };
}

// Even over [-1, 1), by SplitMix64.
float pseudo_random(std::size_t number, std::size_t salt) {
  std::uint64_t x = (number * 31 + salt) * 0x9E3779B97F4A7C15u;
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
  x = (x ^ x >> 27) * 0x94D049BB133111EBu;
  return static_cast<float>((x ^ x >> 31) >> 40) / (1 << 23) - 1;
}

// Features of very different size, as real tables have them.
float two_features(std::size_t number, std::vector<float>& features) {
  features[0] = 5000 + 1000 * pseudo_random(number, 1);
  features[1] = 0.01f * pseudo_random(number, 2);
  return 0;
}

struct Outcome {
  LinearModel model;
  std::vector<std::string> lines;
  bool said(const std::string& text) const {
    return std::ranges::any_of(lines, [&](const auto& line) { return line.find(text) != std::string::npos; });
  }
  // The number after the line's beginning; -1 when nothing begins so.
  double number_after(const std::string& beginning) const {
    for (const auto& line : lines) {
      if (line.starts_with(beginning)) return std::stod(line.substr(beginning.size()));
    }
    return -1;
  }
};

Outcome train(std::map<std::string, std::string> values, const TrainingInput& input) {
  std::atomic<bool> stop = false;
  Outcome outcome;
  const auto peers = alone();
  outcome.model = train_linear_model(
      parse_linear_parameters(values), input, [&](const std::string& line) { outcome.lines.push_back(line); }, stop,
      *peers);
  return outcome;
}

TEST(LinearLearner, SeparatesTwoClassesOnTheirOwnScales) {
  const auto make = [](std::size_t number, std::vector<float>& features) {
    two_features(number, features);
    return (features[0] - 5000) / 1000 + features[1] / 0.01f > 0.3f ? 1.0f : 0.0f;
  };
  const auto outcome = train({{"predictor_type", "binary_classifier"}, {"mini_batch_size", "100"}},
                             {.train = made(4000, 2, make), .validation = made(1000, 2, make)});
  int right = 0;
  std::vector<float> features(2);
  for (std::size_t number = 10'000; number < 11'000; ++number) {
    const float label = make(number, features);
    right += outcome.model.predict({}, features).predicted_label == label;
  }
  EXPECT_GT(right, 970);
  EXPECT_TRUE(outcome.said(
      "#quality_metric: host=algo-1, epoch=0, train binary_classification_cross_entropy_objective <loss>="));
  EXPECT_TRUE(outcome.said(
      "#quality_metric: host=algo-1, epoch=0, validation binary_classification_cross_entropy_objective <loss>="));
  EXPECT_GT(outcome.number_after("#validation_score (algo-1) : ('binary_classification_accuracy', "), 0.97);
  EXPECT_GT(outcome.number_after("#quality_metric: host=algo-1, validation roc_auc_score <score>="), 0.99);
  EXPECT_TRUE(outcome.said("#progress_metric: host=algo-1, completed "));
}

TEST(LinearLearner, FindsTheLineThroughNumbers) {
  for (const bool sparse : {false, true}) {
    const auto make = [sparse](std::size_t number, std::vector<float>& features) {
      two_features(number, features);
      // Sparse features are scaled and not shifted: they lie around zero.
      if (sparse) features[0] -= 5000;
      return 100 + 0.05f * features[0] - 2000 * features[1] + 0.1f * pseudo_random(number, 9);
    };
    const auto outcome =
        train({{"predictor_type", "regressor"}, {"mini_batch_size", "50"}, {"epochs", "30"}, {"l1", "0"}},
              {.train = made(4000, 2, make, sparse), .validation = made(500, 2, make, sparse)});
    EXPECT_NEAR(outcome.model.weights[0][0], 0.05, 0.001) << sparse;
    EXPECT_NEAR(outcome.model.weights[0][1], -2000, 40) << sparse;
    EXPECT_NEAR(outcome.model.bias[0], 100, 3) << sparse;
    EXPECT_GT(outcome.number_after("#quality_metric: host=algo-1, validation r2 <score>="), 0.99) << sparse;
  }
}

TEST(LinearLearner, TellsSeveralClassesApart) {
  const auto make = [](std::size_t number, std::vector<float>& features) {
    const auto label = static_cast<float>(number % 4);
    features[0] = (number % 4 < 2 ? 3.0f : -3.0f) + pseudo_random(number, 1);
    features[1] = (number % 2 == 0 ? 3.0f : -3.0f) + pseudo_random(number, 2);
    return label;
  };
  const auto outcome =
      train({{"predictor_type", "multiclass_classifier"}, {"num_classes", "4"}, {"mini_batch_size", "100"}},
            {.train = made(4000, 2, make), .validation = made(1000, 2, make), .test = made(400, 2, make)});
  EXPECT_TRUE(outcome.said("validation multiclass_accuracy <score>=1"));
  EXPECT_TRUE(outcome.said("test multiclass_top_k_accuracy_3 <score>=1"));
  const auto prediction = outcome.model.predict({}, std::vector<float>{3, -3});
  EXPECT_EQ(prediction.predicted_label, 1);
  EXPECT_EQ(prediction.scores.size(), 4u);
  EXPECT_NEAR(prediction.scores[0] + prediction.scores[1] + prediction.scores[2] + prediction.scores[3], 1, 1e-9);
}

TEST(LinearLearner, EveryOptimizerAndLossLearns) {
  const auto numbers = [](std::size_t number, std::vector<float>& features) {
    features[0] = pseudo_random(number, 1);
    return 3 * features[0] + 1;
  };
  for (const char* loss : {"squared_loss", "absolute_loss", "huber_loss", "eps_insensitive_squared_loss",
                           "eps_insensitive_absolute_loss", "quantile_loss"}) {
    const auto outcome = train({{"predictor_type", "regressor"}, {"loss", loss}, {"mini_batch_size", "50"}},
                               {.train = made(3000, 1, numbers), .validation = made(300, 1, numbers)});
    EXPECT_NEAR(outcome.model.predict({}, std::vector<float>{0.5}).scores[0], 2.5, 0.1) << loss;
  }
  const auto classes = [](std::size_t number, std::vector<float>& features) {
    features[0] = pseudo_random(number, 1);
    return features[0] > 0.2f ? 1.0f : 0.0f;
  };
  for (const char* optimizer : {"sgd", "adam", "adagrad", "rmsprop"}) {
    for (const char* loss : {"logistic", "hinge_loss"}) {
      const auto outcome = train({{"predictor_type", "binary_classifier"},
                                  {"optimizer", optimizer},
                                  {"loss", loss},
                                  {"mini_batch_size", "50"}},
                                 {.train = made(3000, 1, classes)});
      EXPECT_EQ(outcome.model.predict({}, std::vector<float>{0.4}).predicted_label, 1) << optimizer << loss;
      EXPECT_EQ(outcome.model.predict({}, std::vector<float>{0.0}).predicted_label, 0) << optimizer << loss;
    }
  }
}

TEST(LinearLearner, StopsEarlyWhenNothingImproves) {
  const auto noise = [](std::size_t number, std::vector<float>& features) {
    features[0] = pseudo_random(number, 1);
    return pseudo_random(number, 2) > 0 ? 1.0f : 0.0f;
  };
  const auto outcome =
      train({{"predictor_type", "binary_classifier"}, {"epochs", "500"}, {"early_stopping_patience", "2"}},
            {.train = made(2000, 1, noise), .validation = made(500, 1, noise)});
  EXPECT_FALSE(outcome.said("epoch=100,"));
}

TEST(LinearLearner, IsReproducible) {
  const auto make = [](std::size_t number, std::vector<float>& features) {
    two_features(number, features);
    return features[0] > 5100 ? 1.0f : 0.0f;
  };
  const std::map<std::string, std::string> values = {{"predictor_type", "binary_classifier"}, {"epochs", "2"}};
  EXPECT_EQ(train(values, {.train = made(3000, 2, make)}).model.to_json(),
            train(values, {.train = made(3000, 2, make)}).model.to_json());
}

TEST(LinearLearner, AStopLeavesAModel) {
  std::atomic<bool> stop = false;
  const auto make = [&stop](std::size_t number, std::vector<float>& features) {
    if (number == 2500) stop = true;
    return two_features(number, features);
  };
  const auto peers = alone();
  const auto model = train_linear_model(
      parse_linear_parameters({{"predictor_type", "binary_classifier"}}), {.train = made(1'000'000'000, 2, make)},
      [](const auto&) {}, stop, *peers);
  EXPECT_EQ(model.feature_dim, 2u);
}

TEST(LinearLearner, RefusesLabelsThatThePredictorDoesNotHave) {
  const auto labelled = [](float label) {
    return made(10, 2, [label](std::size_t number, std::vector<float>& features) {
      two_features(number, features);
      return number == 7 ? label : 0;
    });
  };
  EXPECT_THROW(train({{"predictor_type", "binary_classifier"}}, {.train = labelled(2)}), ClientError);
  EXPECT_THROW(train({{"predictor_type", "multiclass_classifier"}, {"num_classes", "3"}}, {.train = labelled(3)}),
               ClientError);
  EXPECT_THROW(train({{"predictor_type", "multiclass_classifier"}, {"num_classes", "3"}}, {.train = labelled(0.5)}),
               ClientError);
  EXPECT_THROW(train({{"predictor_type", "regressor"}}, {.train = labelled(std::nanf(""))}), ClientError);
  EXPECT_THROW(train({{"predictor_type", "regressor"}}, {.train = made(0, 2, two_features)}), ClientError);
}

TEST(LinearModel, ItsFileComesBack) {
  LinearModel model{.predictor_type = PredictorType::multiclass_classifier,
                    .loss = Loss::softmax,
                    .feature_dim = 2,
                    .weights = {{1.5f, -2}, {0.1f, 3}, {0, 1e-20f}},
                    .bias = {0, 1, -1},
                    .threshold = 0.25};
  const auto back = LinearModel::from_json(model.to_json());
  EXPECT_EQ(back.weights, model.weights);
  EXPECT_EQ(back.bias, model.bias);
  EXPECT_EQ(back.predictor_type, model.predictor_type);
  EXPECT_EQ(back.threshold, 0.25);
  for (const char* text : {"", "{}", "[]", R"({"format":"other","version":1})"}) {
    EXPECT_THROW(LinearModel::from_json(text), std::runtime_error) << text;
  }
  std::string torn = model.to_json();
  torn.replace(torn.find("\"feature_dim\":2"), 15, "\"feature_dim\":9");
  EXPECT_THROW(LinearModel::from_json(torn), std::runtime_error);
}

TEST(Metrics, AucCountsPairsAndTies) {
  EXPECT_DOUBLE_EQ(roc_auc({{0.1f, false}, {0.4f, false}, {0.35f, true}, {0.8f, true}}), 0.75);
  EXPECT_DOUBLE_EQ(roc_auc({{0.5f, false}, {0.5f, true}}), 0.5);
  EXPECT_DOUBLE_EQ(roc_auc({{0.5f, true}}), 0.5);
}

TEST(Metrics, ThresholdsFollowTheCriterion) {
  const std::vector<Scored> scored = {{0.1f, false}, {0.2f, true}, {0.3f, false},
                                      {0.6f, true},  {0.7f, true}, {0.9f, false}};
  const auto with = [](SelectionCriterion criterion) {
    LinearParameters p;
    p.selection = criterion;
    p.target_precision = 0.7;
    p.target_recall = 0.6;
    return p;
  };
  const auto accuracy = best_threshold(scored, with(SelectionCriterion::accuracy));
  EXPECT_DOUBLE_EQ(accuracy.value, 4.0 / 6);
  EXPECT_DOUBLE_EQ(count_binary(scored, accuracy.threshold).accuracy(), accuracy.value);
  const auto precision = best_threshold(scored, with(SelectionCriterion::precision_at_target_recall));
  EXPECT_DOUBLE_EQ(precision.value, 2.0 / 3);
  EXPECT_GE(count_binary(scored, precision.threshold).recall(), 0.6);
  // No threshold has a precision of 0.7: the nearest is taken.
  EXPECT_LT(best_threshold(scored, with(SelectionCriterion::recall_at_target_precision)).value, 0);
}

}  // namespace
}  // namespace tarn::algorithms
