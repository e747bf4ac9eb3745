#include "training/algorithms/model_bank.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "training/algorithms/client_error.h"

namespace tarn::algorithms {

namespace {

// Beyond this many weights a bank of several models is not made unless it is asked for.
constexpr std::size_t many_weights = 4'000'000;

std::string number_text(float value) {
  std::string text = std::to_string(value);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text;
}

void check_label_of(const LinearParameters& p, float label) {
  if (!std::isfinite(label)) throw ClientError("A label is not a finite number.");
  if (p.predictor_type == PredictorType::binary_classifier && label != 0 && label != 1) {
    throw ClientError("The label " + number_text(label) +
                      " is neither 0 nor 1, which predictor_type "
                      "binary_classifier wants.");
  }
  if (p.predictor_type == PredictorType::multiclass_classifier &&
      (label < 0 || label >= static_cast<float>(p.num_classes) || label != std::floor(label))) {
    throw ClientError("The label " + number_text(label) +
                      " is not an integer from 0 to num_classes - 1 = " + std::to_string(p.num_classes - 1) + ".");
  }
}

// The first example there is, on whichever host: large values with small differences keep their digits around it.
std::vector<double> find_origin(const Examples& sample, Peers& peers) {
  std::vector<double> origin(sample.dimension());
  const std::string filled = peers.concatenate(sample.size() > 0 ? "x" : "-");
  if (filled.find('x') == peers.index() && !sample.sparse())
    origin.assign(sample.values(0).begin(), sample.values(0).end());
  peers.sum(origin);
  return origin;
}

void measure_features(const LinearParameters& p, const Examples& sample, bool shift, double count, Peers& peers,
                      Normalization& result) {
  const std::size_t dimension = sample.dimension();
  std::vector<double> sums(2 * dimension);
  const std::span<double> squares = std::span(sums).subspan(dimension);
  const std::vector<double> origin = shift ? find_origin(sample, peers) : std::vector<double>(dimension);
  for (std::size_t row = 0; row < sample.size(); ++row) {
    const auto values = sample.values(row);
    const auto indexes = sample.indexes(row);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t feature = sample.sparse() ? indexes[i] : i;
      const double value = values[i] - origin[feature];
      sums[feature] += value;
      squares[feature] += value * value;
    }
  }
  peers.sum(sums);
  const bool scale = p.normalize_data.value_or(true);
  shift = shift && p.unbias_data.value_or(true);
  if (scale) result.scale.resize(dimension);
  if (shift) result.mean.resize(dimension);
  for (std::size_t feature = 0; feature < dimension; ++feature) {
    const double mean = sums[feature] / count;
    const double variance = std::max(0.0, squares[feature] / count - mean * mean);
    // A constant feature is left as it is.
    const double deviation = std::sqrt(variance);
    if (scale) result.scale[feature] = deviation > 1e-12 ? static_cast<float>(1 / deviation) : 1.0f;
    if (shift) result.mean[feature] = static_cast<float>(mean + origin[feature]);
  }
}

}  // namespace

Normalization measure(const LinearParameters& p, const Examples& sample, bool shift, Peers& peers) {
  Normalization result;
  // Rows, labels, squares of labels, rows of each class.
  std::vector<double> sums(
      3 + (p.predictor_type == PredictorType::regressor ? 0 : std::max<std::size_t>(2, p.num_classes)));
  const std::span<double> counts = std::span(sums).subspan(3);
  for (std::size_t row = 0; row < sample.size(); ++row) {
    const float label = sample.label(row);
    check_label_of(p, label);
    if (!counts.empty()) counts[static_cast<std::size_t>(label)] += 1;
    sums[0] += 1;
    sums[1] += label;
    sums[2] += static_cast<double>(label) * label;
  }
  peers.sum(sums);
  const double count = sums[0];
  if (count == 0) throw ClientError("No training data was found: the train channel holds no records.");
  measure_features(p, sample, shift, count, peers, result);
  if (p.predictor_type == PredictorType::regressor) {
    const double mean = sums[1] / count;
    const double deviation = std::sqrt(std::max(0.0, sums[2] / count - mean * mean));
    const bool scale = p.normalize_label.value_or(true);
    if (p.unbias_label.value_or(scale)) result.label_mean = mean;
    if (scale && deviation > 1e-12) result.label_deviation = deviation;
  }
  if (p.predictor_type == PredictorType::binary_classifier) {
    const double balanced = counts[1] > 0 ? counts[0] / counts[1] : 1;
    result.positive_weight = p.positive_weight ? *p.positive_weight : (balanced > 0 ? balanced : 1);
  }
  if (p.predictor_type == PredictorType::multiclass_classifier && p.balance_classes) {
    for (const double of_class : counts) {
      const double weight = count / (static_cast<double>(counts.size()) * std::max(1.0, of_class));
      result.class_weights.push_back(static_cast<float>(weight));
    }
  }
  return result;
}

