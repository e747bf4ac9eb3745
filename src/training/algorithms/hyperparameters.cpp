#include "training/algorithms/hyperparameters.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <set>
#include <utility>
#include <vector>

#include "training/algorithms/client_error.h"

namespace tarn::algorithms {

namespace {

[[noreturn]] void refuse(const std::string& cause) {
  throw ClientError(
      "Unable to initialize the algorithm. Failed to validate hyperparameters. (caused by ValidationError)\n\n"
      "Caused by: " +
      cause);
}

[[noreturn]] void refuse_missing(const std::string& name) {
  throw ClientError("No value(s) were specified for '" + name +
                    "' which are required hyperparameter(s) (caused by ValidationError)\n\nCaused by: '" + name +
                    "' is a required property");
}

// Reads values by name, and knows at the end which names nobody asked for.
class Reader {
 public:
  explicit Reader(const std::map<std::string, std::string>& values) : values_(values) {}

  const std::string* find(const std::string& name) {
    known_.insert(name);
    const auto found = values_.find(name);
    return found == values_.end() ? nullptr : &found->second;
  }
  bool is_auto(const std::string& name) {
    const std::string* text = find(name);
    return !text || *text == "auto";
  }

  void integer(const std::string& name, std::uint64_t low, std::uint64_t high, std::uint64_t& out) {
    if (is_auto(name)) return;
    const std::string& text = *find(name);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < low || value > high) {
      refuse("'" + text + "' is not valid for " + name + ": an integer from " + std::to_string(low) +
             (high == none_higher ? " on" : " to " + std::to_string(high)) + " is wanted");
    }
    out = value;
  }
  void integer(const std::string& name, std::uint64_t low, std::uint64_t high, std::optional<std::uint64_t>& out) {
    std::uint64_t value = 0;
    if (is_auto(name)) return;
    integer(name, low, high, value);
    out = value;
  }

  struct Range {
    double low = 0;
    double high = std::numeric_limits<double>::infinity();
    bool low_inside = true;
    bool high_inside = true;
  };
  void number(const std::string& name, Range range, double& out) {
    if (is_auto(name)) return;
    const std::string& text = *find(name);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool parsed = error == std::errc() && end == text.data() + text.size() && std::isfinite(value);
    const bool above = range.low_inside ? value >= range.low : value > range.low;
    const bool below = range.high_inside ? value <= range.high : value < range.high;
    if (!parsed || !above || !below) refuse("'" + text + "' is not valid for " + name + ": " + wanted(range));
    out = value;
  }
  void number(const std::string& name, Range range, std::optional<double>& out) {
    double value = 0;
    if (is_auto(name)) return;
    number(name, range, value);
    out = value;
  }

  void truth(const std::string& name, std::optional<bool>& out) {
    if (is_auto(name)) return;
    const std::string& text = *find(name);
    if (text == "true" || text == "True") {
      out = true;
    } else if (text == "false" || text == "False") {
      out = false;
    } else {
      refuse("'" + text + "' is not valid for " + name + ": true or false is wanted");
    }
  }
  void truth(const std::string& name, bool& out) {
    std::optional<bool> value;
    truth(name, value);
    if (value) out = *value;
  }

  template <typename T>
  void choice(const std::string& name, const std::vector<std::pair<std::string, T>>& choices, T& out) {
    const std::string* text = find(name);
    if (!text) return;
    std::string all;
    for (const auto& [word, value] : choices) {
      if (word == *text) {
        out = value;
        return;
      }
      all += (all.empty() ? "'" : ", '") + word + "'";
    }
    refuse("'" + *text + "' is not one of [" + all + "] for " + name);
  }

  void finish() {
    for (const auto& [name, value] : values_) {
      if (!name.starts_with('_') && !known_.contains(name)) {
        throw ClientError("Additional hyperparameters are not allowed ('" + name +
                          "' was unexpected) (caused by ValidationError)\n\nCaused by: Additional properties are not "
                          "allowed ('" +
                          name + "' was unexpected)");
      }
    }
  }

  static constexpr std::uint64_t none_higher = std::numeric_limits<std::uint64_t>::max();

