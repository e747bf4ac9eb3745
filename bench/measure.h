// What the storage benchmarks share: time and CPU of a stretch of work, and coroutines on a few loops.
#pragma once

#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/executor.h"
#include "base/task.h"

namespace tarn::bench {

inline double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

inline double resident_mib() {
  std::ifstream status("/proc/self/statm");
  long total = 0, resident = 0;
  status >> total >> resident;
  return static_cast<double>(resident) * 4096 / (1 << 20);
}

inline double load_average() {
  std::ifstream file("/proc/loadavg");
  double load = 0;
  file >> load;
  return load;
}

class Stretch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count(); }
  double cpu() const { return cpu_seconds() - cpu_; }

  // One line: operations, their rate, CPU of this process each, and bytes if there are any.
  void print(const std::string& what, long operations, double bytes = 0) const {
    const double time = seconds(), used = cpu();
    std::printf("%-52s %9.0f/s %9.2f us CPU each", what.c_str(), static_cast<double>(operations) / time,
                used * 1e6 / static_cast<double>(operations));
    if (bytes > 0) std::printf(" %9.1f MB/s %7.3f CPU s/GiB", bytes / time / 1e6, used / (bytes / (1 << 30)));
    std::printf("   (load %.1f)\n", load_average());
    std::fflush(stdout);
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  double cpu_ = cpu_seconds();
};

// Runs `count` coroutines at once on `loops` threads, each with an executor of its own, until all are done.
inline void run_at_once(int loops, int count, const std::function<Task<void>(int)>& body) {
  std::vector<std::thread> threads;
  for (int loop = 0; loop < loops; ++loop) {
    threads.emplace_back([&, loop] {
      std::vector<Task<void>> tasks;
      for (int i = loop; i < count; i += loops) tasks.push_back(body(i));
      sync_wait(when_all(std::move(tasks)));
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace tarn::bench
