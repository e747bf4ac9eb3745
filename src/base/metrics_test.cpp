#include "base/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace tarn::metrics {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(Metrics, CountsFromManyThreads) {
  Registry registry;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      Counter& counter = registry.counter("tarn_things_total", "Things.", label("kind", "a\"b\\"));
      for (int k = 0; k < 1000; ++k) counter.add();
    });
  }
  for (auto& thread : threads) thread.join();
  registry.counter("tarn_things_total", "Things.", label("kind", "c")).add(5);
  EXPECT_EQ(registry.text(),
            "# HELP tarn_things_total Things.\n# TYPE tarn_things_total counter\n"
            "tarn_things_total{kind=\"a\\\"b\\\\\"} 4000\ntarn_things_total{kind=\"c\"} 5\n");
}

TEST(Metrics, BucketsHoldWhatIsNotLarger) {
  Registry registry;
  Histogram& histogram = registry.histogram("tarn_seconds", "How long.");
  histogram.observe(std::chrono::microseconds(64));
  histogram.observe(std::chrono::microseconds(65));
  histogram.observe(std::chrono::minutes(5));
  const std::string text = registry.text();
  EXPECT_THAT(text, StartsWith("# HELP tarn_seconds How long.\n# TYPE tarn_seconds histogram\n"
                               "tarn_seconds_bucket{le=\"6.4e-05\"} 1\ntarn_seconds_bucket{le=\"0.000256\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("tarn_seconds_bucket{le=\"67.108864\"} 2\ntarn_seconds_bucket{le=\"+Inf\"} 3\n"
                              "tarn_seconds_sum 300.000129\ntarn_seconds_count 3\n"));
}

TEST(Metrics, AsksForValues) {
  Registry registry;
  int connections = 3;
  registry.value("tarn_connections", "Open now.", [&] { return connections; });
  ++connections;
  EXPECT_EQ(registry.text(), "# HELP tarn_connections Open now.\n# TYPE tarn_connections gauge\ntarn_connections 4\n");
}

}  // namespace
}  // namespace tarn::metrics
