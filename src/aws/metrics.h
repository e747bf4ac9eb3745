// Counts calls: by service, operation and status, with the seconds they took.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <string>
#include <vector>

#include "aws/model.h"

namespace tarn::aws {

class Metrics {
 public:
  // Before the first count. The place of the model, for count().
  std::size_t add(const Model& model);
  void count(std::size_t place, std::size_t operation, int status, std::chrono::nanoseconds took);
  // Requests that reached no operation.
  void count_unrouted(int status);
  std::string text() const;

 private:
  struct Cell {
    std::array<std::atomic<std::uint64_t>, 5> by_class{};  // 1xx to 5xx.
    std::atomic<std::uint64_t> nanoseconds{0};
  };
  struct Table {
    const Model* model;
    std::deque<Cell> cells;
  };
  std::deque<Table> tables_;
  Cell unrouted_;
};

}  // namespace tarn::aws
