// Metrics of a job, taken from its log lines by regular expressions: what the first group matches is the value.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "logs/expression.h"
#include "training/job.h"

namespace tarn::training {

class MetricScanner {
 public:
  // Throws std::invalid_argument that names an expression which is none.
  explicit MetricScanner(const std::vector<MetricDefinition>& definitions);

  void scan(const std::string& line, Timestamp now);
  // The last value of each metric, in the order of the definitions.
  const std::vector<Metric>& latest() const { return latest_; }

 private:
  struct Entry {
    std::string name;
    logs::Expression expression;
  };
  std::vector<Entry> entries_;
  std::vector<Metric> latest_;
};

}  // namespace tarn::training
