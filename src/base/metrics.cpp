#include "base/metrics.h"

#include <cstdio>
#include <set>

namespace tarn::metrics {
namespace {

constexpr std::int64_t first_bound_ns = 64'000;

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

void append_line(std::string& out, const std::string& name, const std::string& labels, const std::string& value) {
  out.append(name);
  if (!labels.empty()) out.append("{").append(labels).append("}");
  out.append(" ").append(value).append("\n");
}

// Once a name, before its first line.
void append_head(std::string& out, std::set<std::string>& seen, const std::string& name, const std::string& help,
                 const std::string& kind) {
  if (!seen.insert(name).second) return;
  out.append("# HELP ").append(name).append(" ").append(help).append("\n");
  out.append("# TYPE ").append(name).append(" ").append(kind).append("\n");
}

void append_histogram(std::string& out, const std::string& name, const std::string& labels,
                      const Histogram& histogram) {
  std::uint64_t total = 0;
  const std::string separator = labels.empty() ? "" : ",";
  for (std::size_t bucket = 0; bucket <= Histogram::buckets; ++bucket) {
    total += histogram.count(bucket);
    const std::string bound = bucket == Histogram::buckets ? "+Inf" : number(Histogram::bound(bucket));
    append_line(out, name + "_bucket", labels + separator + "le=\"" + bound + "\"", std::to_string(total));
  }
  append_line(out, name + "_sum", labels, number(static_cast<double>(histogram.sum_ns()) / 1e9));
  append_line(out, name + "_count", labels, std::to_string(total));
}

}  // namespace

void Histogram::observe(std::chrono::nanoseconds duration) {
  std::size_t bucket = 0;
  for (std::int64_t bound = first_bound_ns; bucket < buckets && duration.count() > bound; bound *= 4) ++bucket;
  counts_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_ns_.fetch_add(static_cast<std::uint64_t>(duration.count()), std::memory_order_relaxed);
}

double Histogram::bound(std::size_t bucket) {
  return static_cast<double>(first_bound_ns << (2 * bucket)) / 1e9;
}

Counter& Registry::counter(std::string name, std::string help, std::string labels) {
  const std::lock_guard lock(mutex_);
  for (auto& known : counters_) {
    if (known.name == name && known.labels == labels) return known.metric;
  }
  auto& made = counters_.emplace_back();
  made.name = std::move(name);
  made.help = std::move(help);
  made.labels = std::move(labels);
  return made.metric;
}

Histogram& Registry::histogram(std::string name, std::string help, std::string labels) {
  const std::lock_guard lock(mutex_);
  for (auto& known : histograms_) {
    if (known.name == name && known.labels == labels) return known.metric;
  }
  auto& made = histograms_.emplace_back();
  made.name = std::move(name);
  made.help = std::move(help);
  made.labels = std::move(labels);
  return made.metric;
}

void Registry::value(std::string name, std::string help, std::function<double()> ask, std::string kind) {
  const std::lock_guard lock(mutex_);
  values_.push_back({.name = std::move(name), .help = std::move(help), .kind = std::move(kind), .ask = std::move(ask)});
}

std::string Registry::text() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  std::set<std::string> seen;
  // Lines of one name stand together, as the format demands, in the order in which names were first made.
  for (const auto& first : counters_) {
    if (seen.contains(first.name)) continue;
    append_head(out, seen, first.name, first.help, "counter");
    for (const auto& each : counters_) {
      if (each.name == first.name) append_line(out, each.name, each.labels, std::to_string(each.metric.value()));
    }
  }
  for (const auto& first : histograms_) {
    if (seen.contains(first.name)) continue;
    append_head(out, seen, first.name, first.help, "histogram");
    for (const auto& each : histograms_) {
      if (each.name == first.name) append_histogram(out, each.name, each.labels, each.metric);
    }
  }
  for (const auto& each : values_) {
    append_head(out, seen, each.name, each.help, each.kind);
    append_line(out, each.name, {}, number(each.ask()));
  }
  return out;
}

std::string label(std::string_view name, std::string_view value) {
  std::string out(name);
  out += "=\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + '"';
}

}  // namespace tarn::metrics
