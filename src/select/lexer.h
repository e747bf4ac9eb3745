// Tokens of Select's SQL.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tarn::select {

struct Token {
  enum class Kind { end, word, quoted_name, text, number, ion, symbol };
  Kind kind = Kind::end;
  std::string text;  // Without quotes; words and symbols as they stood.
  int line = 1;
  int position = 1;
};

// Ends with an `end`. Throws Lexer… errors.
std::vector<Token> tokens_of(std::string_view expression);

// "Unexpected token found KEYWORD:order at line 1, column 8."
Error unexpected(const ErrorCode& code, std::string_view what, const Token& token);

bool is_reserved(std::string_view word);

}  // namespace tarn::select
