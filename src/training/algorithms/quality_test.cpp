// linear-learner beside the exact solution of the same problem: normal equations for squares, Newton's steps for the
// logistic loss; on made data whose features differ in size by a million, and on Fisher's irises.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <functional>
#include <memory>
#include <random>

#include "training/algorithms/linear_learner.h"

namespace tarn::algorithms {
namespace {

using Row = std::vector<double>;

struct Data {
  std::vector<Row> features;
  Row labels;
};

// Four measures a flower in millimetres, two digits each: sepal length and width, petal length and width. Fifty flowers
// of each of three species (R. A. Fisher, 1936).
constexpr std::string_view iris_digits =
    "51351402493014024732130246311502503614025439170446341403503415024429140249311501543715024834160248301401"
    "43301101584012025744150454391304513514035738170351381503543417025137150446361002513317054834190250301602"
    "50341604523515025234140247321602483116025434150452411501554214024931150250321202553513024936140144301302"
    "51341502503513034523130344321302503516065138190448301403513816024632140253371502503314027032471464324515"
    "69314915552340136528461557284513633347164924331066294613522739145020351059304215602240106129471456293613"
    "67314414563045155827411062224515562539115932481861284013632549156128471264294313663044146828481467305017"
    "60294515572635105524381155243710582739126027511654304515603445166731471563234413563041135525401355264412"
    "61304614582640125023331056274213573042125729421362294313512530115728411363336025582751197130592163295618"
    "65305822763066214925451773296318672558187236612565325120642753196830552157255020582851246432532365305518"
    "77386722772669236022501569325723562849207728672063274918673357217232601862284818613049186428562172305816"
    "74286119793864206428562263285115612656147730612363345624643155186030481869315421673156246931512358275119"
    "68325923673357256730522363255019653052206234542359305118";

Data irises() {
  Data data;
  for (std::size_t flower = 0; flower < iris_digits.size() / 8; ++flower) {
    Row row;
    for (std::size_t i = 0; i < 4; ++i)
      row.push_back(std::stod(std::string(iris_digits.substr(flower * 8 + i * 2, 2))) / 10);
    data.features.push_back(row);
    data.labels.push_back(static_cast<double>(flower / 50));
  }
  return data;
}

// Solves a symmetric positive system by elimination.
Row solve(std::vector<Row> matrix, Row right) {
  const std::size_t size = right.size();
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t below = i + 1; below < size; ++below) {
      const double factor = matrix[below][i] / matrix[i][i];
      for (std::size_t column = i; column < size; ++column) matrix[below][column] -= factor * matrix[i][column];
      right[below] -= factor * right[i];
    }
  }
  for (std::size_t i = size; i-- > 0;) {
    for (std::size_t column = i + 1; column < size; ++column) right[i] -= matrix[i][column] * right[column];
    right[i] /= matrix[i][i];
  }
  return right;
}

// Every feature on its own scale, and a last one that is 1: exact solutions do not depend on it, elimination does.
std::vector<Row> standardized(const Data& data) {
  std::vector<Row> rows = data.features;
  const double count = static_cast<double>(rows.size());
  for (std::size_t column = 0; column < rows[0].size(); ++column) {
    double sum = 0, squares = 0;
    for (const Row& row : rows) sum += row[column];
    for (const Row& row : rows) squares += (row[column] - sum / count) * (row[column] - sum / count);
    for (Row& row : rows) row[column] = (row[column] - sum / count) / std::sqrt(squares / count);
  }
  for (Row& row : rows) row.push_back(1);
  return rows;
}

double dot(const Row& a, const Row& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// One step of Newton's from `weights`; for squares one step is all.
Row newton_step(const std::vector<Row>& rows, const Row& labels, const Row& weights, bool logistic) {
  const std::size_t size = weights.size();
  std::vector<Row> curvature(size, Row(size));
  Row slope(size);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double raw = dot(rows[i], weights);
    const double prediction = logistic ? 1 / (1 + std::exp(-raw)) : raw;
    const double weight = logistic ? prediction * (1 - prediction) : 1;
    for (std::size_t a = 0; a < size; ++a) {
      slope[a] += rows[i][a] * (labels[i] - prediction);
      for (std::size_t b = 0; b < size; ++b) curvature[a][b] += rows[i][a] * rows[i][b] * weight;
    }
  }
  for (std::size_t a = 0; a < size; ++a) curvature[a][a] += 1e-9;
  Row next = solve(std::move(curvature), std::move(slope));
  for (std::size_t a = 0; a < size; ++a) next[a] += weights[a];
  return next;
}

double mean_loss(const Data& data, bool logistic, const std::function<double(std::size_t)>& raw_of) {
  double sum = 0;
  for (std::size_t i = 0; i < data.labels.size(); ++i) {
    const double raw = raw_of(i);
    sum +=
        logistic ? std::log1p(std::exp(raw)) - data.labels[i] * raw : (raw - data.labels[i]) * (raw - data.labels[i]);
  }
  return sum / static_cast<double>(data.labels.size());
}

