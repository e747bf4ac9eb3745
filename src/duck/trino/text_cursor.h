// What readers of numbers, dates and times do with a text: they take from its front.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tarn::duck {

inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Without blanks and control characters at either end, as Java's trim().
inline std::string_view trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

// Takes up to `most` digits; false if there is not even one.
inline bool take_digits(std::string_view& text, std::size_t most, std::int64_t& value) {
  std::size_t length = 0;
  value = 0;
  while (length < text.size() && length < most && is_digit(text[length])) value = value * 10 + (text[length++] - '0');
  text.remove_prefix(length);
  return length > 0;
}

// Takes `wanted` if it comes next.
inline bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace tarn::duck
