#include "select/letters.h"

#include <locale.h>
#include <wctype.h>

#include <cstdint>

namespace tarn::select {
namespace {

// The C library's tables, whatever the environment says. Null: it has none, and only ASCII is known.
locale_t unicode() {
  static const locale_t locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

// The length of the well-formed sequence at the front, 1 to 4; 0: there is none.
std::size_t sequence(std::string_view text, std::uint32_t& point) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  const std::size_t length = first < 0x80                    ? 1
                             : first >= 0xc2 && first < 0xe0 ? 2
                             : first < 0xe0                  ? 0
                             : first < 0xf0                  ? 3
                             : first < 0xf5                  ? 4
                                                             : 0;
  if (length == 0 || text.size() < length) return 0;
  point = length == 1 ? first : first & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    point = point << 6 | (byte(i) & 0x3f);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  return overlong || point > 0x10ffff || (point >= 0xd800 && point < 0xe000) ? 0 : length;
}

void append(std::string& out, std::uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
    return;
  }
  const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  out += static_cast<char>((more == 1 ? 0xc0u : more == 2 ? 0xe0u : 0xf0u) | point >> (6 * more));
  for (int i = more - 1; i >= 0; --i) out += static_cast<char>(0x80 | (point >> (6 * i) & 0x3f));
}

std::string mapped(std::string_view text, wint_t (*map)(wint_t, locale_t), char first, char last) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    std::uint32_t point = 0;
    const std::size_t length = sequence(text, point);
    if (length <= 1) {
      const char c = text.front();
      out += c >= first && c <= last ? static_cast<char>(c ^ 0x20) : c;
    } else {
      append(out, unicode() ? static_cast<std::uint32_t>(map(static_cast<wint_t>(point), unicode())) : point);
    }
    text.remove_prefix(length > 0 ? length : 1);
  }
  return out;
}

}  // namespace

std::string lower_case(std::string_view text) {
  return mapped(text, ::towlower_l, 'A', 'Z');
}

std::string upper_case(std::string_view text) {
  return mapped(text, ::towupper_l, 'a', 'z');
}

}  // namespace tarn::select
