// A trained linear model, and its file.
//
// The file is `model.json` inside model.tar.gz, one JSON object:
//   format "tarn-linear-learner", version 1
//   predictor_type, loss      as the hyperparameters spell them
//   feature_dim, num_classes
//   weights                   one list of feature_dim numbers an output (one, or num_classes of them)
//   bias                      one number an output
//   threshold                 binary: a score at or above it is label 1
// The numbers apply to features as they come: what normalization did is folded in.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "training/algorithms/hyperparameters.h"

namespace tarn::algorithms {

struct Prediction {
  std::vector<double> scores;  // binary, regressor: one; multiclass: one a class.
  double predicted_label = 0;  // Not for a regressor.
};

struct LinearModel {
  PredictorType predictor_type = PredictorType::binary_classifier;
  Loss loss = Loss::logistic;
  std::size_t feature_dim = 0;
  std::vector<std::vector<float>> weights;
  std::vector<float> bias;
  double threshold = 0.5;

  // `indexes` is empty for dense features, of which there are feature_dim.
  Prediction predict(std::span<const std::uint32_t> indexes, std::span<const float> values) const;

  std::string to_json() const;
  // Throws std::runtime_error for what is no model.
  static LinearModel from_json(std::string_view text);
};

// What a binary classifier answers as its score, for the raw sum.
double binary_score(Loss loss, double raw);

}  // namespace tarn::algorithms