 private:
  static std::string wanted(const Range& range) {
    const auto text = [](double value) {
      char buffer[32];
      const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
      return std::string(buffer, end);
    };
    std::string result = range.low_inside ? "a number of at least " : "a number above ";
    if (std::isinf(range.low)) return "a number is wanted";
    result += text(range.low);
    if (!std::isinf(range.high)) result += (range.high_inside ? " and at most " : " and below ") + text(range.high);
    return result + " is wanted";
  }

  const std::map<std::string, std::string>& values_;
  std::set<std::string> known_;
};

// Which losses a predictor has; the first is `auto`.
std::vector<std::pair<std::string, Loss>> losses_of(PredictorType type) {
  switch (type) {
    case PredictorType::binary_classifier:
      return {{"auto", Loss::logistic}, {"logistic", Loss::logistic}, {"hinge_loss", Loss::hinge}};
    case PredictorType::multiclass_classifier:
      return {{"auto", Loss::softmax}, {"softmax_loss", Loss::softmax}};
    case PredictorType::regressor:
      return {{"auto", Loss::squared},
              {"squared_loss", Loss::squared},
              {"absolute_loss", Loss::absolute},
              {"eps_insensitive_squared_loss", Loss::eps_insensitive_squared},
              {"eps_insensitive_absolute_loss", Loss::eps_insensitive_absolute},
              {"quantile_loss", Loss::quantile},
              {"huber_loss", Loss::huber}};
  }
  return {};
}

void read_optimizer(Reader& reader, LinearParameters& p) {
  reader.choice<Optimizer>("optimizer",
                           {{"auto", Optimizer::adam},
                            {"sgd", Optimizer::sgd},
                            {"adam", Optimizer::adam},
                            {"adagrad", Optimizer::adagrad},
                            {"rmsprop", Optimizer::rmsprop}},
                           p.optimizer);
  const Reader::Range positive{.low = 0, .low_inside = false};
  const Reader::Range fraction{.low = 0, .high = 1};
  reader.number("learning_rate", positive, p.learning_rate);
  reader.number("l1", {}, p.l1);
  reader.number("wd", {}, p.weight_decay);
  reader.number("bias_lr_mult", positive, p.bias_learning_rate_factor);
  reader.number("bias_wd_mult", {}, p.bias_weight_decay_factor);
  reader.number("beta_1", {.low = 0, .high = 1, .high_inside = false}, p.beta_1);
  reader.number("beta_2", {.low = 0, .high = 1, .high_inside = false}, p.beta_2);
  reader.number("momentum", {.low = 0, .high = 1, .high_inside = false}, p.momentum);
  reader.truth("use_lr_scheduler", p.use_scheduler);
  reader.integer("lr_scheduler_step", 1, Reader::none_higher, p.scheduler_step);
  reader.number("lr_scheduler_factor", {.low = 0, .high = 1, .low_inside = false}, p.scheduler_factor);
  reader.number("lr_scheduler_minimum_lr", positive, p.scheduler_minimum);
  reader.choice<bool>("init_method", {{"uniform", true}, {"normal", false}}, p.init_uniform);
  reader.number("init_scale", positive, p.init_scale);
  reader.number("init_sigma", positive, p.init_sigma);
  reader.number("init_bias", {.low = -std::numeric_limits<double>::infinity()}, p.init_bias);
  reader.number("quantile", {.low = 0, .high = 1, .low_inside = false, .high_inside = false}, p.quantile);
  reader.number("huber_delta", {}, p.huber_delta);
  reader.number("loss_insensitivity", {}, p.loss_insensitivity);
  reader.number("margin", {}, p.margin);
  reader.number("target_precision", fraction, p.target_precision);
  reader.number("target_recall", fraction, p.target_recall);
}

}  // namespace