double best_loss(const Data& data, bool logistic) {
  const auto rows = standardized(data);
  Row weights(rows[0].size());
  for (int step = 0; step < (logistic ? 20 : 1); ++step) weights = newton_step(rows, data.labels, weights, logistic);
  return mean_loss(data, logistic, [&](std::size_t i) { return dot(rows[i], weights); });
}

TrainingInput::Open csv_of(const Data& data) {
  std::string csv;
  for (std::size_t i = 0; i < data.labels.size(); ++i) {
    csv += std::to_string(data.labels[i]);
    for (const double value : data.features[i]) csv += "," + std::to_string(value);
    csv += "\n";
  }
  return [csv](std::optional<std::size_t> dimension) {
    auto at = std::make_shared<std::size_t>(0);
    return make_example_reader(
        parse_content_type("text/csv"),
        [csv, at](std::span<std::byte> buffer) {
          const std::size_t count = std::min(buffer.size(), csv.size() - *at);
          std::copy_n(reinterpret_cast<const std::byte*>(csv.data()) + *at, count, buffer.data());
          *at += count;
          return count;
        },
        dimension);
  };
}

LinearModel train(std::map<std::string, std::string> values, const Data& data) {
  const std::atomic<bool> stop = false;
  const auto open = csv_of(data);
  const auto peers = alone();
  return train_linear_model(
      parse_linear_parameters(values), {.train = open, .validation = open}, [](const std::string&) {}, stop, *peers);
}

Prediction predict(const LinearModel& model, const Row& row) {
  const std::vector<float> features(row.begin(), row.end());
  return model.predict({}, features);
}

// What the model's answers lose, as the exact solution's loss is taken.
double loss_of(const LinearModel& model, const Data& data, bool logistic) {
  return mean_loss(data, logistic, [&](std::size_t i) {
    const double score = predict(model, data.features[i]).scores[0];
    return logistic ? std::log(score / (1 - score)) : score;
  });
}

// Features from thousandths to thousands, of which the label is a noisy sum.
Data made(bool logistic) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> even;
  Data data;
  for (int i = 0; i < 3000; ++i) {
    Row row;
    double sum = -0.5;
    for (int column = 0; column < 7; ++column) {
      const double value = normal(random);
      row.push_back((value + column) * std::pow(10.0, column - 3));
      sum += value * (column % 2 == 0 ? 0.8 : -0.5);
    }
    data.features.push_back(row);
    data.labels.push_back(logistic ? even(random) < 1 / (1 + std::exp(-sum)) : 40 + 5 * sum + normal(random));
  }
  return data;
}

TEST(Quality, SquaresComeCloseToTheNormalEquations) {
  const Data data = made(false);
  const auto model = train({{"predictor_type", "regressor"}, {"mini_batch_size", "100"}, {"epochs", "40"}}, data);
  const double best = best_loss(data, false);
  EXPECT_NEAR(best, 1, 0.1);
  EXPECT_LT(loss_of(model, data, false), best * 1.06);
}

TEST(Quality, TheLogisticLossComesCloseToNewtons) {
  const Data data = made(true);
  const auto model =
      train({{"predictor_type", "binary_classifier"}, {"mini_batch_size", "100"}, {"epochs", "40"}}, data);
  const double best = best_loss(data, true);
  EXPECT_LT(best, 0.55);
  EXPECT_LT(loss_of(model, data, true), best * 1.06);
}

TEST(Quality, ThePetalsOfIrisesFollowTheOtherMeasures) {
  Data data = irises();
  for (std::size_t i = 0; i < data.labels.size(); ++i) {
    data.labels[i] = data.features[i][3];
    data.features[i].pop_back();
  }
  const auto model = train({{"predictor_type", "regressor"},
                            {"mini_batch_size", "10"},
                            {"epochs", "200"},
                            {"early_stopping_patience", "20"}},
                           data);
  EXPECT_LT(loss_of(model, data, false), best_loss(data, false) * 1.1);
}

TEST(Quality, IrisesAreToldApart) {
  const Data data = irises();
  const auto model = train(
      {{"predictor_type", "multiclass_classifier"}, {"num_classes", "3"}, {"mini_batch_size", "10"}, {"epochs", "60"}},
      data);
  int right = 0;
  for (std::size_t i = 0; i < data.labels.size(); ++i)
    right += predict(model, data.features[i]).predicted_label == data.labels[i];
  // A logistic regression by sklearn has 146 of the 150.
  EXPECT_GE(right, 143);
}

TEST(Quality, TheSameDataMakeTheSameModel) {
  const Data data = made(true);
  const std::map<std::string, std::string> values = {
      {"predictor_type", "binary_classifier"}, {"mini_batch_size", "100"}, {"epochs", "2"}};
  EXPECT_EQ(train(values, data).to_json(), train(values, data).to_json());
}

}  // namespace
}  // namespace tarn::algorithms
