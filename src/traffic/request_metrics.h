// Request metrics: what the requests for a bucket, or for keys of a prefix, come to. CloudWatch's counts as
// Prometheus's.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/observer.h"
#include "objects/version.h"

namespace tarn::traffic {

inline constexpr std::size_t most_metrics_configurations = 1'000;

struct MetricsConfiguration {
  std::string id;
  bool filtered = false;  // Else all of the bucket's requests count, lists included.
  std::string prefix;
  objects::Tags tags = {};  // Of the object, all of them.
  bool filter_and = false;  // As it was said: And, whatever it joins.
  friend bool operator==(const MetricsConfiguration&, const MetricsConfiguration&) = default;
};

// The document of objects::ConfigurationKind::metrics: all of a bucket's, by id.
std::string pack(const std::vector<MetricsConfiguration>& configurations);
// Throws std::runtime_error on bytes that are none.
std::vector<MetricsConfiguration> unpack_metrics(std::string_view document);

class RequestMetrics {
 public:
  // `tags` are the object's, asked of filters by tags only.
  void count(std::string_view bucket, const std::vector<MetricsConfiguration>& configurations,
             const aws::ServedRequest& request, const objects::Tags& tags = {});
  std::string text() const;

 private:
  struct Counts {
    std::array<std::uint64_t, 7> requests{};  // By kind.
    std::uint64_t errors_4xx = 0;
    std::uint64_t errors_5xx = 0;
    std::uint64_t downloaded = 0;
    std::uint64_t uploaded = 0;
    std::uint64_t first_byte_ms = 0;
    std::uint64_t total_ms = 0;
  };
  static constexpr std::size_t most_filters = 10'000;

  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, Counts, std::less<>> counts_;
};

}  // namespace tarn::traffic
