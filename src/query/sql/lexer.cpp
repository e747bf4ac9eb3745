#include <algorithm>
#include <array>
#include <cstdint>

#include "query/sql/token.h"

namespace tarn::sql {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
// '$' within names is for "$path" without quotes; Trino's own lexer takes '@' and ':' too in older versions only.
bool is_word_part(char c) {
  return is_letter(c) || is_digit(c) || c == '_' || c == '$';
}
int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void append_utf8(std::string& out, std::uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | (point >> 6));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | (point >> 12));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (point >> 18));
    out += static_cast<char>(0x80 | ((point >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  }
}

class Lexer {
 public:
  Lexer(std::string_view text, Dialect dialect) : text_(text), dialect_(dialect) {}

  std::vector<Token> run() {
    std::vector<Token> tokens;
    for (;;) {
      skip_blanks_and_comments();
      start_ = at_;
      start_position_ = position_;
      if (at_ == text_.size()) {
        tokens.push_back(finish(TokenKind::end));
        return tokens;
      }
      tokens.push_back(next());
    }
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void advance() {
    const char c = text_[at_++];
    if (c == '\n') {
      ++position_.line;
      position_.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {  // Continuation bytes are no columns.
      ++position_.column;
    }
  }
  void advance(std::size_t count) {
    while (count-- > 0) advance();
  }

  [[noreturn]] void fail(std::string_view message) const {
    throw SqlError(error_names::syntax_error, start_position_, message);
  }

  Token finish(TokenKind kind, std::string value = {}) const {
    return {kind, text_.substr(start_, at_ - start_), std::move(value), start_position_, start_};
  }

  void skip_blanks_and_comments() {
    for (;;) {
      const char c = peek();
      if (at_ < text_.size() && (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v')) {
        advance();
      } else if (c == '-' && peek(1) == '-') {
        while (at_ < text_.size() && peek() != '\n') advance();
      } else if (c == '/' && peek(1) == '*') {
        start_position_ = position_;
        const auto close = text_.find("*/", at_ + 2);
        if (close == std::string_view::npos) fail("mismatched input '<EOF>'. Expecting: '*/'");
        advance(close + 2 - at_);
      } else {
        return;
      }
    }
  }

  Token next() {
    const char c = peek();
    if ((c == 'x' || c == 'X') && peek(1) == '\'') return binary();
    if ((c == 'u' || c == 'U') && peek(1) == '&' && peek(2) == '\'') return unicode_string();
    if (is_letter(c) || c == '_' || c == '$') return word();
    if (static_cast<unsigned char>(c) >= 0x80) return word();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (c == '\'') return string();
    if (c == '"') return dialect_ == Dialect::definition ? string() : quoted('"', TokenKind::quoted);
    if (c == '`') return quoted('`', dialect_ == Dialect::definition ? TokenKind::quoted : TokenKind::back_quoted);
    if (c == '?') {
      advance();
      return finish(TokenKind::question_mark);
    }
    return symbol();
  }

  Token word() {
    while (at_ < text_.size() && (is_word_part(peek()) || static_cast<unsigned char>(peek()) >= 0x80)) advance();
    return finish(TokenKind::word);
  }

  Token number() {
    auto kind = TokenKind::integer;
    const auto digits = [&] {
      while (is_digit(peek()) || (peek() == '_' && is_digit(peek(1)))) advance();
    };
    digits();
    if (peek() == '.' && !(peek(1) == '.')) {
      kind = TokenKind::decimal;
      advance();
      digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
      if (is_digit(peek(1 + sign))) {
        kind = TokenKind::floating;
        advance(1 + sign);
        digits();
      }
    }
    if (is_word_part(peek())) {  // 1st, 2024_q1
      while (is_word_part(peek())) advance();
      return finish(TokenKind::digit_word);
    }
    std::string value(text_.substr(start_, at_ - start_));
    std::erase(value, '_');
    return finish(kind, std::move(value));
  }

  Token quoted(char quote, TokenKind kind) {
    std::string value;
    advance();
    for (;; advance()) {
      if (at_ == text_.size()) fail("unterminated quoted identifier");
      if (peek() != quote) {
        value += peek();
      } else if (peek(1) == quote) {
        value += quote;
        advance();
      } else {
        break;
      }
    }
    advance();
    if (value.empty()) fail("Zero-length delimited identifier not allowed");
    return finish(kind, std::move(value));
  }

  Token string() {
    const char quote = peek();
    const bool backslashes = dialect_ == Dialect::definition;
    std::string value;
    advance();
    for (;; advance()) {
      if (at_ == text_.size()) fail("unterminated string literal");
      if (backslashes && peek() == '\\' && at_ + 1 < text_.size()) {
        advance();
        unescape(value);
      } else if (peek() != quote) {
        value += peek();
      } else if (peek(1) == quote) {
        value += quote;
        advance();
      } else {
        break;
      }
    }
    advance();
    return finish(TokenKind::string, std::move(value));
  }

  // Hive's escapes; the position is on the character after the backslash, and stays on the last one taken.
  void unescape(std::string& value) {
    const char c = peek();
    const auto octal = [&](std::size_t i) { return peek(i) >= '0' && peek(i) <= '7'; };
    if (c >= '0' && c <= '3' && octal(1) && octal(2)) {
      append_utf8(value, static_cast<std::uint32_t>((c - '0') * 64 + (peek(1) - '0') * 8 + (peek(2) - '0')));
      advance(2);
      return;
    }
    if (c == 'u' && at_ + 4 < text_.size()) {
      std::uint32_t point = 0;
      bool valid = true;
      for (std::size_t i = 1; i <= 4; ++i) {
        valid = valid && hex_digit(peek(i)) >= 0;
        point = point * 16 + static_cast<std::uint32_t>(std::max(hex_digit(peek(i)), 0));
      }
      if (valid && (point < 0xD800 || point > 0xDFFF)) {
        append_utf8(value, point);
        advance(4);
        return;
      }
    }
    switch (c) {
      case '0':
        value += '\0';
        break;
      case 'b':
        value += '\b';
        break;
      case 'n':
        value += '\n';
        break;
      case 'r':
        value += '\r';
        break;
      case 't':
        value += '\t';
        break;
      case 'Z':
        value += '\x1a';
        break;
      case '%':
        value += "\\%";
        break;  // Left to LIKE.
      case '_':
        value += "\\_";
        break;
      default:
        value += c;
    }
  }

  Token binary() {
    advance(2);
    std::string bytes;
    int high = -1;
    for (; peek() != '\''; advance()) {
      if (at_ == text_.size()) fail("unterminated binary literal");
      const char c = peek();
      if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
      const int digit = hex_digit(c);
      if (digit < 0) fail("Binary literal can only contain hexadecimal digits");
      if (high < 0) {
        high = digit;
      } else {
        bytes += static_cast<char>(high * 16 + digit);
        high = -1;
      }
    }
    if (high >= 0) fail("Binary literal must contain an even number of digits");
    advance();
    return finish(TokenKind::binary, std::move(bytes));
  }

  // U&'\0041\+01F600' [UESCAPE 'c']: the escape character is looked for behind the string before it is decoded.
  Token unicode_string() {
    advance(2);
    Token raw = string();
    const char escape = unicode_escape();
    std::string value;
    std::string_view rest = raw.value;
    while (!rest.empty()) {
      const char c = rest.front();
      rest.remove_prefix(1);
      if (c != escape) {
        value += c;
        continue;
      }
      if (!rest.empty() && rest.front() == escape) {
        value += escape;
        rest.remove_prefix(1);
        continue;
      }
      const bool six = !rest.empty() && rest.front() == '+';
      if (six) rest.remove_prefix(1);
      append_utf8(value, code_point(rest, six ? 6 : 4));
      rest.remove_prefix(six ? 6 : 4);
    }
    return finish(TokenKind::string, std::move(value));
  }

  std::uint32_t code_point(std::string_view rest, std::size_t digits) const {
    if (rest.size() < digits) fail("Incomplete escape sequence");
    std::uint32_t point = 0;
    for (const char c : rest.substr(0, digits)) {
      if (hex_digit(c) < 0) fail("Invalid hexadecimal digit in escape sequence");
      point = point * 16 + static_cast<std::uint32_t>(hex_digit(c));
    }
    if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) fail("Invalid escaped character");
    return point;
  }

  char unicode_escape() {
    const auto saved_at = at_;
    const auto saved_position = position_;
    const auto saved_start = start_position_;
    skip_blanks_and_comments();
    start_position_ = saved_start;
    if (equal_ignoring_case(text_.substr(at_, 7), "UESCAPE")) {
      advance(7);
      skip_blanks_and_comments();
      start_position_ = saved_start;
      if (peek() == '\'' && peek(2) == '\'' && hex_digit(peek(1)) < 0 && peek(1) != '+' && peek(1) != '"' &&
          static_cast<unsigned char>(peek(1)) > ' ' && static_cast<unsigned char>(peek(1)) < 0x80) {
        const char escape = peek(1);
        advance(3);
        return escape;
      }
      fail("Invalid Unicode escape character");
    }
    at_ = saved_at;
    position_ = saved_position;
    return '\\';
  }

  Token symbol() {
    static constexpr std::array<std::string_view, 8> pairs = {"<>", "!=", "<=", ">=", "||", "->", "=>", "=="};
    const auto two = text_.substr(at_, 2);
    if (std::ranges::find(pairs, two) != pairs.end()) {
      advance(2);
      return finish(TokenKind::symbol);
    }
    if (std::string_view("()[]{},.;:=<>+-*/%|^$!@&~#\\").find(peek()) == std::string_view::npos) {
      fail("Invalid character in the statement");
    }
    advance();
    return finish(TokenKind::symbol);
  }

  std::string_view text_;
  Dialect dialect_;
  std::size_t at_ = 0;
  Position position_;
  std::size_t start_ = 0;
  Position start_position_;
};

// Trino's reserved words; all others may be names.
constexpr auto reserved_words = std::to_array<std::string_view>({"ALTER",        "AND",
                                                                 "AS",           "BETWEEN",
                                                                 "BY",           "CASE",
                                                                 "CAST",         "CONSTRAINT",
                                                                 "CREATE",       "CROSS",
                                                                 "CUBE",         "CURRENT_CATALOG",
                                                                 "CURRENT_DATE", "CURRENT_PATH",
                                                                 "CURRENT_ROLE", "CURRENT_SCHEMA",
                                                                 "CURRENT_TIME", "CURRENT_TIMESTAMP",
                                                                 "CURRENT_USER", "DEALLOCATE",
                                                                 "DELETE",       "DESCRIBE",
                                                                 "DISTINCT",     "DROP",
                                                                 "ELSE",         "END",
                                                                 "ESCAPE",       "EXCEPT",
                                                                 "EXECUTE",      "EXISTS",
                                                                 "EXTRACT",      "FALSE",
                                                                 "FOR",          "FROM",
                                                                 "FULL",         "GROUP",
                                                                 "GROUPING",     "HAVING",
                                                                 "IN",           "INNER",
                                                                 "INSERT",       "INTERSECT",
                                                                 "INTO",         "IS",
                                                                 "JOIN",         "JSON_ARRAY",
                                                                 "JSON_EXISTS",  "JSON_OBJECT",
                                                                 "JSON_QUERY",   "JSON_TABLE",
                                                                 "JSON_VALUE",   "LEFT",
                                                                 "LIKE",         "LISTAGG",
                                                                 "LOCALTIME",    "LOCALTIMESTAMP",
                                                                 "NATURAL",      "NORMALIZE",
                                                                 "NOT",          "NULL",
                                                                 "ON",           "OR",
                                                                 "ORDER",        "OUTER",
                                                                 "PREPARE",      "RECURSIVE",
                                                                 "RIGHT",        "ROLLUP",
                                                                 "SELECT",       "SKIP",
                                                                 "TABLE",        "THEN",
                                                                 "TRIM",         "TRUE",
                                                                 "UESCAPE",      "UNION",
                                                                 "UNNEST",       "USING",
                                                                 "VALUES",       "WHEN",
                                                                 "WHERE",        "WITH"});

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

}  // namespace

std::vector<Token> tokenize(std::string_view text, Dialect dialect) {
  return Lexer(text, dialect).run();
}

bool is_reserved(std::string_view word) {
  const std::string folded = to_upper(word);
  return std::ranges::binary_search(reserved_words, std::string_view(folded));
}

std::string to_upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), upper);
  return result;
}

}  // namespace tarn::sql
