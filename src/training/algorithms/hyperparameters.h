// The hyperparameters of linear-learner, named, defaulted and refused as SageMaker's.
//
// https://docs.aws.amazon.com/sagemaker/latest/dg/ll_hyperparameters.html
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace tarn::algorithms {

enum class PredictorType { binary_classifier, multiclass_classifier, regressor };

enum class Loss {
  logistic,
  hinge,
  softmax,
  squared,
  absolute,
  quantile,
  huber,
  eps_insensitive_squared,
  eps_insensitive_absolute,
};

enum class Optimizer { sgd, adam, adagrad, rmsprop };

enum class SelectionCriterion {
  accuracy,
  f_beta,
  precision_at_target_recall,
  recall_at_target_precision,
  loss_function
};

// What is nullopt was `auto`: the data decides.
struct LinearParameters {
  PredictorType predictor_type = PredictorType::binary_classifier;
  std::optional<std::uint64_t> feature_dim;
  std::uint64_t num_classes = 1;  // 1 for what is not multiclass.
  std::uint64_t mini_batch_size = 1000;
  std::uint64_t epochs = 15;
  Loss loss = Loss::logistic;
  Optimizer optimizer = Optimizer::adam;
  std::optional<double> learning_rate;
  std::optional<double> l1;
  std::optional<double> weight_decay;
  std::optional<std::uint64_t> num_models;
  bool use_bias = true;
  double bias_learning_rate_factor = 1;
  double bias_weight_decay_factor = 0;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double momentum = 0;
  bool use_scheduler = true;
  std::uint64_t scheduler_step = 100;
  double scheduler_factor = 0.99;
  double scheduler_minimum = 1e-5;
  bool init_uniform = true;
  double init_scale = 0.07;
  double init_sigma = 0.01;
  double init_bias = 0;
  std::optional<bool> normalize_data;
  std::optional<bool> normalize_label;
  std::optional<bool> unbias_data;
  std::optional<bool> unbias_label;
  std::uint64_t scaler_points = 10000;
  std::uint64_t calibration_samples = 10'000'000;
  std::uint64_t early_stopping_patience = 3;
  double early_stopping_tolerance = 0.001;
  SelectionCriterion selection = SelectionCriterion::accuracy;
  double f_beta = 1;
  double target_precision = 0.8;
  double target_recall = 0.8;
  std::optional<double> positive_weight = 1;  // None: `balanced`, from the data.
  bool balance_classes = false;
  std::uint64_t accuracy_top_k = 3;
  double margin = 1;
  double quantile = 0.5;
  double huber_delta = 1;
  double loss_insensitivity = 0.01;

  std::size_t outputs() const { return predictor_type == PredictorType::multiclass_classifier ? num_classes : 1; }
};

// Throws ClientError that names the parameter, its value and what is wanted; also for a name that linear-learner does
// not have. Names that begin with "_" are SageMaker's own and are passed over.
LinearParameters parse_linear_parameters(const std::map<std::string, std::string>& values);

// "binary_classification_cross_entropy_objective": what log lines call the loss.
std::string objective_name(Loss loss);
std::string predictor_name(PredictorType type);

}  // namespace tarn::algorithms
