#include <nlohmann/json.hpp>
#include <optional>

#include "events/events.h"

namespace tarn::events {
namespace {

using nlohmann::json;

// $.detail.object.key, $.resources[0]: the part of JSONPath that EventBridge takes. None: there is no such value.
std::optional<json> at_path(const json& event, std::string_view path) {
  if (!path.starts_with("$")) return std::nullopt;
  path.remove_prefix(1);
  const json* value = &event;
  while (!path.empty()) {
    if (path.front() == '.') {
      const auto end = std::min(path.find_first_of(".[", 1), path.size());
      const std::string name(path.substr(1, end - 1));
      if (!value->is_object() || !value->contains(name)) return std::nullopt;
      value = &(*value)[name];
      path.remove_prefix(end);
    } else if (path.front() == '[') {
      const auto close = path.find(']');
      if (close == path.npos || !value->is_array()) return std::nullopt;
      std::size_t index = 0;
      for (const char c : path.substr(1, close - 1)) {
        if (c < '0' || c > '9' || index > 1'000'000) return std::nullopt;
        index = index * 10 + static_cast<std::size_t>(c - '0');
      }
      if (index >= value->size()) return std::nullopt;
      value = &(*value)[index];
      path.remove_prefix(close + 1);
    } else {
      return std::nullopt;
    }
  }
  return *value;
}

// <name> stands for a value. Inside a JSON string of the template a value goes in as text, else as JSON.
std::string transform(const InputTransformer& transformer, const json& event, const std::string& rule_arn) {
  const auto value_of = [&](const std::string& name) -> std::optional<json> {
    if (const auto path = transformer.paths.find(name); path != transformer.paths.end()) {
      return at_path(event, path->second).value_or("");
    }
    if (name == "aws.events.rule-arn") return rule_arn;
    if (name == "aws.events.event.json") return event;
    if (name == "aws.events.event.ingestion-time") return event.at("time");
    return std::nullopt;
  };
  const std::string& text = transformer.text;
  std::string out;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"' && (i == 0 || text[i - 1] != '\\')) in_string = !in_string;
    const auto close = text[i] == '<' ? text.find('>', i) : text.npos;
    const auto value = close == text.npos ? std::nullopt : value_of(text.substr(i + 1, close - i - 1));
    if (!value) {
      out += text[i];
      continue;
    }
    if (in_string) {
      const std::string quoted = json(value->is_string() ? value->get<std::string>() : value->dump()).dump();
      out += quoted.substr(1, quoted.size() - 2);
    } else {
      out += value->dump();
    }
    i = close;
  }
  return out;
}

}  // namespace

std::string input_for(const RuleTarget& target, const std::string& event_json, const std::string& rule_arn) {
  if (target.input) return *target.input;
  if (!target.input_path && !target.transformer) return event_json;
  const json event = json::parse(event_json);
  if (target.input_path) return at_path(event, *target.input_path).value_or(nullptr).dump();
  return transform(*target.transformer, event, rule_arn);
}

}  // namespace tarn::events
