#include "duck/engine_thread.h"

#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace tarn::duck {
namespace {

constexpr int default_threads = 16;

int configured_threads() {
  const char* text = std::getenv("TARN_ENGINE_THREADS");
  const int count = text ? std::atoi(text) : 0;
  return count > 0 ? count : default_threads;
}

// Threads start when work waits and none is idle, and stay.
class Pool {
 public:
  void add(std::function<void()> job) {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    if (idle_ < jobs_.size() && threads_.size() < limit_) threads_.emplace_back([this] { work(); });
    wake_.notify_one();
  }

 private:
  void work() {
    set_thread_kind(ThreadKind::engine, "engine");
    std::unique_lock lock(mutex_);
    for (;;) {
      ++idle_;
      wake_.wait(lock, [this] { return !jobs_.empty(); });
      --idle_;
      const auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  std::size_t idle_ = 0;
  std::vector<std::thread> threads_;
  const std::size_t limit_ = static_cast<std::size_t>(configured_threads());
};

}  // namespace

void run_on_engine_pool(std::function<void()> job) {
  static Pool& pool = *new Pool;  // Never destroyed: its threads may outlive main's end.
  pool.add(std::move(job));
}

}  // namespace tarn::duck
