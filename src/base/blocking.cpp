#include "base/blocking.h"

#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace tarn {
namespace {

class BlockingPool {
 public:
  explicit BlockingPool(std::size_t limit) : limit_(limit) {}
  ~BlockingPool() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

  void run(std::move_only_function<void()> job) {
    {
      const std::lock_guard lock(mutex_);
      jobs_.push_back(std::move(job));
      if (idle_ < jobs_.size() && threads_.size() < limit_) threads_.emplace_back([this] { work(); });
    }
    // With the lock free again: who wakes needs it at once.
    wake_.notify_one();
  }

 private:
  void work() {
    set_thread_kind(ThreadKind::blocking, "tarn-blocking");
    std::unique_lock lock(mutex_);
    while (true) {
      ++idle_;
      wake_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
      --idle_;
      if (jobs_.empty()) return;
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      job = nullptr;
      lock.lock();
    }
  }

  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::move_only_function<void()>> jobs_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool ending_ = false;
};

std::size_t pool_size() {
  const char* configured = std::getenv("TARN_BLOCKING_THREADS");
  const long size = configured ? std::strtol(configured, nullptr, 10) : 8;
  return size >= 1 && size <= 1024 ? static_cast<std::size_t>(size) : 8;
}

}  // namespace

void run_on_blocking_pool(std::move_only_function<void()> job) {
  static BlockingPool pool(pool_size());
  pool.run(std::move(job));
}

}  // namespace tarn
