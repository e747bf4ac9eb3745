#include "services/s3/metrics_words.h"

#include <algorithm>

namespace tarn::s3 {
namespace {

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  });
}

}  // namespace

traffic::MetricsConfiguration metrics_in(const std::string& id, const MetricsConfiguration& asked) {
  if (asked.id != id) {
    throw Error(errors::invalid_argument, "The id of the request and of its document differ")
        .with("ArgumentName", "Id");
  }
  if (!is_id(id)) {
    throw Error(ErrorCode{"InvalidConfigurationId", 400}, "The specified configuration id is invalid.");
  }
  traffic::MetricsConfiguration configuration{.id = id, .prefix = {}};
  if (!asked.filter) return configuration;
  configuration.filtered = true;
  if (asked.filter->tag || asked.filter->access_point_arn || asked.filter->and_) {
    throw Error(errors::not_implemented, "Tarn filters request metrics by prefix only.");
  }
  if (!asked.filter->prefix) {
    throw Error(errors::malformed_xml,
                "The XML you provided was not well-formed or did not validate against our published schema");
  }
  configuration.prefix = *asked.filter->prefix;
  return configuration;
}

MetricsConfiguration metrics_out(const traffic::MetricsConfiguration& configuration) {
  MetricsConfiguration out;
  out.id = configuration.id;
  if (configuration.filtered) out.filter.emplace().prefix = configuration.prefix;
  return out;
}

std::vector<traffic::MetricsConfiguration> metrics_of(const objects::Bucket& bucket) {
  const auto* found = bucket.configuration(objects::ConfigurationKind::metrics);
  return found ? traffic::unpack_metrics(found->document) : std::vector<traffic::MetricsConfiguration>{};
}

void refuse_missing_metrics() {
  throw Error(errors::no_such_configuration, "The specified configuration does not exist.");
}

}  // namespace tarn::s3
