#include <gtest/gtest.h>

#include "query/sql/test_support.h"
#include "query/sql/token.h"

namespace tarn::sql {
namespace {

std::vector<TokenKind> kinds(std::string_view text, Dialect dialect = Dialect::query) {
  std::vector<TokenKind> result;
  for (const auto& token : tokenize(text, dialect)) result.push_back(token.kind);
  return result;
}

TEST(Lexer, TellsKindsApart) {
  using enum TokenKind;
  EXPECT_EQ(kinds("select \"A b\", `c` 1st 'x' X'6869' 12 1.5 1e3 .5 ? <>"),
            (std::vector{word, quoted, symbol, back_quoted, digit_word, string, binary, integer, decimal, floating,
                         decimal, question_mark, symbol, end}));
}

TEST(Lexer, DecodesQuotesByDialect) {
  EXPECT_EQ(tokenize("'it''s'", Dialect::query)[0].value, "it's");
  EXPECT_EQ(tokenize("'a\\tb'", Dialect::query)[0].value, "a\\tb");
  EXPECT_EQ(tokenize("'a\\tb\\001\\u00e9'", Dialect::definition)[0].value, "a\tb\x01é");
  EXPECT_EQ(tokenize("\"s3://b/\"", Dialect::definition)[0].kind, TokenKind::string);
  EXPECT_EQ(tokenize("`my table`", Dialect::definition)[0].value, "my table");
  EXPECT_EQ(tokenize("\"a\"\"b\"", Dialect::query)[0].value, "a\"b");
}

TEST(Lexer, DecodesUnicodeStrings) {
  EXPECT_EQ(tokenize("U&'\\00e9\\+01F600'", Dialect::query)[0].value, "é😀");
  EXPECT_EQ(tokenize("U&'#00e9##' UESCAPE '#'", Dialect::query)[0].value, "é#");
  EXPECT_NE(refusal([] { tokenize("U&'\\d800'", Dialect::query); }), "");
  EXPECT_NE(refusal([] { tokenize("U&'\\00'", Dialect::query); }), "");
}

TEST(Lexer, CountsLinesAndCodePoints) {
  const auto tokens = tokenize("'é' -- comment\n  /* two\nlines */ x", Dialect::query);
  EXPECT_EQ(tokens[1].position, (Position{3, 10}));
  EXPECT_EQ(tokenize("'éé' x", Dialect::query)[1].position, (Position{1, 6}));
}

TEST(Lexer, RefusesWhatIsNoToken) {
  const auto refuses = [](std::string_view text) { return refusal([&] { tokenize(text, Dialect::query); }); };
  EXPECT_EQ(refuses("select 'a"), "SYNTAX_ERROR: line 1:8: unterminated string literal");
  EXPECT_EQ(refuses("\"a"), "SYNTAX_ERROR: line 1:1: unterminated quoted identifier");
  EXPECT_EQ(refuses("\"\""), "SYNTAX_ERROR: line 1:1: Zero-length delimited identifier not allowed");
  EXPECT_EQ(refuses("X'6'"), "SYNTAX_ERROR: line 1:1: Binary literal must contain an even number of digits");
  EXPECT_EQ(refuses("X'zz'"), "SYNTAX_ERROR: line 1:1: Binary literal can only contain hexadecimal digits");
  EXPECT_EQ(refuses("/* a"), "SYNTAX_ERROR: line 1:1: mismatched input '<EOF>'. Expecting: '*/'");
  EXPECT_NE(refuses(std::string_view("a\0b", 3)), "");
  EXPECT_NE(refuses("\x01"), "");
}

TEST(Lexer, KnowsReservedWordsInAnyCase) {
  for (const auto word : {"select", "FROM", "Where", "unnest", "with", "WHEN"}) EXPECT_TRUE(is_reserved(word)) << word;
  for (const auto word : {"limit", "date", "row", "offset", "year", "array"}) EXPECT_FALSE(is_reserved(word)) << word;
}

}  // namespace
}  // namespace tarn::sql
