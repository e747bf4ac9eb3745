// Endpoints that serve: which programs run for which endpoint, how they come and go.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "training/model_server.h"
#include "training/training.h"

namespace tarn::training {

class Endpoints {
 public:
  Endpoints(Runtime& runtime, work::Queue& work);
  ~Endpoints();

  // Endpoints that were in service, or about to be, when the server ended.
  Task<void> start();
  void stop();

  // Brings the row's servers up on a work item's thread, and the row to InService, or to Failed.
  Task<void> deploy(AccountId account, std::string name, std::uint64_t generation);
  // The row is gone: ends its servers, in the background.
  void forget(const AccountId& account, const std::string& name);

  Task<InvocationResult> invoke(AccountId account, std::string name, Invocation invocation);

 private:
  struct Served {
    std::string variant;
    double weight;
    std::shared_ptr<ModelServer> server;
  };
  struct Deployment {
    std::uint64_t generation = 0;
    std::vector<Served> variants;
  };
  Task<work::Outcome> run_item(work::Item item);
  std::shared_ptr<Deployment> bring_up(const AccountId& account, const Endpoint& endpoint, const EndpointConfig& config,
                                       const std::atomic<bool>& cancelled);
  // Ends servers on a thread of its own: it takes a while.
  void let_go(std::shared_ptr<Deployment> deployment);
  std::shared_ptr<ModelServer> choose(const std::string& key, const std::string& target, std::string& variant);

  Runtime& runtime_;
  work::Queue& work_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Deployment>> serving_;  // By account and name.
  std::vector<std::thread> endings_;
  std::string boot_;  // Tells this run of the server from earlier ones.
};

}  // namespace tarn::training