std::vector<ModelSettings> choose_settings(const LinearParameters& p, std::size_t dimension) {
  // What the user leaves open is tried in a few ways.
  const double base = p.optimizer == Optimizer::sgd ? 0.1 : p.optimizer == Optimizer::adagrad ? 0.1 : 0.01;
  const auto choices = [](const std::optional<double>& given, std::vector<double> tried) {
    return given ? std::vector{*given} : tried;
  };
  std::vector<ModelSettings> grid;
  for (const double decay : choices(p.weight_decay, {0, 1e-4})) {
    for (const double l1 : choices(p.l1, {0, 1e-4})) {
      for (const double rate : choices(p.learning_rate, {base, base / 4})) grid.push_back({rate, l1, decay});
    }
  }
  std::size_t count = p.num_models.value_or(grid.size());
  if (!p.num_models && dimension * p.outputs() * grid.size() > many_weights) count = 1;
  // More models than settings: the same settings from other starting points.
  std::vector<ModelSettings> settings;
  for (std::size_t i = 0; i < count; ++i) settings.push_back(grid[i % grid.size()]);
  return settings;
}

ModelBank::ModelBank(const LinearParameters& parameters, Normalization normalization, std::size_t dimension)
    : parameters_(parameters),
      normalization_(std::move(normalization)),
      dimension_(dimension),
      outputs_(parameters.outputs()),
      settings_(choose_settings(parameters, dimension)),
      width_(settings_.size() * outputs_),
      weights_((dimension + 1) * width_),
      gradient_(weights_.size()),
      kept_(weights_.size()),
      row_values_(dimension),
      raw_(width_),
      slope_(width_) {
  if (parameters_.optimizer != Optimizer::sgd || parameters_.momentum > 0) first_moment_.resize(weights_.size());
  if (parameters_.optimizer != Optimizer::sgd) second_moment_.resize(weights_.size());
  std::mt19937 random(20130115);
  std::uniform_real_distribution<float> uniform(static_cast<float>(-parameters_.init_scale),
                                                static_cast<float>(parameters_.init_scale));
  std::normal_distribution<float> normal(0, static_cast<float>(parameters_.init_sigma));
  for (std::size_t i = 0; i < dimension_ * width_; ++i) {
    weights_[i] = parameters_.init_uniform ? uniform(random) : normal(random);
  }
  std::fill(weights_.end() - static_cast<std::ptrdiff_t>(width_), weights_.end(),
            static_cast<float>(parameters_.use_bias ? parameters_.init_bias : 0));
  kept_ = weights_;
}

void ModelBank::check_label(float label) const {
  check_label_of(parameters_, label);
}

void ModelBank::normalize(const Examples& examples, std::size_t row) {
  const auto values = examples.values(row);
  sparse_row_ = examples.sparse();
  row_indexes_ = examples.indexes(row);
  row_values_.resize(values.size());
  const bool scale = !normalization_.scale.empty();
  if (sparse_row_) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      row_values_[i] = scale ? values[i] * normalization_.scale[row_indexes_[i]] : values[i];
    }
    return;
  }
  std::ranges::copy(values, row_values_.begin());
  if (!normalization_.mean.empty()) {
    for (std::size_t i = 0; i < values.size(); ++i) row_values_[i] -= normalization_.mean[i];
  }
  if (scale) {
    for (std::size_t i = 0; i < values.size(); ++i) row_values_[i] *= normalization_.scale[i];
  }
}

void ModelBank::scores() {
  const float* const bias = weights_.data() + dimension_ * width_;
  std::copy(bias, bias + width_, raw_.begin());
  float* const raw = raw_.data();
  for (std::size_t i = 0; i < row_values_.size(); ++i) {
    const std::size_t feature = sparse_row_ ? row_indexes_[i] : i;
    const float value = row_values_[i];
    const float* const column = weights_.data() + feature * width_;
    for (std::size_t k = 0; k < width_; ++k) raw[k] += value * column[k];
  }
}

