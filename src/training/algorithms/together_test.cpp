// Training on several hosts: what they say to each other, and that the model is one of all their data.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <optional>
#include <thread>

#include "training/algorithms/client_error.h"
#include "training/algorithms/linear_learner.h"

namespace tarn::algorithms {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Together : public testing::Test {
 protected:
  ~Together() override { ::unlink(path.c_str()); }

  // Calls `host` on a thread each; what one throws ends its connections.
  void on_hosts(std::size_t count, const std::function<void(Peers& peers)>& host) {
    std::vector<std::jthread> threads;
    failures.assign(count, "");
    for (std::size_t index = 0; index < count; ++index) {
      threads.emplace_back([&, index] {
        try {
          const auto peers = meet(path, index, count, 10'000, stop);
          host(*peers);
        } catch (const PeerLost&) {
          failures[index] = "lost";
        } catch (const std::exception& error) {
          failures[index] = error.what();
        }
      });
    }
  }

  std::string path = "/tmp/tarn-peers-" + std::to_string(::getpid());
  std::atomic<bool> stop = false;
  std::vector<std::string> failures;
};

TEST_F(Together, HostsAddUpAndTellEachOther) {
  std::vector<std::vector<double>> sums(3);
  std::vector<std::string> told(3);
  std::vector<float> large(3);
  on_hosts(3, [&](Peers& peers) {
    const auto number = static_cast<double>(peers.index() + 1);
    sums[peers.index()] = {number, 10 * number};
    peers.sum(sums[peers.index()]);
    told[peers.index()] = peers.concatenate(std::string(peers.index(), 'x') + peers.host());
    std::vector<float> many(1'000'000, static_cast<float>(number));
    peers.sum(many);
    large[peers.index()] = many.back();
    EXPECT_EQ(peers.count(), 3u);
  });
  EXPECT_THAT(failures, ElementsAre("", "", ""));
  for (std::size_t host = 0; host < 3; ++host) {
    EXPECT_THAT(sums[host], ElementsAre(6, 60));
    EXPECT_EQ(told[host], "algo-1xalgo-2xxalgo-3");
    EXPECT_EQ(large[host], 6);
  }
}

TEST_F(Together, AHostThatLeavesIsMissed) {
  on_hosts(3, [&](Peers& peers) {
    if (peers.index() == 1) throw ClientError("bad data");
    std::vector<double> values = {1};
    peers.sum(values);
  });
  EXPECT_THAT(failures, ElementsAre("lost", "bad data", "lost"));
}

TEST_F(Together, NobodyWaitsForEverForAHostThatDoesNotCome) {
  EXPECT_THROW(meet(path, 0, 2, 50, stop), PeerLost);
  EXPECT_THROW(meet(path + "-nobody", 1, 2, 50, stop), PeerLost);
  stop = true;
  EXPECT_THROW(meet(path, 0, 2, 60'000, stop), PeerLost);
}

TEST_F(Together, AStrangerOnTheSocketIsNoHost) {
  std::string failure;
  {
    std::jthread first([&] {
      try {
        (void)meet(path, 0, 2, 10'000, stop);
      } catch (const PeerLost& error) {
        failure = error.what();
      }
    });
    const int stranger = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path.c_str());
    while (::connect(stranger, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const std::string words = "GET / HTTP/1.1\r\n\r\n";
    ASSERT_EQ(::send(stranger, words.data(), words.size(), MSG_NOSIGNAL), static_cast<ssize_t>(words.size()));
    first.join();
    ::close(stranger);
  }
  EXPECT_THAT(failure, HasSubstr("no message"));
}

TEST_F(Together, HostsAtDifferentPointsDoNotMixTheirNumbers) {
  on_hosts(2, [&](Peers& peers) {
    std::vector<double> values(peers.index() + 1);
    peers.sum(values);
  });
  EXPECT_THAT(failures[0], HasSubstr("not at the same point"));
}

// ---- linear-learner

// Numbers first, first + 1, … of an endless table, each with a label.
class TableReader : public ExampleReader {
 public:
  using Label = std::function<float(float a, float b)>;
  TableReader(std::size_t first, std::size_t end, Label label) : next_(first), end_(end), label_(std::move(label)) {}
  std::size_t read(Examples& examples, std::size_t count) override {
    if (next_ == end_) return 0;
    if (examples.dimension() == 0) examples = Examples(2);
    std::size_t taken = 0;
    for (; taken < count && next_ < end_; ++taken, ++next_) {
      const float features[] = {value(next_, 1), 100 * value(next_, 2)};
      examples.add_dense(features, label_(features[0], features[1]));
    }
    return taken;
  }
  static float value(std::size_t number, std::size_t salt) {
    std::uint64_t x = (number * 31 + salt) * 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    return static_cast<float>((x ^ x >> 27) >> 40) / (1 << 23) - 1;
  }

 private:
  std::size_t next_;
  std::size_t end_;
  Label label_;
};

struct Rows {
  std::size_t first;
  std::size_t end;
};
TrainingInput::Open table(Rows rows, TableReader::Label label) {
  return [=](std::optional<std::size_t>) { return std::make_unique<TableReader>(rows.first, rows.end, label); };
}

class TogetherLearning : public Together {
 protected:
  LinearModel learn(Rows rows, const TableReader::Label& label, Peers& peers,
                    std::vector<std::string>* lines = nullptr) {
    const TrainingInput input{.train = table(rows, label), .validation = table(rows, label)};
    return train_linear_model(
        parse_linear_parameters(values), input,
        [lines](const std::string& line) {
          if (lines) lines->push_back(line);
        },
        stop, peers);
  }
  std::vector<LinearModel> learn_together(const std::vector<Rows>& shards, const TableReader::Label& label) {
    std::vector<LinearModel> models(shards.size());
    said.resize(shards.size());
    on_hosts(shards.size(), [&](Peers& peers) {
      models[peers.index()] = learn(shards[peers.index()], label, peers, &said[peers.index()]);
    });
    return models;
  }

  std::map<std::string, std::string> values = {{"predictor_type", "regressor"},
                                               {"mini_batch_size", "100"},
                                               {"epochs", "20"},
                                               {"learning_rate", "0.05"},
                                               {"l1", "0"},
                                               {"wd", "0"},
                                               {"num_models", "1"}};
  std::vector<std::vector<std::string>> said;
};

// Two halves of a line that is broken in the middle: whoever sees one half only learns another line.
float broken_line(float a, float) {
  return a > 0 ? 3 * a : -2 * a;
}

TEST_F(TogetherLearning, TheModelIsThatOfAllDataAndNotOfAShard) {
  // Sorted by label, so that the shards have nothing in common.
  const auto sorted = [](bool right) {
    return [right](std::optional<std::size_t>) -> std::unique_ptr<ExampleReader> {
      class Half : public ExampleReader {
       public:
        explicit Half(bool right) : right_(right) {}
        std::size_t read(Examples& examples, std::size_t count) override {
          if (next_ == 2000) return 0;
          if (examples.dimension() == 0) examples = Examples(1);
          std::size_t taken = 0;
          for (; taken < count && next_ < 2000; ++taken, ++next_) {
            const float a = (right_ ? 1.0f : -1.0f) * (static_cast<float>(next_ % 1000) + 1) / 1000;
            examples.add_dense(std::span(&a, 1), broken_line(a, 0));
          }
          return taken;
        }

       private:
        bool right_;
        std::size_t next_ = 0;
      };
      return std::make_unique<Half>(right);
    };
  };
  std::vector<LinearModel> models(2);
  on_hosts(2, [&](Peers& peers) {
    models[peers.index()] = train_linear_model(
        parse_linear_parameters(values), {.train = sorted(peers.index() == 1)}, [](const auto&) {}, stop, peers);
  });
  ASSERT_THAT(failures, ElementsAre("", ""));
  EXPECT_EQ(models[0].to_json(), models[1].to_json());
  // Least squares over both halves: the slope is their mean with its sign, (3 - 2) / 2. A shard's is -2 or 3.
  EXPECT_NEAR(models[0].weights[0][0], 0.5, 0.1);
  const auto single = alone();
  const auto shard =
      train_linear_model(parse_linear_parameters(values), {.train = sorted(true)}, [](const auto&) {}, stop, *single);
  EXPECT_NEAR(shard.weights[0][0], 3, 0.1);
}

TEST_F(TogetherLearning, SeveralHostsLearnWhatOneWouldOfAllTheirData) {
  const auto label = [](float a, float b) { return 4 * a - 0.02f * b + 7; };
  const auto models = learn_together({{0, 700}, {700, 2500}, {2500, 3000}}, label);
  ASSERT_THAT(failures, ElementsAre("", "", ""));
  const auto single = alone();
  const auto whole = learn({0, 3000}, label, *single);
  for (const auto& model : models) {
    EXPECT_EQ(model.to_json(), models[0].to_json());
    for (int feature = 0; feature < 2; ++feature)
      EXPECT_NEAR(model.weights[0][feature], whole.weights[0][feature], 0.01 * std::abs(whole.weights[0][feature]));
    EXPECT_NEAR(model.bias[0], whole.bias[0], 0.05);
  }
  // What they say is of all data, and each says it under its name.
  const auto validation = [](const std::vector<std::string>& lines, const std::string& host) {
    const std::string beginning = "#validation_score (" + host + ") : ('absolute_loss', ";
    for (const auto& line : lines) {
      if (line.starts_with(beginning)) return std::stod(line.substr(beginning.size()));
    }
    return -1.0;
  };
  EXPECT_GT(validation(said[0], "algo-1"), 0);
  EXPECT_EQ(validation(said[0], "algo-1"), validation(said[1], "algo-2"));
}

TEST_F(TogetherLearning, AThresholdIsChosenOverAllData) {
  values["predictor_type"] = "binary_classifier";
  const auto label = [](float a, float b) { return a + b / 100 > 0.3f ? 1.0f : 0.0f; };
  const auto models = learn_together({{0, 2000}, {2000, 4000}}, label);
  ASSERT_THAT(failures, ElementsAre("", ""));
  EXPECT_EQ(models[0].to_json(), models[1].to_json());
  int right = 0;
  for (std::size_t number = 10'000; number < 11'000; ++number) {
    const std::vector<float> row = {TableReader::value(number, 1), 100 * TableReader::value(number, 2)};
    right += models[0].predict({}, row).predicted_label == label(row[0], row[1]);
  }
  EXPECT_GT(right, 960);
}

TEST_F(TogetherLearning, AHostWithoutDataTakesPart) {
  const auto label = [](float a, float b) { return 4 * a - 0.02f * b + 7; };
  const auto models = learn_together({{0, 0}, {0, 1000}}, label);
  ASSERT_THAT(failures, ElementsAre("", ""));
  EXPECT_EQ(models[0].to_json(), models[1].to_json());
  EXPECT_NEAR(models[0].weights[0][0], 4, 0.1);
}

TEST_F(TogetherLearning, NoDataAnywhereIsRefusedByAll) {
  (void)learn_together({{0, 0}, {0, 0}}, broken_line);
  EXPECT_THAT(failures[0], HasSubstr("No training data was found"));
  EXPECT_THAT(failures[1], HasSubstr("No training data was found"));
}

TEST_F(TogetherLearning, AStopOfAnyHostLeavesAModelOnAll) {
  values["epochs"] = "1000000";
  values["early_stopping_patience"] = "1000000";
  const auto label = [](float a, float b) { return 4 * a - 0.02f * b + 7; };
  std::jthread stopper([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    stop = true;
  });
  const auto models = learn_together({{0, 500}, {500, 1000}}, label);
  ASSERT_THAT(failures, ElementsAre("", ""));
  EXPECT_EQ(models[0].to_json(), models[1].to_json());
  EXPECT_EQ(models[0].feature_dim, 2u);
}

}  // namespace
}  // namespace tarn::algorithms
