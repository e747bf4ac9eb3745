// How good predictions are, and where a binary classifier's threshold best lies.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "training/algorithms/hyperparameters.h"

namespace tarn::algorithms {

struct Scored {
  float score;
  bool positive;
};

struct BinaryCounts {
  double true_positive = 0, false_positive = 0, true_negative = 0, false_negative = 0;
  double accuracy() const;
  double precision() const;  // 0 where nothing was predicted positive.
  double recall() const;     // 0 where nothing is positive.
  double f_beta(double beta) const;
};

// A score at or above the threshold is predicted positive.
BinaryCounts count_binary(std::span<const Scored> scored, double threshold);

// The area under the ROC curve, ties counted half; 0.5 when only one class is there.
double roc_auc(std::vector<Scored> scored);

struct Threshold {
  double threshold = 0.5;
  double value = 0;  // Of the criterion; higher is better.
};
// The threshold at which the criterion is best. Not for loss_function.
Threshold best_threshold(std::vector<Scored> scored, const LinearParameters& parameters);

}  // namespace tarn::algorithms
