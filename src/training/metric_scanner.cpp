#include "training/metric_scanner.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace tarn::training {

MetricScanner::MetricScanner(const std::vector<MetricDefinition>& definitions) {
  for (const auto& definition : definitions) {
    std::string reason;
    auto expression = logs::Expression::parse(definition.regex, &reason);
    if (!expression) {
      throw std::invalid_argument("The Regex of the metric definition '" + definition.name + "' is none: " + reason);
    }
    entries_.push_back({definition.name, std::move(*expression)});
  }
}

void MetricScanner::scan(const std::string& line, Timestamp now) {
  for (const auto& entry : entries_) {
    const auto text = entry.expression.first_group(line);
    if (!text) continue;
    double value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end == text->data()) continue;
    const auto known = std::ranges::find(latest_, entry.name, &Metric::name);
    if (known == latest_.end()) {
      latest_.push_back({.name = entry.name, .value = value, .time = now});
    } else {
      known->value = value;
      known->time = now;
    }
  }
}

}  // namespace tarn::training
