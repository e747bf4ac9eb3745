// One program that serves a model in a sandbox, and the threads that call it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "training/algorithms/plain_http.h"
#include "training/runtime.h"

namespace tarn::training {

struct Call {
  std::map<std::string, std::string> headers;
  std::string body;
};
struct CallAnswer {
  int status = 0;  // 0: the program could not be reached; `message` says why.
  algorithms::PlainMessage message;
  std::string failure;
};

class ModelServer {
 public:
  struct Start {
    Model model;
    AccountId account = AccountId::trusted({});
    std::string endpoint;
    std::string variant;
    std::string instance_type;
    std::chrono::seconds startup_timeout{240};
  };
  // Unpacks the model and starts the program; blocks until it answers /ping. Throws what went wrong.
  ModelServer(Runtime& runtime, Start start, const std::atomic<bool>& cancelled);
  // SIGTERM, and SIGKILL after a while.
  ~ModelServer();
  ModelServer(const ModelServer&) = delete;
  ModelServer& operator=(const ModelServer&) = delete;

  // Asks the program; `answered` is called from a thread of the server's. False: too many wait already.
  bool call(Call call, std::function<void(CallAnswer)> answered);

  const std::string& log_stream_arn() const { return log_stream_arn_; }

 private:
  struct Waiting {
    Call call;
    std::function<void(CallAnswer)> answered;
    std::chrono::steady_clock::time_point since;
  };
  void prepare(Lake& lake);
  void keep();
  void work();
  bool ping(int answer_ms);
  void shut_down();

  static constexpr std::size_t workers = 4;
  static constexpr std::size_t most_waiting = 256;

  Runtime& runtime_;
  Start start_;
  std::filesystem::path folder_;
  SandboxSpec spec_;
  RoleCredentials credentials_;
  algorithms::ServerAddress address_;
  std::string log_stream_;
  std::string log_stream_arn_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> ended_ = false;  // The program ended before it ever answered.
  std::atomic<bool> ready_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;
  std::string last_line_;
  std::thread keeper_;
  std::vector<std::thread> workers_;
};

}  // namespace tarn::training
