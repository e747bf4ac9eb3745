#include "query/sql/recursive_parser.h"

#include <algorithm>
#include <charconv>

#include "query/sql/children.h"

namespace tarn::sql {
namespace {

std::string_view checked(std::string_view text) {
  if (text.size() > kMaxStatementBytes) {
    throw SqlError(error_names::statement_too_large, {},
                   "the statement has " + std::to_string(text.size()) + " bytes, more than 262144");
  }
  return text;
}

bool is_word_text(std::string_view text) {
  return !text.empty() && ((text[0] >= 'A' && text[0] <= 'Z') || (text[0] >= 'a' && text[0] <= 'z'));
}

}  // namespace

RecursiveParser::RecursiveParser(std::string_view text, Dialect dialect)
    : text_(checked(text)), dialect_(dialect), tokens_(tokenize(text_, dialect)) {}

bool RecursiveParser::is(std::string_view wanted, std::size_t ahead) {
  const Token& next = token(ahead);
  const bool found = is_word_text(wanted) ? next.kind == TokenKind::word && equal_ignoring_case(next.text, wanted)
                                          : next.kind == TokenKind::symbol && next.text == wanted;
  if (!found && ahead == 0) expecting(wanted);
  return found;
}

bool RecursiveParser::is_sequence(std::initializer_list<std::string_view> words) {
  std::size_t ahead = 0;
  return std::ranges::all_of(words, [&](std::string_view word) { return is(word, ahead++); });
}

bool RecursiveParser::accept(std::string_view wanted) {
  if (!is(wanted)) return false;
  take();
  return true;
}

bool RecursiveParser::accept_sequence(std::initializer_list<std::string_view> words) {
  if (!is_sequence(words)) return false;
  at_ += words.size();
  expected_.clear();
  return true;
}

void RecursiveParser::expect(std::string_view wanted) {
  if (!accept(wanted)) mismatch();
}

void RecursiveParser::expect_sequence(std::initializer_list<std::string_view> words) {
  for (const auto word : words) expect(word);
}

Token RecursiveParser::take() {
  expected_.clear();
  return at_ + 1 < tokens_.size() ? tokens_[at_++] : tokens_.back();
}

void RecursiveParser::fail(Position position, std::string_view message, std::string_view name) {
  throw SqlError(name, position, message);
}

void RecursiveParser::mismatch() {
  const Token& next = token();
  if (next.kind == TokenKind::digit_word) {
    fail(next.position, "identifiers must not start with a digit; surround the identifier with double quotes");
  }
  if (next.kind == TokenKind::back_quoted) {
    fail(next.position, "backquoted identifiers are not supported; use double quotes to quote identifiers");
  }
  std::string message = "mismatched input '";
  message += next.kind == TokenKind::end ? std::string_view("<EOF>") : next.text;
  message += "'";
  std::vector<std::string> expected;
  for (const auto what : expected_) {
    expected.push_back(what.size() > 2 && what.front() == '<' ? std::string(what) : "'" + std::string(what) + "'");
  }
  std::ranges::sort(expected);
  expected.erase(std::ranges::unique(expected).begin(), expected.end());
  for (std::size_t i = 0; i < expected.size(); ++i) message += (i == 0 ? ". Expecting: " : ", ") + expected[i];
  fail(next.position, message);
}

void RecursiveParser::finish_statement() {
  accept(";");
  if (at_end()) return;
  expecting("<EOF>");
  if (at_ > 0 && tokens_[at_ - 1].text == ";") {
    fail(token().position, "Only one sql statement is allowed. Got: " + std::string(text_.substr(0, 200)));
  }
  mismatch();
}

bool RecursiveParser::is_identifier(std::size_t ahead) const {
  const Token& next = token(ahead);
  return next.kind == TokenKind::quoted || (next.kind == TokenKind::word && !is_reserved(next.text));
}

Identifier RecursiveParser::identifier() {
  if (!is_identifier()) {
    expecting("<identifier>");
    mismatch();
  }
  Token name = take();
  const bool quoted = name.kind == TokenKind::quoted;
  return {quoted ? std::move(name.value) : std::string(name.text), name.position};
}

QualifiedName RecursiveParser::qualified_name() {
  QualifiedName name;
  name.parts.push_back(identifier());
  while (is(".")) {
    take();
    name.parts.push_back(identifier());
    if (name.parts.size() > 8) fail(name.position(), "Too many dots in table name: " + name.text());
  }
  return name;
}

std::vector<Identifier> RecursiveParser::identifier_list() {
  std::vector<Identifier> names;
  expect("(");
  do names.push_back(identifier());
  while (accept(","));
  expect(")");
  return names;
}

std::string RecursiveParser::string_literal() {
  if (token().kind != TokenKind::string) {
    expecting("<string>");
    mismatch();
  }
  return take().value;
}

std::uint64_t RecursiveParser::unsigned_number() {
  if (token().kind != TokenKind::integer) {
    expecting("<integer>");
    mismatch();
  }
  const Token digits = take();
  std::uint64_t value = 0;
  const auto* end = digits.value.data() + digits.value.size();
  if (std::from_chars(digits.value.data(), end, value).ec != std::errc{}) {
    fail(digits.position, "Invalid numeric literal: " + digits.value);
  }
  return value;
}

RecursiveParser::Nesting::Nesting(RecursiveParser& parser) : parser_(parser) {
  if (++parser_.nesting_ <= kMaxNesting) return;
  --parser_.nesting_;  // The destructor of an object that was never made does not run.
  fail(parser_.token().position, "statement is too large (stack overflow while parsing)",
       error_names::statement_too_large);
}

void RecursiveParser::bound_height(std::uint32_t height, Position position) {
  if (height > kMaxHeight) {
    fail(position, "statement is too large (its expressions are nested more than 1000 levels)",
         error_names::statement_too_large);
  }
  tallest_ = std::max(tallest_, height);
}

ExpressionPtr RecursiveParser::make(Position position, ExpressionNode node) {
  auto result = std::make_unique<Expression>(position, std::move(node));
  std::uint32_t tallest = 0;
  for_each_child(
      *result, [&](const Expression& child) { tallest = std::max(tallest, child.height); },
      [&](const Query& query) { tallest = std::max(tallest, query.height); });
  result->height = tallest + 1;
  bound_height(result->height, position);
  return result;
}

std::string QualifiedName::text() const {
  std::string result;
  for (const auto& part : parts) {
    if (!result.empty()) result += '.';
    result += part.text;
  }
  return result;
}

std::string QualifiedName::folded() const {
  return to_lower(text());
}

namespace {

bool starts_definition(const std::vector<Token>& tokens);

}  // namespace

StatementPtr parse_query_dialect(std::string_view text) {
  return RecursiveParser(text, Dialect::query).query_statement();
}

StatementPtr parse_definition_dialect(std::string_view text) {
  return RecursiveParser(text, Dialect::definition).definition_statement();
}

StatementPtr parse(std::string_view text) {
  // The definitions' lexer takes all quotes, so it can look at any statement; where even it fails, Trino's words are
  // the better error.
  std::vector<Token> tokens;
  try {
    tokens = tokenize(checked(text), Dialect::definition);
  } catch (const SqlError&) {
    return parse_query_dialect(text);
  }
  return starts_definition(tokens) ? parse_definition_dialect(text) : parse_query_dialect(text);
}

ExpressionPtr parse_expression(std::string_view text) {
  return RecursiveParser(text, Dialect::query).whole_expression();
}

DataType parse_catalog_type(std::string_view text) {
  return RecursiveParser(text, Dialect::definition).whole_catalog_type();
}

namespace {

// CREATE TABLE a.b WITH/AS …, CREATE TABLE a.b (x, y) AS …: Trino's; with columns and their types: Hive's.
bool is_create_table_as(const std::vector<Token>& tokens, std::size_t at) {
  const auto word = [&](std::size_t i, std::string_view text) {
    return i < tokens.size() && equal_ignoring_case(tokens[i].text, text);
  };
  if (word(at, "IF") && word(at + 1, "NOT") && word(at + 2, "EXISTS")) at += 3;
  for (++at; word(at, "."); at += 2) {
  }
  if (word(at, "(")) {
    int depth = 0;
    for (; at < tokens.size(); ++at) {
      if (tokens[at].text == "(") ++depth;
      if (tokens[at].text == ")" && --depth == 0) break;
    }
    ++at;
  } else if (word(at, "COMMENT")) {
    at += 2;
  }
  return word(at, "WITH") || word(at, "AS");
}

bool starts_definition(const std::vector<Token>& tokens) {
  const auto word = [&](std::size_t i, std::string_view text) {
    return i < tokens.size() && equal_ignoring_case(tokens[i].text, text);
  };
  if (word(0, "ALTER") || word(0, "MSCK")) return !word(1, "VIEW");
  if (word(0, "SHOW")) return !(word(1, "CREATE") && word(2, "VIEW"));  // Views are Trino's, and so are their names.
  if (word(0, "DESC")) return true;
  if (word(0, "DESCRIBE")) return !word(1, "INPUT") && !word(1, "OUTPUT");
  if (word(0, "DROP")) return true;
  if (!word(0, "CREATE")) return false;
  if (word(1, "EXTERNAL") || word(1, "DATABASE") || word(1, "SCHEMA")) return true;
  return word(1, "TABLE") && !is_create_table_as(tokens, 2);
}

}  // namespace
}  // namespace tarn::sql
