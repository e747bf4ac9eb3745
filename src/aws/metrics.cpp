#include "aws/metrics.h"

#include <algorithm>
#include <cstdio>

namespace tarn::aws {
namespace {

std::size_t class_of(int status) {
  return static_cast<std::size_t>(std::clamp(status / 100, 1, 5) - 1);
}

}  // namespace

std::size_t Metrics::add(const Model& model) {
  Table& table = tables_.emplace_back();
  table.model = &model;
  table.cells.resize(model.operations.size());
  return tables_.size() - 1;
}

void Metrics::count(std::size_t place, std::size_t operation, int status, std::chrono::nanoseconds took) {
  Cell& cell = tables_[place].cells[operation];
  cell.by_class[class_of(status)].fetch_add(1, std::memory_order_relaxed);
  cell.nanoseconds.fetch_add(static_cast<std::uint64_t>(took.count()), std::memory_order_relaxed);
}

void Metrics::count_unrouted(int status) {
  unrouted_.by_class[class_of(status)].fetch_add(1, std::memory_order_relaxed);
}

std::string Metrics::text() const {
  std::string calls =
      "# HELP tarn_api_calls_total Calls of the AWS APIs, by status class.\n# TYPE tarn_api_calls_total counter\n";
  std::string seconds =
      "# HELP tarn_api_seconds_total Seconds from a call's head to its answer's.\n# TYPE tarn_api_seconds_total "
      "counter\n";
  const auto add = [&](std::string_view service, std::string_view operation, const Cell& cell) {
    const std::string labels = "{service=\"" + std::string(service) + "\",operation=\"" + std::string(operation) + "\"";
    bool any = false;
    for (std::size_t i = 0; i < cell.by_class.size(); ++i) {
      const std::uint64_t count = cell.by_class[i].load(std::memory_order_relaxed);
      if (!count) continue;
      any = true;
      calls += "tarn_api_calls_total" + labels + ",status=\"" + std::to_string(i + 1) + "xx\"} " +
               std::to_string(count) + "\n";
    }
    if (!any) return;
    char number[40];
    std::snprintf(number, sizeof number, "%.6f",
                  static_cast<double>(cell.nanoseconds.load(std::memory_order_relaxed)) / 1e9);
    seconds += "tarn_api_seconds_total" + labels + "} " + number + "\n";
  };
  for (const Table& table : tables_) {
    for (std::size_t i = 0; i < table.cells.size(); ++i) {
      add(table.model->name, table.model->operations[i].name, table.cells[i]);
    }
  }
  add("none", "none", unrouted_);
  return calls + seconds;
}

}  // namespace tarn::aws
