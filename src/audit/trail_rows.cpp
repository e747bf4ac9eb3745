#include "audit/trail_rows.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace tarn::audit {
namespace {

using Json = nlohmann::json;
constexpr char format = '\x01';
using Texts = std::vector<std::string>;

Json json_of(const EventSelector& selector) {
  Json data = Json::array();
  for (const DataResource& resource : selector.data) {
    data.push_back({{"type", resource.type}, {"values", resource.values}});
  }
  return {{"read_write", static_cast<int>(selector.read_write)},
          {"management", selector.management},
          {"data", data},
          {"excluded", selector.excluded_sources}};
}

EventSelector selector_of(const Json& json) {
  EventSelector selector;
  selector.read_write = static_cast<ReadWrite>(json.at("read_write").get<int>());
  selector.management = json.at("management");
  selector.excluded_sources = json.at("excluded").get<Texts>();
  for (const Json& each : json.at("data")) {
    selector.data.push_back({.type = each.at("type"), .values = each.at("values").get<Texts>()});
  }
  return selector;
}

Json json_of(const AdvancedSelector& selector) {
  Json fields = Json::array();
  for (const FieldSelector& field : selector.fields) {
    fields.push_back({{"field", field.field},
                      {"equals", field.equals},
                      {"starts", field.starts_with},
                      {"ends", field.ends_with},
                      {"not_equals", field.not_equals},
                      {"not_starts", field.not_starts_with},
                      {"not_ends", field.not_ends_with}});
  }
  return {{"name", selector.name}, {"fields", fields}};
}

AdvancedSelector advanced_of(const Json& json) {
  AdvancedSelector selector{.name = json.at("name"), .fields = {}};
  for (const Json& each : json.at("fields")) {
    selector.fields.push_back({.field = each.at("field"),
                               .equals = each.at("equals").get<Texts>(),
                               .starts_with = each.at("starts").get<Texts>(),
                               .ends_with = each.at("ends").get<Texts>(),
                               .not_equals = each.at("not_equals").get<Texts>(),
                               .not_starts_with = each.at("not_starts").get<Texts>(),
                               .not_ends_with = each.at("not_ends").get<Texts>()});
  }
  return selector;
}

Json json_of(const std::optional<Timestamp>& time) {
  return time ? Json(to_millis(*time)) : Json(nullptr);
}
std::optional<Timestamp> time_of(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return from_millis(json.get<std::int64_t>());
}

}  // namespace

std::string encode(const Trail& trail) {
  Json selectors = Json::array();
  for (const EventSelector& selector : trail.selectors) selectors.push_back(json_of(selector));
  Json advanced = Json::array();
  for (const AdvancedSelector& selector : trail.advanced) advanced.push_back(json_of(selector));
  return format + Json{{"name", trail.name},
                       {"arn", trail.arn},
                       {"region", trail.region},
                       {"bucket", trail.bucket},
                       {"prefix", trail.prefix},
                       {"global", trail.global_events},
                       {"multi_region", trail.multi_region},
                       {"logging", trail.logging},
                       {"started", json_of(trail.started)},
                       {"stopped", json_of(trail.stopped)},
                       {"selectors", selectors},
                       {"advanced", advanced},
                       {"tags", trail.tags}}
                      .dump();
}

Trail decode_trail(std::string_view bytes) {
  if (bytes.empty() || bytes.front() != format) throw std::runtime_error("trail row of an unknown format");
  const Json json = Json::parse(bytes.substr(1));
  Trail trail;
  trail.name = json.at("name");
  trail.arn = json.at("arn");
  trail.region = json.at("region");
  trail.bucket = json.at("bucket");
  trail.prefix = json.at("prefix");
  trail.global_events = json.at("global");
  trail.multi_region = json.at("multi_region");
  trail.logging = json.at("logging");
  trail.started = time_of(json.at("started"));
  trail.stopped = time_of(json.at("stopped"));
  trail.selectors.clear();
  for (const Json& each : json.at("selectors")) trail.selectors.push_back(selector_of(each));
  for (const Json& each : json.at("advanced")) trail.advanced.push_back(advanced_of(each));
  trail.tags = json.at("tags").get<decltype(trail.tags)>();
  return trail;
}

}  // namespace tarn::audit
