#include "select/lexer.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "select/errors.h"
#include "select/sql.h"

namespace tarn::select {
namespace {

bool is_word_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

class Lexer {
 public:
  explicit Lexer(std::string_view in) : in_(in) {}

  std::vector<Token> run() {
    std::vector<Token> tokens;
    while (true) {
      skip();
      Token token{.line = line_, .position = static_cast<int>(at_ - line_start_) + 1};
      if (at_ >= in_.size()) {
        tokens.push_back(std::move(token));
        return tokens;
      }
      read(token);
      tokens.push_back(std::move(token));
    }
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < in_.size() ? in_[at_ + ahead] : '\0'; }
  void next() {
    if (in_[at_++] == '\n') {
      ++line_;
      line_start_ = at_;
    }
  }
  void skip() {
    while (at_ < in_.size()) {
      const char c = peek();
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        next();
      } else if (c == '-' && peek(1) == '-') {
        while (at_ < in_.size() && peek() != '\n') next();
      } else if (c == '/' && peek(1) == '*') {
        while (at_ < in_.size() && !(peek() == '*' && peek(1) == '/')) next();
        for (int i = 0; i < 2 && at_ < in_.size(); ++i) next();
      } else {
        return;
      }
    }
  }

  [[noreturn]] void refuse(const ErrorCode& code, std::string_view what, const Token& token) const {
    throw Error(code, std::string(what) + " at line " + std::to_string(token.line) + ", column " +
                          std::to_string(token.position) + ".");
  }

  // What stands in quotes, which are doubled inside.
  void quoted(Token& token, Token::Kind kind, char quote) {
    token.kind = kind;
    next();
    while (true) {
      if (at_ >= in_.size())
        refuse(errors::lexer_invalid_literal, "The SQL expression contains a literal without an end", token);
      const char c = peek();
      next();
      if (c == quote) {
        if (peek() != quote || quote == '`') return;
        next();
      }
      token.text += c;
    }
  }

  void number(Token& token) {
    token.kind = Token::Kind::number;
    const std::size_t start = at_;
    while (is_digit(peek())) next();
    if (peek() == '.' && is_digit(peek(1))) next();
    while (is_digit(peek())) next();
    const bool exponent = (peek() == 'e' || peek() == 'E') &&
                          (is_digit(peek(1)) || ((peek(1) == '+' || peek(1) == '-') && is_digit(peek(2))));
    if (exponent) {
      next();
      next();
      while (is_digit(peek())) next();
    }
    token.text = in_.substr(start, at_ - start);
    if (is_word_start(peek()))
      refuse(errors::lexer_invalid_literal, "The SQL expression contains an invalid literal", token);
  }

  void read(Token& token) {
    const char c = peek();
    if (is_word_start(c)) {
      token.kind = Token::Kind::word;
      while (is_word_start(peek()) || is_digit(peek()) || peek() == '$') {
        token.text += peek();
        next();
      }
      return;
    }
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number(token);
    if (c == '\'') return quoted(token, Token::Kind::text, c);
    if (c == '"') return quoted(token, Token::Kind::quoted_name, c);
    if (c == '`') return quoted(token, Token::Kind::ion, c);
    token.kind = Token::Kind::symbol;
    static constexpr std::array<std::string_view, 5> pairs{"<>", "!=", "<=", ">=", "||"};
    const std::string_view pair = in_.substr(at_, 2);
    if (std::ranges::find(pairs, pair) != pairs.end()) {
      token.text = pair;
      next();
      next();
      return;
    }
    if (c == '!' || c == '|' || c == '&' || c == '^') {
      refuse(errors::lexer_invalid_operator, "The SQL expression contains an operator that is not valid", token);
    }
    if (std::string_view("+-*/%=<>()[],.").find(c) == std::string_view::npos) {
      refuse(errors::lexer_invalid_char, "The SQL expression contains a character that is not valid", token);
    }
    token.text = c;
    next();
  }

  std::string_view in_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  int line_ = 1;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view expression) {
  return Lexer(expression).run();
}

Error unexpected(const ErrorCode& code, std::string_view what, const Token& token) {
  std::string found;
  switch (token.kind) {
    case Token::Kind::end:
      found = "EOF:";
      break;
    case Token::Kind::word:
      found = (is_reserved(token.text) ? "KEYWORD:" : "IDENTIFIER:") + to_lower(token.text);
      break;
    case Token::Kind::symbol:
      found = "OPERATOR:" + token.text;
      break;
    default:
      found = "LITERAL:" + token.text.substr(0, 100);
  }
  return Error(code, std::string(what) + " found " + found + " at line " + std::to_string(token.line) + ", column " +
                         std::to_string(token.position) + ".");
}

// Those that AWS reserves and that begin or end something here; a column of such a name stands in quotes.
bool is_reserved(std::string_view word) {
  static constexpr std::array<std::string_view, 57> words{
      "all",      "and",    "any",  "as",       "asc",     "avg",    "between", "bool",    "boolean", "both",
      "by",       "case",   "cast", "coalesce", "count",   "create", "cross",   "decimal", "delete",  "desc",
      "distinct", "drop",   "else", "end",      "escape",  "except", "exists",  "false",   "float",   "from",
      "group",    "having", "in",   "inner",    "insert",  "int",    "integer", "is",      "join",    "leading",
      "like",     "limit",  "max",  "min",      "missing", "not",    "null",    "nullif",  "or",      "order",
      "select",   "sum",    "then", "true",     "when",    "where",  "with"};
  const std::string lower = to_lower(word);
  return std::ranges::find(words, lower) != words.end();
}

}  // namespace tarn::select
