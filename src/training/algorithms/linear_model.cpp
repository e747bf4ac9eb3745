#include "training/algorithms/linear_model.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace tarn::algorithms {

namespace {

constexpr const char* format_name = "tarn-linear-learner";

const std::pair<Loss, const char*> loss_names[] = {
    {Loss::logistic, "logistic"},
    {Loss::hinge, "hinge_loss"},
    {Loss::softmax, "softmax_loss"},
    {Loss::squared, "squared_loss"},
    {Loss::absolute, "absolute_loss"},
    {Loss::quantile, "quantile_loss"},
    {Loss::huber, "huber_loss"},
    {Loss::eps_insensitive_squared, "eps_insensitive_squared_loss"},
    {Loss::eps_insensitive_absolute, "eps_insensitive_absolute_loss"},
};

PredictorType predictor_of(const std::string& name) {
  for (const auto type :
       {PredictorType::binary_classifier, PredictorType::multiclass_classifier, PredictorType::regressor}) {
    if (predictor_name(type) == name) return type;
  }
  throw std::runtime_error("the model's predictor_type is unknown: " + name);
}

Loss loss_of(const std::string& name) {
  for (const auto& [loss, known] : loss_names) {
    if (name == known) return loss;
  }
  throw std::runtime_error("the model's loss is unknown: " + name);
}

}  // namespace

double binary_score(Loss loss, double raw) {
  return loss == Loss::logistic ? 1 / (1 + std::exp(-raw)) : raw;
}

Prediction LinearModel::predict(std::span<const std::uint32_t> indexes, std::span<const float> values) const {
  Prediction prediction;
  for (std::size_t output = 0; output < weights.size(); ++output) {
    double raw = bias[output];
    const float* const row = weights[output].data();
    if (indexes.empty() && values.size() == feature_dim) {
      for (std::size_t i = 0; i < values.size(); ++i) raw += static_cast<double>(row[i]) * values[i];
    } else {
      for (std::size_t i = 0; i < indexes.size(); ++i) raw += static_cast<double>(row[indexes[i]]) * values[i];
    }
    prediction.scores.push_back(raw);
  }
  switch (predictor_type) {
    case PredictorType::regressor:
      break;
    case PredictorType::binary_classifier:
      prediction.scores[0] = binary_score(loss, prediction.scores[0]);
      prediction.predicted_label = prediction.scores[0] >= threshold ? 1 : 0;
      break;
    case PredictorType::multiclass_classifier: {
      const auto best = std::ranges::max_element(prediction.scores);
      prediction.predicted_label = static_cast<double>(best - prediction.scores.begin());
      const double highest = *best;
      double sum = 0;
      for (double& score : prediction.scores) sum += score = std::exp(score - highest);
      for (double& score : prediction.scores) score /= sum;
      break;
    }
  }
  return prediction;
}

std::string LinearModel::to_json() const {
  const auto name = std::ranges::find(loss_names, loss, [](const auto& pair) { return pair.first; });
  const nlohmann::json json = {
      {"format", format_name},
      {"version", 1},
      {"predictor_type", predictor_name(predictor_type)},
      {"loss", name->second},
      {"feature_dim", feature_dim},
      {"num_classes", predictor_type == PredictorType::multiclass_classifier ? weights.size() : 1},
      {"weights", weights},
      {"bias", bias},
      {"threshold", threshold}};
  return json.dump();
}

LinearModel LinearModel::from_json(std::string_view text) {
  try {
    const auto json = nlohmann::json::parse(text);
    if (json.at("format") != format_name || json.at("version") != 1) {
      throw std::runtime_error("the model's format is not " + std::string(format_name) + " version 1");
    }
    LinearModel model;
    model.predictor_type = predictor_of(json.at("predictor_type").get<std::string>());
    model.loss = loss_of(json.at("loss").get<std::string>());
    model.feature_dim = json.at("feature_dim").get<std::size_t>();
    model.weights = json.at("weights").get<std::vector<std::vector<float>>>();
    model.bias = json.at("bias").get<std::vector<float>>();
    model.threshold = json.at("threshold").get<double>();
    const bool shaped =
        !model.weights.empty() && model.bias.size() == model.weights.size() &&
        std::ranges::all_of(model.weights, [&](const auto& w) { return w.size() == model.feature_dim; });
    if (!shaped) throw std::runtime_error("the model's weights do not fit its feature_dim");
    return model;
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(std::string("not a linear-learner model: ") + error.what());
  }
}

}  // namespace tarn::algorithms
