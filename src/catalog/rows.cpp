#include "catalog/rows.h"

#include <cstdio>

namespace tarn::catalog::rows {

std::string values_text(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) {
    for (const char c : value) {
      text += c;
      if (c == '\0') text += '\xff';
    }
    text += '\0';
    text += '\x01';
  }
  return text;
}

std::vector<std::string> values_of_key(std::string_view key) {
  std::vector<std::string> values;
  std::string value;
  for (std::size_t i = 2; i < key.size(); ++i) {
    if (key[i] != '\0') {
      value += key[i];
      continue;
    }
    const bool ends = i + 1 < key.size() && key[i + 1] == '\x01';
    ++i;
    if (ends) {
      values.push_back(std::move(value));
      value.clear();
    } else {
      value += '\0';
    }
  }
  return values;
}

std::string version_key(std::uint64_t version) {
  char text[24];
  std::snprintf(text, sizeof text, "v/%016llx", static_cast<unsigned long long>(~version));
  return text;
}

}  // namespace tarn::catalog::rows
