// ModelBank: the models that linear-learner trains side by side. Their weights lie next to each other, feature by
// feature, so that one pass over an example serves all of them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "training/algorithms/examples.h"
#include "training/algorithms/hyperparameters.h"
#include "training/algorithms/linear_model.h"
#include "training/algorithms/peers.h"

namespace tarn::algorithms {

// How features and labels are shifted and scaled before training.
struct Normalization {
  std::vector<float> mean;   // Subtracted; empty: nothing is.
  std::vector<float> scale;  // Multiplied with; empty: nothing is.
  double label_mean = 0;
  double label_deviation = 1;
  double positive_weight = 1;
  std::vector<float> class_weights;  // Empty: all 1.
};

// Looks at the samples of all hosts as the parameters say; a host without data has an empty one. `shift` is false where
// that would make sparse data dense. Throws ClientError for labels that the predictor does not have.
Normalization measure(const LinearParameters& parameters, const Examples& sample, bool shift, Peers& peers);

// What sets one model of the bank apart.
struct ModelSettings {
  double learning_rate;
  double l1;
  double weight_decay;
};
std::vector<ModelSettings> choose_settings(const LinearParameters& parameters, std::size_t dimension);

class ModelBank {
 public:
  ModelBank(const LinearParameters& parameters, Normalization normalization, std::size_t dimension);

  std::size_t models() const { return settings_.size(); }
  const ModelSettings& settings(std::size_t model) const { return settings_[model]; }

  // A step of all models is two calls. The first sums up the gradient over the rows that `order` names, and adds the
  // models' losses to `losses`; hosts may then sum their gradients. The second moves the weights.
  void accumulate(const Examples& examples, std::span<const std::size_t> order, std::span<double> losses);
  std::span<float> gradient() { return gradient_; }
  void step(std::size_t rows);

  // Raw sums of all models for one example: outputs of model 0, of model 1, … Valid until the next call.
  std::span<const float> raw(const Examples& examples, std::size_t row);
  // The loss of one model for raw sums and a label, weighted as in training.
  double loss(std::span<const float> raw, std::size_t model, float label) const;

  // Remembers a model as it is now, or goes back to what was remembered.
  void keep(std::size_t model);
  void restore(std::size_t model);

  // Folds normalization into the weights.
  LinearModel extract(std::size_t model) const;

  // Refuses a label that the predictor does not have.
  void check_label(float label) const;

 private:
  void normalize(const Examples& examples, std::size_t row);
  void scores();
  double loss_and_slope(const float* raw, std::size_t model, float label, float* slope) const;

  const LinearParameters parameters_;
  Normalization normalization_;
  std::size_t dimension_;
  std::size_t outputs_;
  std::vector<ModelSettings> settings_;
  std::size_t width_;           // models × outputs
  std::vector<float> weights_;  // [feature][model][output]; the last "feature" is the bias.
  std::vector<float> gradient_;
  std::vector<float> first_moment_;
  std::vector<float> second_moment_;
  std::vector<float> kept_;
  std::uint64_t steps_ = 0;
  // The example at hand, normalized.
  bool sparse_row_ = false;
  std::span<const std::uint32_t> row_indexes_;
  std::vector<float> row_values_;
  std::vector<float> raw_;
  std::vector<float> slope_;
};

}  // namespace tarn::algorithms
