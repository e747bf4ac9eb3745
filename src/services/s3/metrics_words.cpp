#include "services/s3/metrics_words.h"

#include <algorithm>

namespace tarn::s3 {
namespace {

constexpr std::size_t most_filter_tags = 10;

[[noreturn]] void malformed() {
  throw Error(errors::malformed_xml,
              "The XML you provided was not well-formed or did not validate against our published schema");
}

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
  const MetricsFilter& filter = *asked.filter;
  if (filter.access_point_arn || (filter.and_ && filter.and_->access_point_arn)) {
    throw Error(errors::not_implemented, "There are no access points to filter request metrics by.");
  }
  if (int{filter.prefix.has_value()} + int{filter.tag.has_value()} + int{filter.and_.has_value()} != 1) malformed();
  configuration.prefix = filter.prefix.value_or("");
  if (filter.tag) configuration.tags = tags_of({*filter.tag}, most_filter_tags);
  if (filter.and_) {
    configuration.filter_and = true;
    configuration.prefix = filter.and_->prefix.value_or("");
    if (filter.and_->tags) configuration.tags = tags_of(*filter.and_->tags, most_filter_tags);
    // And joins two conditions at least.
    if (configuration.tags.size() + (filter.and_->prefix ? 1 : 0) < 2) malformed();
  }
  return configuration;
}

MetricsConfiguration metrics_out(const traffic::MetricsConfiguration& configuration) {
  MetricsConfiguration out;
  out.id = configuration.id;
  if (!configuration.filtered) return out;
  MetricsFilter& filter = out.filter.emplace();
  if (configuration.filter_and) {
    filter.and_.emplace().tags = tag_set_of(configuration.tags);
    if (!configuration.prefix.empty()) filter.and_->prefix = configuration.prefix;
  } else if (!configuration.tags.empty()) {
    filter.tag = tag_set_of(configuration.tags).front();
  } else {
    filter.prefix = configuration.prefix;
  }
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
