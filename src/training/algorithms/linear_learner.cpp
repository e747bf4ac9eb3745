#include "training/algorithms/linear_learner.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>

#include "training/algorithms/client_error.h"
#include "training/algorithms/metrics.h"
#include "training/algorithms/model_bank.h"

namespace tarn::algorithms {

namespace {

// Examples are shuffled within a window of this many mini-batches, or of this many bytes if that is less.
constexpr std::size_t window_batches = 16;
constexpr std::size_t window_bytes = 64 << 20;
// Scores kept for thresholds and curves.
constexpr std::size_t most_calibration_samples = 1'000'000;

std::string text_of(double value) {
  char buffer[64];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

template <typename T>
std::string bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

// What a host knows of its data once it has seen the first of it.
struct Shape {
  std::uint64_t dimension = 0;  // 0: it has none.
  std::uint64_t sparse = 0;
};

class Trainer {
 public:
  Trainer(const LinearParameters& parameters, const TrainingInput& input, const Say& say, const std::atomic<bool>& stop,
          Peers& peers)
      : p_(parameters), input_(input), say_(say), stop_(stop), peers_(peers), host_(peers.host()) {}

  LinearModel run() {
    auto reader = input_.train(dimension());
    Examples sample;
    reader->read(sample, share_of(p_.scaler_points));
    const bool sparse = agree_on_shape(sample);
    bank_.emplace(p_, measure(p_, sample, !sparse, peers_), dimension_);
    best_loss_.assign(bank_->models(), std::numeric_limits<double>::infinity());
    for (std::uint64_t epoch = 0; epoch < p_.epochs && !stopped_; ++epoch) {
      if (epoch > 0) {
        reader = input_.train(dimension());
        sample.clear();
      }
      train_epoch(epoch, *reader, sample);
      reader.reset();
      if (epoch_ended(epoch)) break;
    }
    for (std::size_t model = 0; model < bank_->models(); ++model) bank_->restore(model);
    return choose();
  }

 private:
  std::optional<std::size_t> dimension() const {
    if (dimension_ > 0) return dimension_;
    if (p_.feature_dim) return static_cast<std::size_t>(*p_.feature_dim);
    return std::nullopt;
  }

  // This host's part of so many examples; at least one.
  std::size_t share_of(std::uint64_t examples) const {
    const std::uint64_t share = examples / peers_.count() + (peers_.index() < examples % peers_.count() ? 1 : 0);
    return static_cast<std::size_t>(std::max<std::uint64_t>(1, share));
  }

  // Adds up over the hosts. All of them learn here, and at the same point, that one was told to stop.
  void add_up(std::vector<double>& values) {
    values.push_back(stop_ ? 1 : 0);
    peers_.sum(values);
    if (values.back() > 0) stopped_ = true;
    values.pop_back();
  }

  // Is any host's data sparse? A host without data takes the others' dimension.
  bool agree_on_shape(Examples& sample) {
    const std::string all =
        peers_.concatenate(bytes_of(Shape{.dimension = sample.dimension(), .sparse = sample.sparse()}));
    bool sparse = false;
    for (std::size_t host = 0; host < peers_.count(); ++host) {
      Shape shape;
      std::memcpy(&shape, all.data() + host * sizeof shape, sizeof shape);
      if (shape.dimension == 0) continue;
      sparse = sparse || shape.sparse != 0;
      if (dimension_ == 0) dimension_ = shape.dimension;
      if (shape.dimension == dimension_) continue;
      throw ClientError("The hosts' training data differs in its number of features: " + std::to_string(dimension_) +
                        " and, on algo-" + std::to_string(host + 1) + ", " + std::to_string(shape.dimension) + ".");
    }
    if (sample.dimension() == 0) sample = Examples(dimension_, sparse);
    return sparse;
  }

  void train_epoch(std::uint64_t epoch, ExampleReader& reader, Examples& window) {
    const auto began = std::chrono::steady_clock::now();
    std::vector<double> losses(bank_->models());
    std::uint64_t rows = 0;
    std::uint64_t own_rows = 0;
    std::vector<std::size_t> order;
    std::size_t next = 0;
    bool more = true;
    // In the first epoch the window begins as the sample that was measured.
    if (window.size() == 0) more = fill(reader, window);
    shuffle(window, order);
    std::vector<double> totals;
    while (true) {
      if (next == order.size() && !order.empty()) {
        window.clear();
        if (more) more = fill(reader, window);
        shuffle(window, order);
        next = 0;
      }
      const std::size_t count = std::min(share_of(p_.mini_batch_size), order.size() - next);
      totals.assign(bank_->models() + 1, 0);
      bank_->accumulate(window, std::span(order).subspan(next, count), std::span(totals).first(bank_->models()));
      next += count;
      own_rows += count;
      totals.back() = static_cast<double>(count);
      add_up(totals);
      // Hosts whose data has ended wait here for the others.
      if (stopped_ || totals.back() == 0) break;
      peers_.sum(bank_->gradient());
      bank_->step(static_cast<std::size_t>(totals.back()));
      rows += static_cast<std::uint64_t>(totals.back());
      for (std::size_t model = 0; model < losses.size(); ++model) losses[model] += totals[model];
    }
    // What the pipe has left is read to its end by nobody: closing it early is normal.
    if (rows == 0 && !stopped_) throw ClientError("No training data was found: the train channel holds no records.");
    for (double& loss : losses) loss /= static_cast<double>(std::max<std::uint64_t>(1, rows));
    require_finite(losses);
    train_losses_ = losses;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    say_quality("epoch=" + std::to_string(epoch) + ", train " + objective_name(p_.loss) + " <loss>",
                *std::ranges::min_element(losses));
    say_("#throughput_metric: host=" + host_ + ", train throughput=" +
         text_of(static_cast<double>(own_rows) / std::max(1e-9, took.count())) + " records/second");
  }

  void shuffle(const Examples& window, std::vector<std::size_t>& order) {
    order.resize(window.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::shuffle(order, random_);
  }

  bool fill(ExampleReader& reader, Examples& window) {
    const std::size_t wanted = share_of(p_.mini_batch_size) * window_batches;
    while (window.size() < wanted && window.bytes() < window_bytes && !stop_) {
      if (reader.read(window, std::min<std::size_t>(wanted - window.size(), 1000)) == 0) return false;
    }
    return true;
  }

  void require_finite(const std::vector<double>& losses) const {
    if (std::ranges::none_of(losses, [](double loss) { return std::isfinite(loss); })) {
      throw ClientError(
          "The algorithm diverged: every model's loss is infinite or no number. A smaller learning_rate, "
          "or normalize_data=true, may help.");
    }
  }

  // Measures the epoch and tells whether to stop here.
  bool epoch_ended(std::uint64_t epoch) {
    std::vector<double> losses = train_losses_;
    if (input_.validation && !stopped_) {
      losses = measure_losses(*input_.validation(dimension()));
      say_quality("epoch=" + std::to_string(epoch) + ", validation " + objective_name(p_.loss) + " <loss>",
                  *std::ranges::min_element(losses));
    }
    for (std::size_t model = 0; model < losses.size(); ++model) {
      // The loss over the epoch's examples came before its steps, so without validation the latest weights are kept.
      if (input_.validation && losses[model] >= best_loss_[model]) continue;
      best_loss_[model] = losses[model];
      bank_->keep(model);
    }
    const double loss = *std::ranges::min_element(losses);
    say_("#early_stopping_criteria_metric: host=" + host_ + ", epoch=" + std::to_string(epoch) +
         ", criteria=" + objective_name(p_.loss) + ", value=" + text_of(loss));
    say_("#progress_metric: host=" + host_ + ", completed " +
         text_of(std::round(10000.0 * static_cast<double>(epoch + 1) / static_cast<double>(p_.epochs)) / 100) +
         " % of epochs");
    if (loss < lowest_ * (1 - p_.early_stopping_tolerance) || lowest_ == std::numeric_limits<double>::infinity()) {
      lowest_ = loss;
      epochs_without_gain_ = 0;
      return false;
    }
    return ++epochs_without_gain_ >= p_.early_stopping_patience;
  }

  template <typename Each>
  std::uint64_t each_example(ExampleReader& reader, Each each) {
    Examples examples;
    std::uint64_t rows = 0;
    while (!stop_) {
      examples.clear();
      if (reader.read(examples, 1000) == 0) break;
      for (std::size_t row = 0; row < examples.size(); ++row) {
        bank_->check_label(examples.label(row));
        each(bank_->raw(examples, row), examples.label(row));
      }
      rows += examples.size();
    }
    return rows;
  }

  std::vector<double> measure_losses(ExampleReader& reader) {
    std::vector<double> losses(bank_->models());
    const auto own_rows = each_example(reader, [&](std::span<const float> raw, float label) {
      for (std::size_t model = 0; model < losses.size(); ++model) losses[model] += bank_->loss(raw, model, label);
    });
    losses.push_back(static_cast<double>(own_rows));
    add_up(losses);
    const double rows = losses.back();
    losses.pop_back();
    if (rows == 0 && !stopped_) throw ClientError("The validation channel holds no records.");
    for (double& loss : losses) loss /= std::max(1.0, rows);
    return losses;
  }

  // The best model by the criterion, over the validation data or else the training data.
  LinearModel choose() {
    const auto& losses = best_loss_;
    std::size_t best = static_cast<std::size_t>(std::ranges::min_element(losses) - losses.begin());
    double threshold = p_.loss == Loss::logistic ? 0.5 : 0;
    const bool binary = p_.predictor_type == PredictorType::binary_classifier;
    if (binary && p_.selection != SelectionCriterion::loss_function && !stopped_) {
      const auto scored = collect(input_.validation ? input_.validation : input_.train);
      double best_value = -std::numeric_limits<double>::infinity();
      for (std::size_t model = 0; model < scored.size(); ++model) {
        const Threshold found = best_threshold(scored[model], p_);
        if (found.value <= best_value) continue;
        best_value = found.value;
        best = model;
        threshold = found.threshold;
      }
    }
    LinearModel model = bank_->extract(best);
    model.threshold = threshold;
    const ModelSettings& settings = bank_->settings(best);
    say_("Best model found for hyperparameters: {\"learning_rate\": " + text_of(settings.learning_rate) +
         ", \"l1\": " + text_of(settings.l1) + ", \"wd\": " + text_of(settings.weight_decay) + "}");
    if (!stopped_) report("train", train_losses_[best]);
    if (input_.validation && !stopped_) evaluate("validation", input_.validation, best, threshold);
    if (input_.test && !stopped_) evaluate("test", input_.test, best, threshold);
    return model;
  }

  std::vector<std::vector<Scored>> collect(const TrainingInput::Open& channel) {
    const std::size_t most = share_of(std::min<std::uint64_t>(p_.calibration_samples, most_calibration_samples));
    std::vector<std::vector<Scored>> scored(bank_->models());
    each_example(*channel(dimension()), [&](std::span<const float> raw, float label) {
      if (scored[0].size() >= most) return;
      for (std::size_t model = 0; model < scored.size(); ++model) {
        scored[model].push_back({static_cast<float>(binary_score(p_.loss, raw[model])), label > 0});
      }
    });
    for (auto& of_model : scored) of_model = of_all_hosts(of_model);
    return scored;
  }

  std::vector<Scored> of_all_hosts(const std::vector<Scored>& own) {
    if (peers_.count() == 1) return own;
    // A negative example's score is told apart by its place: first come the positive ones.
    std::vector<float> scores;
    for (const bool positive : {true, false}) {
      for (const Scored& one : own) {
        if (one.positive == positive) scores.push_back(one.score);
      }
    }
    const auto positives = static_cast<std::size_t>(std::ranges::count(own, true, &Scored::positive));
    const auto bytes = [&scores](std::size_t first, std::size_t count) {
      return std::string(reinterpret_cast<const char*>(scores.data() + first), count * sizeof(float));
    };
    std::vector<Scored> all;
    for (const bool positive : {true, false}) {
      const std::string told =
          peers_.concatenate(positive ? bytes(0, positives) : bytes(positives, scores.size() - positives));
      for (std::size_t at = 0; at < told.size(); at += sizeof(float)) {
        Scored one{.score = 0, .positive = positive};
        std::memcpy(&one.score, told.data() + at, sizeof(float));
        all.push_back(one);
      }
    }
    return all;
  }

  void evaluate(const std::string& channel, const TrainingInput::Open& open, std::size_t model, double threshold) {
    double loss = 0;
    std::vector<Scored> scored;
    double squared = 0, absolute = 0, right = 0, right_top = 0, sum = 0, squares = 0;
    const LinearModel final_model = bank_->extract(model);
    Examples examples;
    const auto reader = open(dimension());
    std::uint64_t rows = 0;
    while (!stop_ && (examples.clear(), reader->read(examples, 1000) > 0)) {
      rows += examples.size();
      for (std::size_t row = 0; row < examples.size(); ++row) {
        const float label = examples.label(row);
        bank_->check_label(label);
        loss += bank_->loss(bank_->raw(examples, row), model, label);
        const Prediction prediction = final_model.predict(examples.indexes(row), examples.values(row));
        if (p_.predictor_type == PredictorType::binary_classifier) {
          if (scored.size() < share_of(most_calibration_samples))
            scored.push_back({static_cast<float>(prediction.scores[0]), label > 0});
        } else if (p_.predictor_type == PredictorType::regressor) {
          const double difference = prediction.scores[0] - label;
          squared += difference * difference;
          absolute += std::abs(difference);
          sum += label;
          squares += static_cast<double>(label) * label;
        } else {
          right += prediction.predicted_label == label;
          const double own = prediction.scores[static_cast<std::size_t>(label)];
          const auto better = std::ranges::count_if(prediction.scores, [own](double score) { return score > own; });
          right_top += static_cast<std::uint64_t>(better) < p_.accuracy_top_k;
        }
      }
    }
    std::vector<double> sums = {static_cast<double>(rows), loss, squared, absolute, right, right_top, sum, squares};
    add_up(sums);
    const double count = std::max(1.0, sums[0]);
    loss = sums[1], squared = sums[2], absolute = sums[3], right = sums[4], right_top = sums[5];
    sum = sums[6], squares = sums[7];
    if (p_.predictor_type == PredictorType::binary_classifier) scored = of_all_hosts(scored);
    report(channel, loss / count);
    if (p_.predictor_type == PredictorType::binary_classifier) {
      const BinaryCounts counts = count_binary(scored, threshold);
      say_score(channel, "binary_classification_accuracy", counts.accuracy());
      char f_name[48];
      std::snprintf(f_name, sizeof f_name, "binary_f_%.3f", p_.f_beta);
      say_score(channel, f_name, counts.f_beta(p_.f_beta));
      say_score(channel, "precision", counts.precision());
      say_score(channel, "recall", counts.recall());
      say_score(channel, "roc_auc_score", roc_auc(std::move(scored)));
    } else if (p_.predictor_type == PredictorType::regressor) {
      const double variance = squares / count - (sum / count) * (sum / count);
      say_score(channel, "mse", squared / count);
      say_score(channel, "rmse", std::sqrt(squared / count));
      say_score(channel, "absolute_loss", absolute / count);
      if (variance > 0) say_score(channel, "r2", 1 - squared / count / variance);
    } else {
      say_score(channel, "multiclass_accuracy", right / count);
      say_score(channel, "multiclass_top_k_accuracy_" + std::to_string(p_.accuracy_top_k), right_top / count);
    }
  }

  void say_quality(const std::string& what, double value) {
    say_("#quality_metric: host=" + host_ + ", " + what + "=" + text_of(value));
  }
  void report(const std::string& channel, double loss) {
    say_("#" + channel + "_score (" + host_ + ") : ('" + objective_name(p_.loss) + "', " + text_of(loss) + ")");
    say_quality(channel + " " + objective_name(p_.loss) + " <loss>", loss);
  }
  void say_score(const std::string& channel, const std::string& name, double value) {
    say_("#" + channel + "_score (" + host_ + ") : ('" + name + "', " + text_of(value) + ")");
    say_quality(channel + " " + name + " <score>", value);
  }

  const LinearParameters& p_;
  const TrainingInput& input_;
  const Say& say_;
  const std::atomic<bool>& stop_;  // This host was told to stop; stopped_: all know that one was.
  bool stopped_ = false;
  Peers& peers_;
  const std::string host_;
  std::size_t dimension_ = 0;
  std::optional<ModelBank> bank_;
  std::vector<double> train_losses_;
  std::vector<double> best_loss_;
  double lowest_ = std::numeric_limits<double>::infinity();
  std::uint64_t epochs_without_gain_ = 0;
  std::mt19937_64 random_{1};
};

}  // namespace

LinearModel train_linear_model(const LinearParameters& parameters, const TrainingInput& input, const Say& say,
                               const std::atomic<bool>& stop, Peers& peers) {
  return Trainer(parameters, input, say, stop, peers).run();
}

}  // namespace tarn::algorithms
