#include "logs/filter_pattern.h"

#include "base/encoding.h"
#include "base/error.h"
#include "logs/logs.h"

namespace tarn::logs {

namespace {

constexpr std::size_t max_pattern_bytes = 1024;

[[noreturn]] void refuse(const std::string& why) {
  throw Error(errors::invalid_parameter, "Invalid filter pattern: " + why);
}

// Takes a "quoted" or %regular% body up to its closing mark; a backslash keeps the next character.
std::string take_until(std::string_view text, std::size_t& at, char close, bool keep_backslash) {
  std::string result;
  for (; at < text.size(); ++at) {
    if (text[at] == close) {
      ++at;
      return result;
    }
    if (text[at] == '\\' && at + 1 < text.size()) {
      if (keep_backslash && text[at + 1] != close) result += '\\';
      ++at;
    }
    result += text[at];
  }
  refuse(std::string("a ") + close + " is not closed");
}

}  // namespace

FilterPattern FilterPattern::parse(std::string_view text) {
  if (text.size() > max_pattern_bytes) refuse("it is longer than 1024 characters");
  FilterPattern pattern;
  std::size_t at = 0;
  while (true) {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n')) ++at;
    if (at == text.size()) return pattern;
    if (pattern.terms_.empty() && (text[at] == '{' || text[at] == '[')) {
      refuse("patterns over JSON fields and columns are not implemented; terms, ?terms, -terms and %expressions% are");
    }
    Term term;
    if (text[at] == '?' || text[at] == '-') {
      term.kind = text[at] == '?' ? Term::Kind::any : Term::Kind::forbidden;
      ++at;
    }
    if (at < text.size() && text[at] == '"') {
      term.text = take_until(text, ++at, '"', false);
    } else if (at < text.size() && text[at] == '%') {
      const std::string body = take_until(text, ++at, '%', true);
      std::string reason;
      term.expression = Expression::parse(body, &reason);
      if (!term.expression) refuse(reason);
    } else {
      const std::size_t start = at;
      while (at < text.size() && text[at] != ' ' && text[at] != '\t' && text[at] != '\n') ++at;
      term.text = text.substr(start, at - start);
    }
    if (term.text.empty() && !term.expression) refuse("a term is empty");
    pattern.terms_.push_back(std::move(term));
  }
}

bool FilterPattern::Term::occurs_in(std::string_view message) const {
  return expression ? expression->occurs_in(message) : message.find(text) != std::string_view::npos;
}

bool FilterPattern::matches(std::string_view message) const {
  bool any_wanted = false;
  bool any_found = false;
  bool required = false;
  for (const Term& term : terms_) {
    const bool occurs = term.occurs_in(message);
    switch (term.kind) {
      case Term::Kind::required:
        if (!occurs) return false;
        required = true;
        break;
      case Term::Kind::forbidden:
        if (occurs) return false;
        break;
      case Term::Kind::any:
        any_wanted = true;
        any_found |= occurs;
        break;
    }
  }
  // With a required term beside them, optional ones decide nothing: so it is documented.
  return required || !any_wanted || any_found;
}

}  // namespace tarn::logs
