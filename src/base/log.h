// Structured logs: one JSON line an event on stderr. Never a secret, never a body.
//
//   log::info("crawl finished", {{"crawler", name}, {"tables", 5}});
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace tarn::log {

enum class Level { debug, info, warning, error };

// A named value of a line: text, or a number as it is.
struct Field {
  std::string_view name;
  std::string value;
  bool quoted = true;

  Field(std::string_view field, std::string_view text) : name(field), value(text) {}
  Field(std::string_view field, const std::string& text) : name(field), value(text) {}
  Field(std::string_view field, const char* text) : name(field), value(text) {}
  Field(std::string_view field, bool truth) : name(field), value(truth ? "true" : "false"), quoted(false) {}
  template <typename Number>
    requires std::is_arithmetic_v<Number>
  Field(std::string_view field, Number number) : name(field), value(std::to_string(number)), quoted(false) {}
};

// Lines below `level` are dropped. Default: info.
void set_level(Level level);
void write(Level level, std::string_view message, std::initializer_list<Field> fields);

inline void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::debug, message, fields);
}
inline void info(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::info, message, fields);
}
inline void warning(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::warning, message, fields);
}
inline void error(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::error, message, fields);
}

}  // namespace tarn::log
