#include "training/algorithms/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tarn::algorithms {

namespace {

double ratio(double part, double whole) {
  return whole > 0 ? part / whole : 0;
}

// Higher is better. A target that is missed counts below every one that is met, by how far it is missed.
double criterion_value(const BinaryCounts& counts, const LinearParameters& p) {
  switch (p.selection) {
    case SelectionCriterion::accuracy:
      return counts.accuracy();
    case SelectionCriterion::f_beta:
      return counts.f_beta(p.f_beta);
    case SelectionCriterion::precision_at_target_recall:
      return counts.recall() >= p.target_recall ? counts.precision() : counts.recall() - p.target_recall;
    case SelectionCriterion::recall_at_target_precision:
      return counts.precision() >= p.target_precision ? counts.recall() : counts.precision() - p.target_precision;
    case SelectionCriterion::loss_function:
      break;
  }
  return 0;
}

}  // namespace

double BinaryCounts::accuracy() const {
  return ratio(true_positive + true_negative, true_positive + true_negative + false_positive + false_negative);
}
double BinaryCounts::precision() const {
  return ratio(true_positive, true_positive + false_positive);
}
double BinaryCounts::recall() const {
  return ratio(true_positive, true_positive + false_negative);
}
double BinaryCounts::f_beta(double beta) const {
  const double square = beta * beta;
  return ratio((1 + square) * true_positive, (1 + square) * true_positive + square * false_negative + false_positive);
}

BinaryCounts count_binary(std::span<const Scored> scored, double threshold) {
  BinaryCounts counts;
  for (const Scored& one : scored) {
    const bool predicted = one.score >= threshold;
    (predicted ? (one.positive ? counts.true_positive : counts.false_positive)
               : (one.positive ? counts.false_negative : counts.true_negative)) += 1;
  }
  return counts;
}

double roc_auc(std::vector<Scored> scored) {
  std::ranges::sort(scored, {}, &Scored::score);
  double positives = 0;
  double negatives = 0;
  double area = 0;
  for (std::size_t i = 0; i < scored.size();) {
    double tied_positives = 0;
    double tied_negatives = 0;
    const float score = scored[i].score;
    for (; i < scored.size() && scored[i].score == score; ++i)
      (scored[i].positive ? tied_positives : tied_negatives) += 1;
    area += tied_positives * (negatives + tied_negatives / 2);
    positives += tied_positives;
    negatives += tied_negatives;
  }
  return positives > 0 && negatives > 0 ? area / (positives * negatives) : 0.5;
}

Threshold best_threshold(std::vector<Scored> scored, const LinearParameters& parameters) {
  std::ranges::sort(scored, {}, &Scored::score);
  // At the lowest threshold everything is predicted positive; each step upward turns one score negative.
  BinaryCounts counts = count_binary(scored, -std::numeric_limits<double>::infinity());
  Threshold best{.threshold = scored.empty() ? 0.5 : scored.front().score,
                 .value = criterion_value(counts, parameters)};
  for (std::size_t i = 0; i < scored.size();) {
    const float score = scored[i].score;
    for (; i < scored.size() && scored[i].score == score; ++i) {
      (scored[i].positive ? counts.true_positive : counts.false_positive) -= 1;
      (scored[i].positive ? counts.false_negative : counts.true_negative) += 1;
    }
    const double value = criterion_value(counts, parameters);
    if (value <= best.value) continue;
    // Between the two scores, or just above the last.
    const double above = i < scored.size()
                             ? (static_cast<double>(score) + scored[i].score) / 2
                             : std::nextafter(static_cast<double>(score), std::numeric_limits<double>::max());
    best = {.threshold = above, .value = value};
  }
  return best;
}

}  // namespace tarn::algorithms
