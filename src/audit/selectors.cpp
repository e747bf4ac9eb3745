// Which records a trail selects.
#include <algorithm>

#include "audit/trails.h"

namespace tarn::audit {
namespace {

bool read_write_matches(ReadWrite wanted, bool read_only) {
  return wanted == ReadWrite::all || (wanted == ReadWrite::read_only) == read_only;
}

// What a data event is about, as selectors see it: listing a bucket's objects is about objects of the bucket.
std::vector<std::pair<std::string, std::string>> typed_resources(const Record& record) {
  std::vector<std::pair<std::string, std::string>> resources;
  for (const std::string& arn : record.resources) {
    const std::string_view type = resource_type(arn);
    if (!record.management && type == "AWS::S3::Bucket") {
      resources.emplace_back("AWS::S3::Object", arn + "/");
    } else {
      resources.emplace_back(type, arn);
    }
  }
  return resources;
}

// "arn:aws:s3" and "arn:aws:s3:::" are all objects; "arn:aws:s3:::lake/" all of one bucket; else a prefix.
bool data_matches(const DataResource& wanted, const Record& record) {
  return std::ranges::any_of(typed_resources(record), [&](const auto& resource) {
    const auto begins = [&](const std::string& prefix) { return resource.second.starts_with(prefix); };
    return resource.first == wanted.type && std::ranges::any_of(wanted.values, begins);
  });
}

bool matches(const EventSelector& selector, const Record& record) {
  if (!read_write_matches(selector.read_write, record.read_only)) return false;
  if (record.management) {
    return selector.management &&
           std::ranges::find(selector.excluded_sources, record.source) == selector.excluded_sources.end();
  }
  return std::ranges::any_of(selector.data, [&](const DataResource& each) { return data_matches(each, record); });
}

// The values that a record has for a field of an advanced selector.
std::vector<std::string> values_of(const Record& record, const std::string& field) {
  if (field == "eventCategory") return {record.management ? "Management" : "Data"};
  if (field == "readOnly") return {record.read_only ? "true" : "false"};
  if (field == "eventSource") return {record.source};
  if (field == "eventName") return {record.name};
  if (field == "eventType") return {"AwsApiCall"};
  if (field == "userIdentity.arn") return {record.principal.arn};
  std::vector<std::string> values;
  for (auto& [type, arn] : typed_resources(record)) {
    if (field == "resources.ARN") values.push_back(arn);
    if (field == "resources.type") values.push_back(type);
  }
  return values;
}

bool matches(const FieldSelector& selector, const Record& record) {
  const auto values = values_of(record, selector.field);
  const auto some = [&](const std::vector<std::string>& wanted, auto compare) {
    return std::ranges::any_of(values, [&](const std::string& value) {
      return std::ranges::any_of(wanted, [&](const std::string& each) { return compare(value, each); });
    });
  };
  const auto equal = [](const std::string& value, const std::string& wanted) { return value == wanted; };
  const auto starts = [](const std::string& value, const std::string& wanted) { return value.starts_with(wanted); };
  const auto ends = [](const std::string& value, const std::string& wanted) { return value.ends_with(wanted); };
  const bool positive = !selector.equals.empty() || !selector.starts_with.empty() || !selector.ends_with.empty();
  if (positive && !some(selector.equals, equal) && !some(selector.starts_with, starts) &&
      !some(selector.ends_with, ends)) {
    return false;
  }
  return !some(selector.not_equals, equal) && !some(selector.not_starts_with, starts) &&
         !some(selector.not_ends_with, ends);
}

}  // namespace

bool selects(const Trail& trail, const Record& record) {
  if (!trail.logging) return false;
  if (!trail.multi_region && record.region != trail.region && !(trail.global_events && record.region.empty())) {
    return false;
  }
  if (!trail.advanced.empty()) {
    return std::ranges::any_of(trail.advanced, [&](const AdvancedSelector& selector) {
      return std::ranges::all_of(selector.fields, [&](const FieldSelector& field) { return matches(field, record); });
    });
  }
  return std::ranges::any_of(trail.selectors, [&](const EventSelector& selector) { return matches(selector, record); });
}

bool selects_data(const Trail& trail) {
  if (!trail.logging) return false;
  if (!trail.advanced.empty()) {
    return std::ranges::any_of(trail.advanced, [](const AdvancedSelector& selector) {
      return std::ranges::any_of(selector.fields, [](const FieldSelector& field) {
        return field.field == "eventCategory" && std::ranges::find(field.equals, "Data") != field.equals.end();
      });
    });
  }
  return std::ranges::any_of(trail.selectors, [](const EventSelector& selector) { return !selector.data.empty(); });
}

}  // namespace tarn::audit
