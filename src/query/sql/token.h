// Tokens: what the lexer makes of a statement's bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "query/sql/sql_error.h"

namespace tarn::sql {

enum class TokenKind {
  word,         // select, my_table: keyword or identifier, as the parser takes it.
  quoted,       // "my table", or `my table` in definitions.
  back_quoted,  // `my table` where only the other dialect has it.
  digit_word,   // 1st: an error that deserves its own words.
  string,
  binary,  // X'6869'
  integer,
  decimal,   // 1.5
  floating,  // 1.5E0
  symbol,    // operators, parentheses
  question_mark,
  end,
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string_view text;  // As written, within the statement.
  std::string value;      // Decoded: a quoted name, a string, bytes. Empty for others.
  Position position;
  std::size_t begin = 0;  // In the statement, in bytes.
  std::size_t end() const { return begin + text.size(); }
};

enum class Dialect {
  query,       // "…" is a name, '…' a string where '' is one quote.
  definition,  // `…` is a name (and "…", where a name is expected); '…' and "…" are strings with backslashes.
};

// Ends in one token of kind `end`. Throws SqlError for what is no token: an unterminated string, a stray byte.
std::vector<Token> tokenize(std::string_view text, Dialect dialect);

// Is the word a reserved one of Trino's, which cannot be a name without quotes? Any case.
bool is_reserved(std::string_view word);

std::string to_upper(std::string_view text);  // ASCII only.

}  // namespace tarn::sql
