#include <nlohmann/json.hpp>
#include <stdexcept>

#include "events/json_text.h"
#include "events/state.h"

namespace tarn::events {
namespace {

using nlohmann::json;

constexpr char format_version = 1;

void put(json& out, const char* name, const std::optional<std::string>& value) {
  if (value) out[name] = *value;
}

std::optional<std::string> take(const json& in, const char* name) {
  const auto at = in.find(name);
  return at == in.end() ? std::nullopt : std::optional(at->get<std::string>());
}

std::string row_of(const json& value) {
  return std::string(1, format_version) + value.dump();
}

json value_of(std::string_view row) {
  if (row.empty() || row[0] != format_version)
    throw std::runtime_error("a row of events has an unknown format version");
  return json::parse(row.substr(1));
}

}  // namespace

std::string encode_rule(const Rule& rule) {
  json out{{"name", rule.name}, {"bus", rule.bus}, {"arn", rule.arn}, {"enabled", rule.enabled}};
  put(out, "pattern", rule.pattern);
  put(out, "schedule", rule.schedule);
  put(out, "description", rule.description);
  put(out, "role", rule.role_arn);
  if (!rule.schedule_id.empty()) out["schedule_id"] = rule.schedule_id;
  return row_of(out);
}

Rule decode_rule(std::string_view row) {
  const json in = value_of(row);
  return {.name = in.at("name"),
          .bus = in.at("bus"),
          .arn = in.at("arn"),
          .pattern = take(in, "pattern"),
          .schedule = take(in, "schedule"),
          .description = take(in, "description"),
          .role_arn = take(in, "role"),
          .enabled = in.at("enabled"),
          .schedule_id = in.value("schedule_id", "")};
}

std::string encode_target(const RuleTarget& target) {
  json out{{"id", target.id},
           {"arn", target.arn},
           {"max_attempts", target.max_attempts},
           {"max_age_seconds", target.max_age_seconds}};
  put(out, "role", target.role_arn);
  put(out, "input", target.input);
  put(out, "input_path", target.input_path);
  put(out, "dead_letter", target.dead_letter_arn);
  put(out, "group", target.group);
  if (target.transformer) {
    out["transformer"] = {{"paths", target.transformer->paths}, {"text", target.transformer->text}};
  }
  return row_of(out);
}

RuleTarget decode_target(std::string_view row) {
  const json in = value_of(row);
  RuleTarget target{.id = in.at("id"),
                    .arn = in.at("arn"),
                    .role_arn = take(in, "role"),
                    .input = take(in, "input"),
                    .input_path = take(in, "input_path"),
                    .max_attempts = in.at("max_attempts"),
                    .max_age_seconds = in.at("max_age_seconds"),
                    .dead_letter_arn = take(in, "dead_letter"),
                    .group = take(in, "group")};
  if (const auto at = in.find("transformer"); at != in.end()) {
    target.transformer = InputTransformer{.paths = at->at("paths"), .text = at->at("text")};
  }
  return target;
}

bool is_json_object(std::string_view text) {
  return nlohmann::json::parse(text, nullptr, false).is_object();
}

std::string Event::json() const {
  nlohmann::json out{{"version", "0"},
                     {"id", id},
                     {"detail-type", detail_type},
                     {"source", source},
                     {"account", account.text()},
                     {"time", iso8601_seconds(time)},
                     {"region", region},
                     {"resources", resources}};
  out["detail"] = nlohmann::json::parse(detail.empty() ? "{}" : detail);
  return out.dump();
}

}  // namespace tarn::events