std::span<const float> ModelBank::raw(const Examples& examples, std::size_t row) {
  normalize(examples, row);
  scores();
  return raw_;
}

namespace {

struct LossAndSlope {
  double loss;
  double slope;
};

// log(1 + exp(x)) without overflow.
double softplus(double x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

LossAndSlope regression_loss(const LinearParameters& p, double difference) {
  const double size = std::abs(difference);
  const double sign = difference < 0 ? -1 : difference > 0 ? 1 : 0;
  switch (p.loss) {
    case Loss::absolute:
      return {size, sign};
    case Loss::quantile:
      return difference >= 0 ? LossAndSlope{(1 - p.quantile) * difference, 1 - p.quantile}
                             : LossAndSlope{-p.quantile * difference, -p.quantile};
    case Loss::huber:
      if (size <= p.huber_delta) return {difference * difference / 2, difference};
      return {p.huber_delta * (size - p.huber_delta / 2), sign * p.huber_delta};
    case Loss::eps_insensitive_squared: {
      const double over = std::max(0.0, size - p.loss_insensitivity);
      return {over * over, 2 * over * sign};
    }
    case Loss::eps_insensitive_absolute:
      return size > p.loss_insensitivity ? LossAndSlope{size - p.loss_insensitivity, sign} : LossAndSlope{0, 0};
    default:
      return {difference * difference, 2 * difference};
  }
}

}  // namespace

double ModelBank::loss_and_slope(const float* raw, std::size_t model, float label, float* slope) const {
  const float* const own = raw + model * outputs_;
  float* const own_slope = slope ? slope + model * outputs_ : nullptr;
  if (parameters_.predictor_type == PredictorType::multiclass_classifier) {
    const auto truth = static_cast<std::size_t>(label);
    const double weight = normalization_.class_weights.empty() ? 1 : normalization_.class_weights[truth];
    const double highest = *std::max_element(own, own + outputs_);
    double sum = 0;
    for (std::size_t k = 0; k < outputs_; ++k) sum += std::exp(own[k] - highest);
    if (own_slope) {
      for (std::size_t k = 0; k < outputs_; ++k) {
        const double share = std::exp(own[k] - highest) / sum;
        own_slope[k] = static_cast<float>(weight * (share - (k == truth ? 1 : 0)));
      }
    }
    return weight * (std::log(sum) + highest - own[truth]);
  }
  if (parameters_.predictor_type == PredictorType::regressor) {
    const double target = (label - normalization_.label_mean) / normalization_.label_deviation;
    const auto [value, gradient] = regression_loss(parameters_, own[0] - target);
    if (own_slope) *own_slope = static_cast<float>(gradient);
    return value;
  }
  const double weight = label > 0 ? normalization_.positive_weight : 1;
  const double sign = label > 0 ? 1 : -1;
  if (parameters_.loss == Loss::hinge) {
    const double short_of = parameters_.margin - sign * own[0];
    if (own_slope) *own_slope = static_cast<float>(short_of > 0 ? -sign * weight : 0);
    return weight * std::max(0.0, short_of);
  }
  if (own_slope) *own_slope = static_cast<float>(-sign * weight / (1 + std::exp(sign * own[0])));
  return weight * softplus(-sign * own[0]);
}

double ModelBank::loss(std::span<const float> raw, std::size_t model, float label) const {
  return loss_and_slope(raw.data(), model, label, nullptr);
}

void ModelBank::accumulate(const Examples& examples, std::span<const std::size_t> order, std::span<double> losses) {
  std::ranges::fill(gradient_, 0.0f);
  float* const bias_gradient = gradient_.data() + dimension_ * width_;
  const float* const slope = slope_.data();
  for (const std::size_t row : order) {
    const float label = examples.label(row);
    check_label(label);
    normalize(examples, row);
    scores();
    for (std::size_t model = 0; model < settings_.size(); ++model) {
      losses[model] += loss_and_slope(raw_.data(), model, label, slope_.data());
    }
    for (std::size_t i = 0; i < row_values_.size(); ++i) {
      const std::size_t feature = sparse_row_ ? row_indexes_[i] : i;
      const float value = row_values_[i];
      float* const column = gradient_.data() + feature * width_;
      for (std::size_t k = 0; k < width_; ++k) column[k] += value * slope[k];
    }
    for (std::size_t k = 0; k < width_; ++k) bias_gradient[k] += slope[k];
  }
}

void ModelBank::step(std::size_t rows) {
  const LinearParameters& p = parameters_;
  const double decays = p.use_scheduler ? static_cast<double>(steps_ / p.scheduler_step) : 0;
  ++steps_;
  const double share = 1.0 / static_cast<double>(rows);
  const double first_correction = 1 - std::pow(p.beta_1, static_cast<double>(steps_));
  const double second_correction = 1 - std::pow(p.beta_2, static_cast<double>(steps_));
  for (std::size_t k = 0; k < width_; ++k) {
    const ModelSettings& own = settings_[k / outputs_];
    const double planned = own.learning_rate * std::pow(p.scheduler_factor, decays);
    const double rate = p.use_scheduler ? std::max(planned, std::min(p.scheduler_minimum, own.learning_rate)) : planned;
    for (std::size_t feature = 0; feature <= dimension_; ++feature) {
      const bool is_bias = feature == dimension_;
      if (is_bias && !p.use_bias) continue;
      const std::size_t at = feature * width_ + k;
      const double decay = is_bias ? own.weight_decay * p.bias_weight_decay_factor : own.weight_decay;
      const double own_rate = is_bias ? rate * p.bias_learning_rate_factor : rate;
      const double slope = gradient_[at] * share + decay * weights_[at];
      double change = 0;
      switch (p.optimizer) {
        case Optimizer::sgd:
          if (p.momentum > 0) {
            first_moment_[at] = static_cast<float>(p.momentum * first_moment_[at] + slope);
            change = own_rate * first_moment_[at];
          } else {
            change = own_rate * slope;
          }
          break;
        case Optimizer::adam:
          first_moment_[at] = static_cast<float>(p.beta_1 * first_moment_[at] + (1 - p.beta_1) * slope);
          second_moment_[at] = static_cast<float>(p.beta_2 * second_moment_[at] + (1 - p.beta_2) * slope * slope);
          change = own_rate * (first_moment_[at] / first_correction) /
                   (std::sqrt(second_moment_[at] / second_correction) + 1e-8);
          break;
        case Optimizer::adagrad:
          second_moment_[at] += static_cast<float>(slope * slope);
          change = own_rate * slope / (std::sqrt(second_moment_[at]) + 1e-7);
          break;
        case Optimizer::rmsprop:
          second_moment_[at] = static_cast<float>(0.9 * second_moment_[at] + 0.1 * slope * slope);
          change = own_rate * slope / (std::sqrt(second_moment_[at]) + 1e-8);
          break;
      }
      double next = weights_[at] - change;
      // L1 by shrinking toward zero, which leaves weights at exactly zero.
      if (!is_bias && own.l1 > 0) {
        const double shrink = own_rate * own.l1;
        next = next > shrink ? next - shrink : next < -shrink ? next + shrink : 0;
      }
      weights_[at] = static_cast<float>(next);
    }
  }
}

void ModelBank::keep(std::size_t model) {
  for (std::size_t feature = 0; feature <= dimension_; ++feature) {
    const std::size_t at = feature * width_ + model * outputs_;
    std::copy_n(weights_.begin() + static_cast<std::ptrdiff_t>(at), outputs_,
                kept_.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

void ModelBank::restore(std::size_t model) {
  for (std::size_t feature = 0; feature <= dimension_; ++feature) {
    const std::size_t at = feature * width_ + model * outputs_;
    std::copy_n(kept_.begin() + static_cast<std::ptrdiff_t>(at), outputs_,
                weights_.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

LinearModel ModelBank::extract(std::size_t model) const {
  LinearModel result;
  result.predictor_type = parameters_.predictor_type;
  result.loss = parameters_.loss;
  result.feature_dim = dimension_;
  for (std::size_t output = 0; output < outputs_; ++output) {
    std::vector<float> weights(dimension_);
    double bias = weights_[dimension_ * width_ + model * outputs_ + output];
    for (std::size_t feature = 0; feature < dimension_; ++feature) {
      double weight = weights_[feature * width_ + model * outputs_ + output];
      if (!normalization_.scale.empty()) weight *= normalization_.scale[feature];
      if (!normalization_.mean.empty()) bias -= weight * normalization_.mean[feature];
      weights[feature] = static_cast<float>(weight * normalization_.label_deviation);
    }
    result.weights.push_back(std::move(weights));
    result.bias.push_back(static_cast<float>(bias * normalization_.label_deviation + normalization_.label_mean));
  }
  return result;
}

}  // namespace tarn::algorithms
