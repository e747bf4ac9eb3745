#include "aws/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <cstdint>
#include <cstdio>
#include <optional>

namespace tarn::aws {
namespace {

constexpr std::uint32_t kMatchLimit = 200'000;
constexpr std::uint32_t kHeapLimitKib = 4096;

std::string code_point(std::uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "\\x{%X}", value);
  return text;
}

// The four hexadecimal digits after "\u" at `at`.
std::optional<std::uint32_t> escaped_unit(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = at + 2; i < at + 6; ++i) {
    const char c = text[i];
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return std::nullopt;
    value = value * 16 + static_cast<std::uint32_t>(digit);
  }
  return value;
}

bool is_high(std::uint32_t unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}
bool is_low(std::uint32_t unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}
std::uint32_t joined(std::uint32_t high, std::uint32_t low) {
  return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

// The models write the code points beyond the basic plane as "\uD800\uDC00-\uDBFF\uDFFF", or, wrongly, as
// "\u10000-\u10FFFF", which Java would read as \u1000 and a '0'; the second spelling is taken for what it means.
struct Spelling {
  std::string_view text;
  std::string_view meaning;
};
constexpr Spelling kSpellings[] = {
    {"\\u10000-\\u10FFFF", "\\x{10000}-\\x{10FFFF}"},
    {"\\u10000-\\u10ffff", "\\x{10000}-\\x{10FFFF}"},
    {"[\\uD800-\\uDBFF][\\uDC00-\\uDFFF]", "[\\x{10000}-\\x{10FFFF}]"},
};

// Java's POSIX classes: \p{Alnum} is [:alnum:], inside a class or as one of its own.
constexpr Spelling kPosix[] = {
    {"Lower", "lower"}, {"Upper", "upper"},   {"ASCII", "ascii"}, {"Alpha", "alpha"}, {"Digit", "digit"},
    {"Alnum", "alnum"}, {"Punct", "punct"},   {"Graph", "graph"}, {"Print", "print"}, {"Blank", "blank"},
    {"Cntrl", "cntrl"}, {"XDigit", "xdigit"}, {"Space", "space"},
};

// The POSIX class that `text` begins with, as "\p{Name}"; its spelling's name.
const Spelling* posix_class(std::string_view text) {
  if (!text.starts_with("\\p{")) return nullptr;
  const std::string_view name = text.substr(3, text.find('}') - 3);
  for (const Spelling& spelling : kPosix) {
    if (spelling.text == name) return &spelling;
  }
  return nullptr;
}

}  // namespace

std::string pcre_text(std::string_view text) {
  std::string out = "\\A(?:";
  bool in_class = false;
  for (std::size_t at = 0; at < text.size();) {
    const Spelling* known = nullptr;
    for (const Spelling& spelling : kSpellings) {
      if (text.substr(at).starts_with(spelling.text)) known = &spelling;
    }
    if (known) {
      out += known->meaning;
      at += known->text.size();
      continue;
    }
    if (const Spelling* posix = posix_class(text.substr(at))) {
      const std::string name = "[:" + std::string(posix->meaning) + ":]";
      out += in_class ? name : "[" + name + "]";
      at += posix->text.size() + 4;
      continue;
    }
    const auto unit = escaped_unit(text, at);
    if (!unit) {
      if (text[at] == '[') in_class = true;
      if (text[at] == ']') in_class = false;
      // An escaped backslash must not lend its second half to what follows.
      const std::size_t length = text[at] == '\\' && at + 1 < text.size() ? 2 : 1;
      out += text.substr(at, length);
      at += length;
      continue;
    }
    at += 6;
    if (is_high(*unit)) {
      const auto low = escaped_unit(text, at);
      if (low && is_low(*low)) {
        out += code_point(joined(*unit, *low));
        at += 6;
        continue;
      }
      // A lone surrogate bounds a range of UTF-16 units; in UTF-8 text none can occur, and the planes it reaches for
      // are all that lie beyond the basic one.
      out += code_point(0x10000);
    } else if (is_low(*unit)) {
      out += code_point(0x10FFFF);
    } else {
      out += code_point(*unit);
    }
  }
  return out + ")\\z";
}

const void* Pattern::compiled() const {
  static const char kBroken = 0;
  const void* code = code_.load(std::memory_order_acquire);
  if (!code) {
    const std::string text = pcre_text(text_);
    int error = 0;
    std::size_t where = 0;
    pcre2_code* made =
        pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
                      PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_NO_START_OPTIMIZE, &error, &where, nullptr);
    const void* fresh = made ? static_cast<const void*>(made) : &kBroken;
    // Two threads may both compile; the first to store wins, and patterns live as long as the program.
    if (code_.compare_exchange_strong(code, fresh, std::memory_order_acq_rel)) {
      code = fresh;
    } else if (made) {
      pcre2_code_free(made);
    }
  }
  return code == &kBroken ? nullptr : code;
}

PassingPattern::~PassingPattern() {
  // Compiled here at the latest, so that there is one case to free; it costs what a single match does.
  pcre2_code_free(static_cast<pcre2_code*>(const_cast<void*>(compiled())));
}

bool Pattern::compiles() const {
  return compiled() != nullptr;
}

bool Pattern::matches(std::string_view subject) const {
  const auto* code = static_cast<const pcre2_code*>(compiled());
  if (!code) return true;
  struct Scratch {
    pcre2_match_data* data = pcre2_match_data_create(1, nullptr);
    pcre2_match_context* context = pcre2_match_context_create(nullptr);
    Scratch() {
      pcre2_set_match_limit(context, kMatchLimit);
      pcre2_set_heap_limit(context, kHeapLimitKib);
    }
    ~Scratch() {
      pcre2_match_data_free(data);
      pcre2_match_context_free(context);
    }
  };
  thread_local const Scratch scratch;
  return pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(subject.data()), subject.size(), 0, 0, scratch.data,
                     scratch.context) >= 0;
}

}  // namespace tarn::aws
