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

std::string version_key(std::uint64_t version) {
  char text[24];
  std::snprintf(text, sizeof text, "v/%016llx", static_cast<unsigned long long>(~version));
  return text;
}

}  // namespace tarn::catalog::rows