LinearParameters parse_linear_parameters(const std::map<std::string, std::string>& values) {
  Reader reader(values);
  LinearParameters p;
  if (!reader.find("predictor_type")) refuse_missing("predictor_type");
  reader.choice<PredictorType>("predictor_type",
                               {{"binary_classifier", PredictorType::binary_classifier},
                                {"multiclass_classifier", PredictorType::multiclass_classifier},
                                {"regressor", PredictorType::regressor}},
                               p.predictor_type);
  const bool multiclass = p.predictor_type == PredictorType::multiclass_classifier;
  if (multiclass && !reader.find("num_classes")) refuse_missing("num_classes");
  std::uint64_t num_classes = 1;
  reader.integer("num_classes", multiclass ? 3 : 1, 1'000'000, num_classes);
  if (multiclass) p.num_classes = num_classes;

  const auto losses = losses_of(p.predictor_type);
  p.loss = losses.front().second;
  reader.choice<Loss>("loss", losses, p.loss);
  read_optimizer(reader, p);
  reader.integer("feature_dim", 1, 10'000'000, p.feature_dim);
  reader.integer("mini_batch_size", 1, 1'000'000, p.mini_batch_size);
  reader.integer("epochs", 1, 1'000'000, p.epochs);
  reader.integer("num_models", 1, 64, p.num_models);
  reader.truth("use_bias", p.use_bias);
  reader.truth("normalize_data", p.normalize_data);
  reader.truth("normalize_label", p.normalize_label);
  reader.truth("unbias_data", p.unbias_data);
  reader.truth("unbias_label", p.unbias_label);
  if (p.predictor_type != PredictorType::regressor &&
      (p.normalize_label.value_or(false) || p.unbias_label.value_or(false))) {
    refuse("normalize_label and unbias_label can be true for predictor_type regressor only");
  }
  reader.integer("num_point_for_scaler", 1, 10'000'000, p.scaler_points);
  reader.integer("num_calibration_samples", 1, Reader::none_higher, p.calibration_samples);
  reader.integer("early_stopping_patience", 1, Reader::none_higher, p.early_stopping_patience);
  reader.number("early_stopping_tolerance", {.low = 0, .low_inside = false}, p.early_stopping_tolerance);
  reader.choice<SelectionCriterion>("binary_classifier_model_selection_criteria",
                                    {{"accuracy", SelectionCriterion::accuracy},
                                     {"f_beta", SelectionCriterion::f_beta},
                                     {"f1", SelectionCriterion::f_beta},
                                     {"precision_at_target_recall", SelectionCriterion::precision_at_target_recall},
                                     {"recall_at_target_precision", SelectionCriterion::recall_at_target_precision},
                                     {"loss_function", SelectionCriterion::loss_function}},
                                    p.selection);
  reader.number("f_beta", {.low = 0, .low_inside = false}, p.f_beta);
  if (const std::string* weight = reader.find("positive_example_weight_mult"); weight && *weight == "balanced") {
    p.positive_weight = std::nullopt;
  } else {
    reader.number("positive_example_weight_mult", {.low = 0, .low_inside = false}, p.positive_weight);
  }
  reader.truth("balance_multiclass_weights", p.balance_classes);
  reader.integer("accuracy_top_k", 1, Reader::none_higher, p.accuracy_top_k);
  reader.finish();
  return p;
}

std::string objective_name(Loss loss) {
  switch (loss) {
    case Loss::logistic:
      return "binary_classification_cross_entropy_objective";
    case Loss::hinge:
      return "hinge_loss_objective";
    case Loss::softmax:
      return "multiclass_cross_entropy_objective";
    case Loss::squared:
      return "mse_objective";
    case Loss::absolute:
      return "absolute_loss_objective";
    case Loss::quantile:
      return "quantile_loss_objective";
    case Loss::huber:
      return "huber_loss_objective";
    case Loss::eps_insensitive_squared:
      return "eps_insensitive_squared_loss_objective";
    case Loss::eps_insensitive_absolute:
      return "eps_insensitive_absolute_loss_objective";
  }
  return {};
}

std::string predictor_name(PredictorType type) {
  switch (type) {
    case PredictorType::binary_classifier:
      return "binary_classifier";
    case PredictorType::multiclass_classifier:
      return "multiclass_classifier";
    case PredictorType::regressor:
      return "regressor";
  }
  return {};
}

}  // namespace tarn::algorithms
