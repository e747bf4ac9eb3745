// linear-learner: several linear models, trained at once by stochastic gradient descent over the same mini-batches; the
// best of them is the result.
//
// On several hosts, each reads its own data. Every step is of mini_batch_size examples over all hosts, whose gradients
// are summed, so that all of them have the same weights at any moment: those of a model of all data.
//
// A pure library: what it reads comes from readers that it is given, what it says goes to a function. Reproducible: the
// same data and parameters give the same model.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "training/algorithms/examples.h"
#include "training/algorithms/hyperparameters.h"
#include "training/algorithms/linear_model.h"
#include "training/algorithms/peers.h"

namespace tarn::algorithms {

struct TrainingInput {
  // A new pass over the channel's data, from its beginning. The dimension is known after the first pass has begun.
  using Open = std::function<std::unique_ptr<ExampleReader>(std::optional<std::size_t> dimension)>;
  Open train;
  Open validation;  // Empty: there is no such channel.
  Open test;
};

// Lines such as "#quality_metric: host=algo-1, epoch=0, train mse_objective <loss>=0.35".
using Say = std::function<void(const std::string& line)>;

// Ends early, with what it has, when `stop` turns true, on any host. Throws ClientError for data that cannot be used.
LinearModel train_linear_model(const LinearParameters& parameters, const TrainingInput& input, const Say& say,
                               const std::atomic<bool>& stop, Peers& peers);

}  // namespace tarn::algorithms
