#include "policy/pattern.h"

#include <algorithm>

#include "base/encoding.h"
#include "policy/evaluator.h"

namespace tarn::policy {
namespace {

// In compiled text these bytes stand for the wildcards; `literal` says that the next byte means itself.
constexpr char star = '\x01';
constexpr char question = '\x02';
constexpr char literal = '\x03';

bool is_mark(char c) {
  return c == star || c == question || c == literal;
}

char fold(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// Bytes of one UTF-8 character: ? stands for a character, not for a byte.
std::size_t character_length(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80) ++length;
  return length;
}

template <bool IgnoreCase>
bool same(char pattern, char text) {
  return pattern == (IgnoreCase ? fold(text) : text);
}

// The usual two-pointer walk: on a mismatch, the last star takes one character more. Never recurses.
template <bool IgnoreCase>
bool glob_matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t after_star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == star) {
      after_star = ++p;
      star_text = t;
      continue;
    }
    if (p < pattern.size() && pattern[p] == question) {
      ++p;
      t += character_length(text.substr(t));
      continue;
    }
    if (p < pattern.size()) {
      const std::size_t at = pattern[p] == literal ? p + 1 : p;
      if (at < pattern.size() && same<IgnoreCase>(pattern[at], text[t])) {
        p = at + 1;
        ++t;
        continue;
      }
    }
    if (after_star == std::string_view::npos) return false;
    p = after_star;
    t = ++star_text;
  }
  while (p < pattern.size() && pattern[p] == star) ++p;
  return p == pattern.size();
}

template <bool IgnoreCase>
bool equal(std::string_view pattern, std::string_view text) {
  return pattern.size() == text.size() && std::equal(pattern.begin(), pattern.end(), text.begin(), same<IgnoreCase>);
}

void append_escaped(std::string& out, std::string_view text, bool ignore_case) {
  for (const char c : text) {
    if (is_mark(c)) out += literal;
    out += ignore_case ? fold(c) : c;
  }
}

}  // namespace

Pattern::Pattern(std::string_view text, Syntax syntax, bool ignore_case) : ignore_case_(ignore_case) {
  const bool wildcards = syntax == Syntax::wildcards || syntax == Syntax::wildcards_and_variables;
  const bool variables = syntax == Syntax::variables || syntax == Syntax::wildcards_and_variables;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (variables && text.substr(i).starts_with("${")) {
      const std::size_t end = text.find('}', i);
      if (end != text.npos) {
        append_variable(text.substr(i + 2, end - i - 2));
        i = end;
        continue;
      }
    }
    if (wildcards && text[i] == '*') {
      if (!compiled_.ends_with(star)) compiled_ += star;
    } else if (wildcards && text[i] == '?') {
      compiled_ += question;
    } else {
      append_literal(text.substr(i, 1));
    }
  }
  settle_shape();
}

void Pattern::append_literal(std::string_view text) {
  append_escaped(compiled_, text, ignore_case_);
}

// ${*}, ${?} and ${$} are those characters; ${key, 'default'} has what to use where the key is missing.
void Pattern::append_variable(std::string_view inside) {
  if (inside == "*" || inside == "?" || inside == "$") return append_literal(inside);
  std::optional<std::string> fallback;
  std::string_view name = inside;
  if (const std::size_t comma = inside.find(','); comma != inside.npos) {
    name = inside.substr(0, comma);
    std::string_view rest = trim(inside.substr(comma + 1));
    if (rest.size() >= 2 && rest.front() == '\'' && rest.back() == '\'') rest = rest.substr(1, rest.size() - 2);
    fallback = std::string(rest);
  }
  name = trim(name);
  variables_.push_back({.position = compiled_.size(), .name = to_lower(name), .fallback = std::move(fallback)});
  names_.emplace_back(name);
}

// Most patterns need no walk: an action's name, a bucket's ARN with a star at its end, the star alone.
void Pattern::settle_shape() {
  const std::size_t mark = std::ranges::find_if(compiled_, is_mark) - compiled_.begin();
  if (!variables_.empty()) {
    shape_ = Shape::glob;
  } else if (mark == compiled_.size()) {
    shape_ = Shape::exact;
  } else if (compiled_[mark] == star && mark + 1 == compiled_.size()) {
    shape_ = mark == 0 ? Shape::any : Shape::prefix;
  } else {
    shape_ = Shape::glob;
  }
}

std::optional<std::string> Pattern::expand(const Context& context) const {
  std::string out;
  std::size_t done = 0;
  for (const Variable& variable : variables_) {
    out.append(compiled_, done, variable.position - done);
    done = variable.position;
    const auto* values = context.find(variable.name);
    // A key with several values is no variable.
    if (values && values->size() == 1) {
      append_escaped(out, values->front(), ignore_case_);
    } else if (variable.fallback) {
      append_escaped(out, *variable.fallback, ignore_case_);
    } else {
      return std::nullopt;
    }
  }
  out.append(compiled_, done);
  return out;
}

bool Pattern::matches(std::string_view text, const Context& context) const {
  if (has_variables()) {
    const auto expanded = expand(context);
    if (!expanded) return false;
    return ignore_case_ ? glob_matches<true>(*expanded, text) : glob_matches<false>(*expanded, text);
  }
  switch (shape_) {
    case Shape::any:
      return true;
    case Shape::exact:
      return ignore_case_ ? equal<true>(compiled_, text) : equal<false>(compiled_, text);
    case Shape::prefix: {
      const std::string_view prefix = std::string_view(compiled_).substr(0, compiled_.size() - 1);
      const std::string_view head = text.substr(0, prefix.size());
      return ignore_case_ ? equal<true>(prefix, head) : equal<false>(prefix, head);
    }
    case Shape::glob:
      break;
  }
  return ignore_case_ ? glob_matches<true>(compiled_, text) : glob_matches<false>(compiled_, text);
}

ArnFields arn_fields(std::string_view arn) {
  ArnFields fields;
  std::size_t start = 0;
  bool in_variable = false;
  for (std::size_t i = 0; i < arn.size() && fields.count < 5; ++i) {
    if (arn[i] == '{' && i > 0 && arn[i - 1] == '$') in_variable = true;
    if (arn[i] == '}') in_variable = false;
    if (arn[i] != ':' || in_variable) continue;
    fields.field[fields.count++] = arn.substr(start, i - start);
    start = i + 1;
  }
  fields.field[fields.count++] = arn.substr(start);
  return fields;
}

ArnPattern::ArnPattern(std::string_view text, Pattern::Syntax syntax) : any_(text == "*") {
  const ArnFields fields = arn_fields(text);
  for (std::size_t i = 0; i < fields.count; ++i) fields_.emplace_back(fields.field[i], syntax);
}

bool ArnPattern::matches(std::string_view arn, const Context& context) const {
  if (any_) return true;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    std::string_view field = arn;
    if (i + 1 < fields_.size()) {
      const std::size_t colon = arn.find(':');
      if (colon == arn.npos) return false;
      field = arn.substr(0, colon);
      arn.remove_prefix(colon + 1);
    }
    if (!fields_[i].matches(field, context)) return false;
  }
  return true;
}

}  // namespace tarn::policy
