// The one file that includes the TOML parser.
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <stdexcept>

#include "app/options.h"

namespace tarn::app {
namespace {

std::string spelled(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto flag = node.value_exact<bool>()) return *flag ? "true" : "false";
  if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
  return {};
}

[[noreturn]] void fail(std::string_view file, const toml::source_region& where, std::string_view what) {
  throw std::runtime_error(std::string(file) + ", line " + std::to_string(where.begin.line) + ": " + std::string(what));
}

std::vector<std::string> values_of(const toml::node& node) {
  std::vector<std::string> values;
  if (const auto* const array = node.as_array()) {
    for (const auto& each : *array) values.push_back(spelled(each));
  } else if (const auto* const table = node.as_table()) {
    // [tier] STANDARD_IA = "/mnt/slow"
    for (const auto& [key, each] : *table) values.push_back(std::string(key.str()) + "=" + spelled(each));
  } else {
    values.push_back(spelled(node));
  }
  return values;
}

}  // namespace

Given settings_of_toml(std::string_view text, std::string_view file_name) {
  const toml::parse_result result = toml::parse(text, file_name);
  if (!result) fail(file_name, result.error().source(), result.error().description());
  Given given;
  for (const auto& [key, node] : result.table()) {
    std::string name(key.str());
    std::ranges::replace(name, '_', '-');
    if (std::ranges::find(settings(), std::string_view(name), &Setting::name) == settings().end()) {
      fail(file_name, node.source(), "no such setting: " + std::string(key.str()));
    }
    given[name] = values_of(node);
    if (std::ranges::count(given[name], std::string()) > 0) fail(file_name, node.source(), "not a value for " + name);
  }
  return given;
}

}  // namespace tarn::app
