#include "traffic/request_metrics.h"

#include <algorithm>
#include <stdexcept>

#include "base/pack.h"

namespace tarn::traffic {
namespace {

constexpr std::uint8_t prefixes_only = 1;
constexpr std::uint8_t format_version = 2;

constexpr std::string_view kinds[] = {"Get", "Put", "Delete", "Head", "Post", "List", "Other"};

std::size_t kind_of(const aws::ServedRequest& request) {
  if (request.operation.starts_with("List") && request.key.empty()) return 5;
  if (request.method == "POST") return 4;
  if (request.key.empty()) return 6;
  if (request.method == "GET") return 0;
  if (request.method == "PUT") return 1;
  if (request.method == "DELETE") return 2;
  return request.method == "HEAD" ? 3 : 6;
}

}  // namespace

std::string pack(const std::vector<MetricsConfiguration>& configurations) {
  std::string document;
  Packer out(document);
  out.byte(format_version).number(configurations.size());
  for (const MetricsConfiguration& each : configurations) {
    out.text(each.id).byte(each.filtered).text(each.prefix).byte(each.filter_and).number(each.tags.size());
    for (const auto& [key, value] : each.tags) out.text(key).text(value);
  }
  return document;
}

std::vector<MetricsConfiguration> unpack_metrics(std::string_view document) {
  Unpacker in(document);
  const std::uint8_t version = in.byte();
  if (version != format_version && version != prefixes_only) {
    throw std::runtime_error("metrics configurations have an unknown format");
  }
  std::vector<MetricsConfiguration> configurations;
  for (std::uint64_t left = in.number(); left > 0; --left) {
    MetricsConfiguration each;
    each.id = in.text();
    each.filtered = in.byte() != 0;
    each.prefix = in.text();
    if (version == format_version) {
      each.filter_and = in.byte() != 0;
      for (std::uint64_t tags = in.number(); tags > 0; --tags) {
        std::string key(in.text());
        each.tags.emplace_back(std::move(key), in.text());
      }
    }
    configurations.push_back(std::move(each));
  }
  return configurations;
}

void RequestMetrics::count(std::string_view bucket, const std::vector<MetricsConfiguration>& configurations,
                           const aws::ServedRequest& request, const objects::Tags& tags) {
  const std::lock_guard lock(mutex_);
  for (const MetricsConfiguration& each : configurations) {
    if (each.filtered && (request.key.empty() || !request.key.starts_with(each.prefix))) continue;
    const bool tagged = std::ranges::all_of(
        each.tags, [&](const auto& wanted) { return std::ranges::find(tags, wanted) != tags.end(); });
    if (!tagged) continue;
    std::pair<std::string, std::string> name(bucket, each.id);
    if (counts_.size() >= most_filters && !counts_.contains(name)) continue;
    Counts& counts = counts_[std::move(name)];
    ++counts.requests[kind_of(request)];
    counts.errors_4xx += request.status >= 400 && request.status < 500;
    counts.errors_5xx += request.status >= 500;
    counts.downloaded += request.bytes_sent;
    counts.uploaded += request.bytes_received;
    counts.first_byte_ms += static_cast<std::uint64_t>(request.turn_around.count());
    counts.total_ms += static_cast<std::uint64_t>(request.total.count());
  }
}

std::string RequestMetrics::text() const {
  const std::lock_guard lock(mutex_);
  if (counts_.empty()) return {};
  std::string out;
  const auto head = [&out](const std::string& name, const std::string& help) {
    out += "# HELP tarn_bucket_" + name + " " + help + "\n# TYPE tarn_bucket_" + name + " counter\n";
  };
  const auto each = [&](const std::string& name, const auto& value) {
    for (const auto& [filter, counts] : counts_) {
      out += "tarn_bucket_" + name + "{bucket=\"" + filter.first + "\",filter=\"" + filter.second + "\"} " +
             value(counts) + "\n";
    }
  };
  const auto number = [](std::uint64_t Counts::* member) {
    return [member](const Counts& counts) { return std::to_string(counts.*member); };
  };
  const auto seconds = [](std::uint64_t Counts::* member) {
    return [member](const Counts& counts) { return std::to_string(static_cast<double>(counts.*member) / 1000); };
  };
  head("requests_total", "Requests that a bucket's metrics configuration counts.");
  for (const auto& [filter, counts] : counts_) {
    for (std::size_t kind = 0; kind < counts.requests.size(); ++kind) {
      if (counts.requests[kind] == 0) continue;
      out += "tarn_bucket_requests_total{bucket=\"" + filter.first + "\",filter=\"" + filter.second + "\",type=\"" +
             std::string(kinds[kind]) + "\"} " + std::to_string(counts.requests[kind]) + "\n";
    }
  }
  head("errors_4xx_total", "Of them, refused.");
  each("errors_4xx_total", number(&Counts::errors_4xx));
  head("errors_5xx_total", "Of them, failed.");
  each("errors_5xx_total", number(&Counts::errors_5xx));
  head("downloaded_bytes_total", "Bytes of their answers.");
  each("downloaded_bytes_total", number(&Counts::downloaded));
  head("uploaded_bytes_total", "Bytes of their bodies.");
  each("uploaded_bytes_total", number(&Counts::uploaded));
  head("first_byte_seconds_total", "Time until their answers were ready.");
  each("first_byte_seconds_total", seconds(&Counts::first_byte_ms));
  head("request_seconds_total", "Time until their answers were sent.");
  each("request_seconds_total", seconds(&Counts::total_ms));
  return out;
}

}  // namespace tarn::traffic
