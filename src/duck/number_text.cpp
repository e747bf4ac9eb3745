#include <charconv>
#include <cmath>
#include <string>

#include "duck/engine.h"

namespace tarn::duck {
namespace {

// Java writes the shortest digits that read back as the same number (so does to_chars), plainly for 1e-3 <= |x| < 1e7,
// else with one digit before the point and an exponent.
template <typename Number>
std::string java_text(Number value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  if (value == 0) return std::signbit(value) ? "-0.0" : "0.0";

  char buffer[64];
  const auto written = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  const std::string_view scientific(buffer, static_cast<std::size_t>(written.ptr - buffer));
  const std::size_t mark = scientific.find('e');
  // from_chars takes no plus sign, and what lies behind the text is not ours to read.
  const char* digits_of_exponent = scientific.data() + mark + (scientific[mark + 1] == '+' ? 2 : 1);
  int exponent = 0;
  std::from_chars(digits_of_exponent, written.ptr, exponent);
  std::string digits;
  for (const char c : scientific.substr(0, mark)) {
    if (c >= '0' && c <= '9') digits += c;
  }

  std::string text = value < 0 ? "-" : "";
  if (exponent >= 7 || exponent < -3) {
    text += digits.substr(0, 1) + "." + (digits.size() > 1 ? digits.substr(1) : "0") + "E" + std::to_string(exponent);
  } else if (exponent < 0) {
    text += "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  } else {
    const std::size_t whole = static_cast<std::size_t>(exponent) + 1;
    if (digits.size() < whole) digits.append(whole - digits.size(), '0');
    text += digits.substr(0, whole) + "." + (digits.size() > whole ? digits.substr(whole) : "0");
  }
  return text;
}

}  // namespace

std::string double_text(double value) {
  return java_text(value);
}

std::string real_text(float value) {
  return java_text(value);
}

std::string quote_name(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

std::string quote_text(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted.append(c == '\'' ? 2 : 1, c);
  return quoted + "'";
}

}  // namespace tarn::duck
