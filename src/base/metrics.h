// metrics: counts and durations that a running server tells about itself, as Prometheus's text.
//
// A metric is made once and then counted without a lock from any thread. Names and labels are few and fixed: what
// clients send never becomes a label.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace tarn::metrics {

class Counter {
 public:
  void add(std::uint64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Durations in buckets of powers of four, from 64 µs to 67 s.
class Histogram {
 public:
  static constexpr std::size_t buckets = 11;
  void observe(std::chrono::nanoseconds duration);
  // The upper bound of a bucket, in seconds.
  static double bound(std::size_t bucket);
  std::uint64_t count(std::size_t bucket) const { return counts_[bucket].load(std::memory_order_relaxed); }
  std::uint64_t sum_ns() const { return sum_ns_.load(std::memory_order_relaxed); }

 private:
  std::array<std::atomic<std::uint64_t>, buckets + 1> counts_{};  // The last has no bound.
  std::atomic<std::uint64_t> sum_ns_{0};
};

// Labels as they appear: `operation="GetObject",status="200"`, or empty. All of one name share help and kind.
class Registry {
 public:
  Counter& counter(std::string name, std::string help, std::string labels = {});
  Histogram& histogram(std::string name, std::string help, std::string labels = {});
  // A value that is asked for when the text is made. `kind` is "gauge" or "counter".
  void value(std::string name, std::string help, std::function<double()> ask, std::string kind = "gauge");

  std::string text() const;

 private:
  template <typename Metric>
  struct Named {
    std::string name;
    std::string help;
    std::string labels;
    Metric metric;
  };
  struct Asked {
    std::string name;
    std::string help;
    std::string kind;
    std::function<double()> ask;
  };
  mutable std::mutex mutex_;  // Of the lists; what they hold stays where it is.
  std::deque<Named<Counter>> counters_;
  std::deque<Named<Histogram>> histograms_;
  std::deque<Asked> values_;
};

// A label's value, with what would end it escaped.
std::string label(std::string_view name, std::string_view value);

}  // namespace tarn::metrics
