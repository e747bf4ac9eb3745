#include "base/unicode.h"

#include <locale.h>
#include <wctype.h>

namespace tarn {
namespace {

// The C library's tables, whatever the environment says. Null: it has none.
locale_t unicode_tables() {
  static const locale_t tables = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return tables;
}

std::uint32_t mapped(std::uint32_t letter, wint_t (*map)(wint_t, locale_t)) {
  return unicode_tables() ? static_cast<std::uint32_t>(map(static_cast<wint_t>(letter), unicode_tables())) : letter;
}

void append_letter(std::uint32_t letter, std::string& out) {
  if (letter < 0x80) {
    out += static_cast<char>(letter);
    return;
  }
  const int more = letter < 0x800 ? 1 : letter < 0x10000 ? 2 : 3;
  out += static_cast<char>((more == 1 ? 0xc0u : more == 2 ? 0xe0u : 0xf0u) | letter >> (6 * more));
  for (int i = more - 1; i >= 0; --i) out += static_cast<char>(0x80 | (letter >> (6 * i) & 0x3f));
}

}  // namespace

Letter front_letter(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return {.code = first, .bytes = 1};
  std::size_t bytes;
  std::uint32_t code, smallest;
  if ((first & 0xe0) == 0xc0) {
    bytes = 2, code = first & 0x1f, smallest = 0x80;
  } else if ((first & 0xf0) == 0xe0) {
    bytes = 3, code = first & 0x0f, smallest = 0x800;
  } else if ((first & 0xf8) == 0xf0) {
    bytes = 4, code = first & 0x07, smallest = 0x10000;
  } else {
    return {};
  }
  if (text.size() < bytes) return {};
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3f);
  }
  if (code < smallest || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return {};
  return {.code = code, .bytes = bytes};
}

std::uint32_t simple_lower(std::uint32_t letter) {
  if (letter < 0x80) return letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter;
  return mapped(letter, ::towlower_l);
}

std::uint32_t simple_upper(std::uint32_t letter) {
  if (letter < 0x80) return letter >= 'a' && letter <= 'z' ? letter - ('a' - 'A') : letter;
  return mapped(letter, ::towupper_l);
}

std::string map_letters(std::string_view text, std::uint32_t (*map)(std::uint32_t letter)) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Letter letter = front_letter(text);
    if (letter.bytes == 0) {
      out += text.front();
      text.remove_prefix(1);
      continue;
    }
    append_letter(map(letter.code), out);
    text.remove_prefix(letter.bytes);
  }
  return out;
}

std::string to_lower_letters(std::string_view text) {
  constexpr std::uint32_t dotted_capital_i = 0x130;
  return map_letters(text,
                     [](std::uint32_t letter) { return letter == dotted_capital_i ? letter : simple_lower(letter); });
}

}  // namespace tarn
