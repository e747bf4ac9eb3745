// Recursive descent over the tokens: a query, its clauses, and expressions by precedence.
#include <array>
#include <charconv>

#include "base/encoding.h"
#include "select/errors.h"
#include "select/lexer.h"
#include "select/sql.h"

namespace tarn::select {
namespace {

using Kind = Expression::Kind;

// Of nested expressions: each level is a few frames.
constexpr int most_depth = 200;
constexpr std::size_t most_parts = 10'000;

class Parser {
 public:
  explicit Parser(std::string_view text) : tokens_(tokens_of(text)) {}
  Query query();

 private:
  // ---- tokens
  const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  Token next() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool at_word(std::string_view word, std::size_t ahead = 0) const {
    return peek(ahead).kind == Token::Kind::word && equal_ignoring_case(peek(ahead).text, word);
  }
  bool at_symbol(std::string_view symbol, std::size_t ahead = 0) const {
    return peek(ahead).kind == Token::Kind::symbol && peek(ahead).text == symbol;
  }
  bool take_word(std::string_view word) { return at_word(word) && (next(), true); }
  bool take_symbol(std::string_view symbol) { return at_symbol(symbol) && (next(), true); }
  void need_word(std::string_view word) {
    if (!take_word(word)) {
      throw unexpected(errors::parse_expected_keyword, "Did not find the expected keyword " + std::string(word) + ":",
                       peek());
    }
  }
  void need_symbol(std::string_view symbol, const ErrorCode& code) {
    if (!take_symbol(symbol)) throw unexpected(code, "Expected '" + std::string(symbol) + "', but", peek());
  }
  bool at_name() const {
    return peek().kind == Token::Kind::quoted_name || (peek().kind == Token::Kind::word && !is_reserved(peek().text));
  }

  // ---- clauses
  void select_list(Query& query);
  void from(Query& query);
  void end(Query& query);
  std::optional<std::string> alias();

  // ---- expressions
  ExpressionPointer make(Kind kind) const {
    auto made = std::make_unique<Expression>();
    made->kind = kind;
    made->line = peek().line;
    made->position = peek().position;
    return made;
  }
  ExpressionPointer make(Kind kind, ExpressionPointer a, ExpressionPointer b = nullptr) const {
    auto made = make(kind);
    made->parts.push_back(std::move(a));
    if (b) made->parts.push_back(std::move(b));
    return made;
  }
  ExpressionPointer expression();
  ExpressionPointer conjunction();
  ExpressionPointer negation();
  ExpressionPointer predicate();
  ExpressionPointer predicate_of(ExpressionPointer left, bool negated);
  ExpressionPointer is_predicate(ExpressionPointer left);
  ExpressionPointer sum();
  ExpressionPointer product();
  ExpressionPointer unary();
  ExpressionPointer primary();
  ExpressionPointer word();
  ExpressionPointer literal(Value value);
  ExpressionPointer ion();
  ExpressionPointer case_();
  ExpressionPointer cast();
  ExpressionPointer call();
  ExpressionPointer aggregate(Aggregate which);
  ExpressionPointer path();
  std::optional<Step> step(bool wildcards);
  void date_part(Expression& call);
  void arguments(Expression& call, std::size_t least, std::size_t most);

  struct Deeper {
    explicit Deeper(Parser& parser) : depth(parser.depth_) {
      if (++depth > most_depth) {
        throw Error(errors::expression_too_long, "The SQL expression is nested too deeply.");
      }
    }
    ~Deeper() { --depth; }
    int& depth;
  };

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool in_aggregate_ = false;
  bool aggregates_allowed_ = false;
  std::vector<const Expression*> aggregates_;
};

Query Parser::query() {
  if (!at_word("select")) {
    throw unexpected(errors::unsupported_syntax, "Encountered invalid syntax: only SELECT is supported, but", peek());
  }
  next();
  Query query;
  select_list(query);
  from(query);
  if (take_word("where")) query.where = expression();
  end(query);
  query.aggregates = std::move(aggregates_);
  return query;
}

void Parser::select_list(Query& query) {
  if (at_word("distinct") || at_word("all")) {
    throw Error(errors::unsupported_sql_structure, "The SQL structure is not supported: SELECT " + peek().text + ".");
  }
  if (at_word("from") || peek().kind == Token::Kind::end) {
    throw unexpected(errors::parse_empty_select, "The SQL expression contains an empty SELECT list:", peek());
  }
  if (take_symbol("*")) {
    query.everything = true;
    if (at_symbol(",")) {
      throw Error(errors::parse_asterisk_not_alone,
                  "Other expressions are not allowed in the SELECT list when * is used without dot notation in the SQL "
                  "expression.");
    }
    return;
  }
  aggregates_allowed_ = true;
  do {
    if (at_symbol("*")) {
      throw Error(errors::parse_asterisk_not_alone,
                  "Other expressions are not allowed in the SELECT list when * is used without dot notation in the SQL "
                  "expression.");
    }
    if (query.selected.size() >= most_parts) throw Error(errors::over_max_column, "There are too many columns.");
    Selected selected{.expression = expression()};
    const Expression& made = *selected.expression;
    if (made.kind == Kind::path && made.path.back().kind == Step::Kind::members) {
      if (made.path.size() != 2 || at_symbol(",") || !query.selected.empty()) {
        throw Error(errors::parse_mixed_wildcard,
                    "Cannot mix [] and * in the same expression in a SELECT list in the SQL expression.");
      }
      // alias.*, whose alias is checked when it is known.
      query.everything = true;
      query.selected.push_back(std::move(selected));
      break;
    }
    if (auto name = alias()) {
      selected.name = std::move(*name);
    } else if (made.kind == Kind::path && made.path.back().kind == Step::Kind::name) {
      selected.name = made.path.back().name;
    }
    query.selected.push_back(std::move(selected));
  } while (take_symbol(","));
  aggregates_allowed_ = false;
}

std::optional<std::string> Parser::alias() {
  if (take_word("as")) {
    if (!at_name())
      throw unexpected(errors::parse_expected_ident_for_alias, "Expected identifier for alias, but", peek());
    return next().text;
  }
  if (at_name()) return next().text;
  return std::nullopt;
}

void Parser::from(Query& query) {
  if (!take_word("from")) {
    if (peek().kind == Token::Kind::end) {
      throw unexpected(errors::parse_select_missing_from, "Missing FROM after SELECT list:", peek());
    }
    throw unexpected(errors::parse_unexpected_token, "Unexpected token", peek());
  }
  if (at_symbol("(")) throw Error(errors::unsupported_sql_structure, "The SQL structure is not supported: a subquery.");
  if (!at_name() || !equal_ignoring_case(peek().text, "s3object")) {
    throw unexpected(errors::invalid_data_source, "Invalid data source: expected S3Object, but", peek());
  }
  query.alias = next().text;
  bool first = true;
  while (at_symbol("[") || at_symbol(".")) {
    auto made = step(true);
    // S3Object[*] is each record: what the path goes on from.
    if (first && made->kind == Step::Kind::each) {
      first = false;
      continue;
    }
    first = false;
    if (made->kind == Step::Kind::name) {
      query.alias = made->name;
    }
    query.from.push_back(std::move(*made));
    if (query.from.size() > 50)
      throw Error(errors::invalid_key_path, "The key path in the SQL expression is too long.");
  }
  const bool exact = at_word("as") ? peek(1).kind == Token::Kind::quoted_name : peek().kind == Token::Kind::quoted_name;
  if (auto name = alias()) {
    query.alias = std::move(*name);
    query.alias_exact = exact;
  }
  if (at_symbol(",") || at_word("join") || at_word("inner") || at_word("cross")) {
    throw Error(errors::multiple_data_sources, "Multiple data sources are not supported.");
  }
}

void Parser::end(Query& query) {
  if (at_word("group") || at_word("having")) {
    throw Error(errors::unsupported_sql_structure, "The SQL structure is not supported: " + to_lower(peek().text) +
                                                       " at line " + std::to_string(peek().line) + ", column " +
                                                       std::to_string(peek().position) + ".");
  }
  if (take_word("limit")) {
    const bool minus = take_symbol("-");
    if (peek().kind != Token::Kind::number) {
      throw unexpected(errors::parse_expected_number, "Expected a number after LIMIT, but", peek());
    }
    const std::string text = next().text;
    std::uint64_t limit = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (error != std::errc() || rest != text.data() + text.size()) {
      throw Error(errors::parse_expected_number, "Expected a whole number after LIMIT.");
    }
    if (minus) throw Error(errors::evaluator_negative_limit, "The LIMIT must not be negative.");
    query.limit = limit;
  }
  if (peek().kind != Token::Kind::end) throw unexpected(errors::parse_unexpected_token, "Unexpected token", peek());
}

ExpressionPointer Parser::expression() {
  const Deeper deeper(*this);
  ExpressionPointer left = conjunction();
  while (take_word("or")) left = make(Kind::or_, std::move(left), conjunction());
  return left;
}

ExpressionPointer Parser::conjunction() {
  ExpressionPointer left = negation();
  while (take_word("and")) left = make(Kind::and_, std::move(left), negation());
  return left;
}

ExpressionPointer Parser::negation() {
  const Deeper deeper(*this);
  if (take_word("not")) return make(Kind::not_, negation());
  return predicate();
}

ExpressionPointer Parser::predicate() {
  ExpressionPointer left = sum();
  while (true) {
    static constexpr std::array<std::pair<std::string_view, Compare>, 7> comparisons{{{"=", Compare::equal},
                                                                                      {"<>", Compare::unequal},
                                                                                      {"!=", Compare::unequal},
                                                                                      {"<", Compare::less},
                                                                                      {"<=", Compare::less_equal},
                                                                                      {">", Compare::greater},
                                                                                      {">=", Compare::greater_equal}}};
    bool compared = false;
    for (const auto& [symbol, compare] : comparisons) {
      if (!take_symbol(symbol)) continue;
      left = make(Kind::compare, std::move(left), sum());
      left->compare = compare;
      compared = true;
      break;
    }
    if (compared) continue;
    if (at_word("is")) {
      left = is_predicate(std::move(left));
      continue;
    }
    const bool negated = at_word("not") && (at_word("between", 1) || at_word("in", 1) || at_word("like", 1));
    if (negated) next();
    if (!at_word("between") && !at_word("in") && !at_word("like")) return left;
    left = predicate_of(std::move(left), negated);
  }
}

ExpressionPointer Parser::is_predicate(ExpressionPointer left) {
  next();
  const bool negated = take_word("not");
  Kind kind = Kind::is_null;
  if (take_word("missing")) {
    kind = Kind::is_missing;
  } else if (!take_word("null")) {
    throw unexpected(errors::parse_unexpected_token, "Unexpected token", peek());
  }
  left = make(kind, std::move(left));
  left->negated = negated;
  return left;
}

ExpressionPointer Parser::predicate_of(ExpressionPointer left, bool negated) {
  if (take_word("between")) {
    left = make(Kind::between, std::move(left), sum());
    need_word("and");
    left->parts.push_back(sum());
  } else if (take_word("like")) {
    left = make(Kind::like, std::move(left), sum());
    if (take_word("escape")) left->parts.push_back(sum());
  } else {
    next();
    left = make(Kind::in, std::move(left));
    const bool list = at_symbol("(") || at_symbol("[");
    if (list) {
      const bool round = at_symbol("(");
      next();
      if (at_word("select"))
        throw Error(errors::unsupported_sql_structure, "The SQL structure is not supported: a subquery.");
      do {
        left->parts.push_back(expression());
        if (left->parts.size() > most_parts)
          throw Error(errors::expression_too_long, "The list of values is too long.");
      } while (take_symbol(","));
      need_symbol(round ? ")" : "]", errors::parse_unexpected_token);
    } else {
      left->parts.push_back(path());
    }
  }
  left->negated = negated;
  return left;
}

ExpressionPointer Parser::sum() {
  ExpressionPointer left = product();
  while (at_symbol("+") || at_symbol("-") || at_symbol("||")) {
    const std::string symbol = next().text;
    left = make(symbol == "||" ? Kind::concatenate : Kind::compute, std::move(left), product());
    left->operation = symbol == "-" ? Operation::subtract : Operation::add;
  }
  return left;
}

ExpressionPointer Parser::product() {
  ExpressionPointer left = unary();
  while (at_symbol("*") || at_symbol("/") || at_symbol("%")) {
    const std::string symbol = next().text;
    left = make(Kind::compute, std::move(left), unary());
    left->operation = symbol == "*" ? Operation::multiply : symbol == "/" ? Operation::divide : Operation::modulo;
  }
  return left;
}

ExpressionPointer Parser::unary() {
  const Deeper deeper(*this);
  if (take_symbol("-")) return make(Kind::negate, unary());
  if (take_symbol("+")) return unary();
  return primary();
}

ExpressionPointer Parser::literal(Value value) {
  auto made = make(Kind::literal);
  made->value = std::move(value);
  next();
  return made;
}

ExpressionPointer Parser::primary() {
  switch (peek().kind) {
    case Token::Kind::text:
      return literal(text_value(peek().text));
    case Token::Kind::number: {
      auto number = parse_number(peek().text);
      if (!number) throw unexpected(errors::lexer_invalid_literal, "An invalid number", peek());
      return literal(std::move(*number));
    }
    case Token::Kind::ion:
      return ion();
    case Token::Kind::quoted_name:
      return path();
    case Token::Kind::word:
      return word();
    case Token::Kind::symbol:
      if (take_symbol("(")) {
        if (at_word("select")) {
          throw Error(errors::unsupported_sql_structure, "The SQL structure is not supported: a subquery.");
        }
        ExpressionPointer inner = expression();
        need_symbol(")", errors::parse_unexpected_token);
        return inner;
      }
      throw unexpected(errors::parse_unexpected_operator, "Unexpected operator", peek());
    case Token::Kind::end:
      break;
  }
  throw unexpected(errors::parse_expected_expression, "Did not find the expected SQL expression, but", peek());
}

// `2007-02-23T`, `5`, `true`.
ExpressionPointer Parser::ion() {
  const std::string& text = peek().text;
  if (auto moment = parse_moment(text)) return literal(*moment);
  if (auto number = parse_number(text)) return literal(std::move(*number));
  if (text == "true" || text == "false") return literal(text == "true");
  if (text == "null") return literal(Null{});
  throw unexpected(errors::lexer_invalid_ion_literal, "An Ion literal that is not valid", peek());
}

ExpressionPointer Parser::word() {
  if (at_word("true") || at_word("false")) return literal(at_word("true"));
  if (at_word("null")) return literal(Null{});
  if (at_word("missing")) return literal(Missing{});
  if (at_word("case")) return case_();
  if (at_word("cast")) return cast();
  static constexpr std::array<std::pair<std::string_view, Aggregate>, 5> aggregates{{{"avg", Aggregate::avg},
                                                                                     {"count", Aggregate::count},
                                                                                     {"max", Aggregate::max},
                                                                                     {"min", Aggregate::min},
                                                                                     {"sum", Aggregate::sum}}};
  for (const auto& [name, which] : aggregates) {
    if (at_word(name) && at_symbol("(", 1)) return aggregate(which);
  }
  if (at_symbol("(", 1)) return call();
  if (is_reserved(peek().text)) {
    throw unexpected(errors::parse_unexpected_keyword, "Unexpected keyword", peek());
  }
  return path();
}

ExpressionPointer Parser::case_() {
  next();
  ExpressionPointer made = make(Kind::search_case);
  if (!at_word("when")) {
    if (at_word("end") || at_word("else")) {
      throw unexpected(errors::parse_expected_when_clause, "Did not find the expected WHEN clause in CASE, but",
                       peek());
    }
    made->kind = Kind::simple_case;
    made->parts.push_back(expression());
  }
  if (!at_word("when")) {
    throw unexpected(errors::parse_expected_when_clause, "Did not find the expected WHEN clause in CASE, but", peek());
  }
  while (take_word("when")) {
    made->parts.push_back(expression());
    need_word("then");
    made->parts.push_back(expression());
  }
  if (take_word("else")) {
    made->parts.push_back(expression());
    made->has_else = true;
  }
  need_word("end");
  return made;
}

ExpressionPointer Parser::cast() {
  next();
  need_symbol("(", errors::parse_expected_left_paren_after_cast);
  ExpressionPointer made = make(Kind::cast, expression());
  if (at_symbol(",")) throw Error(errors::parse_cast_arity, "The SQL expression CAST has incorrect arity.");
  need_word("as");
  static constexpr std::array<std::pair<std::string_view, CastType>, 13> types{{{"bool", CastType::boolean},
                                                                                {"boolean", CastType::boolean},
                                                                                {"int", CastType::integer},
                                                                                {"integer", CastType::integer},
                                                                                {"string", CastType::string},
                                                                                {"varchar", CastType::string},
                                                                                {"char", CastType::string},
                                                                                {"float", CastType::floating},
                                                                                {"double", CastType::floating},
                                                                                {"decimal", CastType::decimal},
                                                                                {"numeric", CastType::decimal},
                                                                                {"timestamp", CastType::timestamp},
                                                                                {"bigint", CastType::integer}}};
  const auto* found = types.begin();
  while (found != types.end() && !at_word(found->first)) ++found;
  if (found == types.end()) {
    throw unexpected(errors::parse_expected_type_name, "Did not find the expected type name in the SQL expression, but",
                     peek());
  }
  next();
  made->type = found->second;
  if (take_symbol("(")) {
    std::vector<int> numbers;
    do {
      int number = -1;
      if (peek().kind == Token::Kind::number) {
        const std::string text = next().text;
        const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc() || rest != text.data() + text.size()) number = -1;
      }
      numbers.push_back(number);
    } while (take_symbol(","));
    need_symbol(")", errors::parse_unexpected_token);
    const bool decimal = made->type == CastType::decimal;
    const bool good = numbers.size() <= (decimal ? 2U : 1U) && numbers[0] >= 1 && (!decimal || numbers[0] <= 38) &&
                      (numbers.size() == 1 || (numbers[1] >= 0 && numbers[1] <= numbers[0]));
    if (!good)
      throw Error(errors::parse_invalid_type_parameter,
                  "The SQL expression contains a parameter value that is not valid.");
    if (decimal) made->precision = {numbers[0], numbers.size() == 2 ? numbers[1] : 0};
  }
  need_symbol(")", errors::parse_expected_right_paren_call);
  return made;
}

ExpressionPointer Parser::aggregate(Aggregate which) {
  if (!aggregates_allowed_ || in_aggregate_) {
    throw Error(
        errors::unsupported_sql_structure,
        "The SQL structure is not supported: aggregate functions stand in the SELECT list, and not in each other.");
  }
  ExpressionPointer made = make(Kind::aggregate);
  made->aggregate = which;
  next();
  next();
  if (take_symbol("*")) {
    if (which != Aggregate::count) {
      throw Error(errors::parse_unsupported_call_with_star,
                  "Only COUNT with (*) as a parameter is supported in the SQL expression.");
    }
  } else {
    if (at_symbol(")"))
      throw Error(errors::parse_non_unary_aggregate,
                  "Only one argument is supported for aggregate functions in the SQL expression.");
    if (at_word("distinct") || at_word("all")) {
      throw Error(errors::unsupported_sql_structure,
                  "The SQL structure is not supported: " + peek().text + " in an aggregate function.");
    }
    in_aggregate_ = true;
    made->parts.push_back(expression());
    in_aggregate_ = false;
    if (at_symbol(","))
      throw Error(errors::parse_non_unary_aggregate,
                  "Only one argument is supported for aggregate functions in the SQL expression.");
  }
  need_symbol(")", errors::parse_expected_right_paren_call);
  made->accumulator = aggregates_.size();
  aggregates_.push_back(made.get());
  return made;
}

void Parser::date_part(Expression& call) {
  const auto part = peek().kind == Token::Kind::word ? parse_date_part(peek().text) : std::nullopt;
  const bool zone = part == DatePart::timezone_hour || part == DatePart::timezone_minute;
  if (!part || (zone && call.function != Function::extract)) {
    throw unexpected(errors::parse_expected_date_part, "Did not find the expected date part in the SQL expression, but",
                     peek());
  }
  next();
  call.date_part = *part;
}

void Parser::arguments(Expression& call, std::size_t least, std::size_t most) {
  if (!at_symbol(")")) {
    do {
      call.parts.push_back(expression());
      if (call.parts.size() > most_parts) throw Error(errors::expression_too_long, "There are too many arguments.");
    } while (take_symbol(","));
  }
  need_symbol(")", errors::parse_expected_right_paren_call);
  if (call.parts.size() < least || call.parts.size() > most) {
    throw Error(errors::evaluator_invalid_arguments,
                "Incorrect number of arguments in the function call in the SQL expression.");
  }
}

ExpressionPointer Parser::call() {
  static constexpr std::array<std::pair<std::string_view, Function>, 14> functions{
      {{"char_length", Function::char_length},
       {"character_length", Function::char_length},
       {"coalesce", Function::coalesce},
       {"date_add", Function::date_add},
       {"date_diff", Function::date_diff},
       {"extract", Function::extract},
       {"lower", Function::lower},
       {"nullif", Function::nullif},
       {"substring", Function::substring},
       {"to_string", Function::to_string},
       {"to_timestamp", Function::to_timestamp},
       {"trim", Function::trim_both},
       {"upper", Function::upper},
       {"utcnow", Function::utcnow}}};
  const auto* found = functions.begin();
  while (found != functions.end() && !at_word(found->first)) ++found;
  if (found == functions.end()) {
    throw Error(errors::unsupported_function,
                "Encountered an unsupported SQL function: " + peek().text.substr(0, 100) + ".");
  }
  ExpressionPointer made = make(Kind::call);
  made->function = found->second;
  next();
  next();
  switch (made->function) {
    case Function::coalesce:
      arguments(*made, 1, most_parts);
      break;
    case Function::nullif:
      arguments(*made, 2, 2);
      break;
    case Function::to_string:
      arguments(*made, 2, 2);
      break;
    case Function::utcnow:
      arguments(*made, 0, 0);
      break;
    case Function::date_add:
    case Function::date_diff:
      date_part(*made);
      need_symbol(",", errors::parse_expected_argument_delimiter);
      arguments(*made, 2, 2);
      break;
    case Function::extract:
      date_part(*made);
      need_word("from");
      arguments(*made, 1, 1);
      break;
    case Function::substring:
      made->parts.push_back(expression());
      if (take_word("from")) {
        made->parts.push_back(expression());
        if (take_word("for")) made->parts.push_back(expression());
        need_symbol(")", errors::parse_expected_right_paren_call);
        break;
      }
      need_symbol(",", errors::parse_expected_argument_delimiter);
      arguments(*made, 2, 3);
      break;
    case Function::trim_both: {
      if (take_word("leading")) made->function = Function::trim_leading;
      if (take_word("trailing")) made->function = Function::trim_trailing;
      if (take_word("both")) made->function = Function::trim_both;
      ExpressionPointer first = take_word("from") ? nullptr : expression();
      if (first && take_word("from")) {
        made->parts.push_back(expression());
        made->parts.push_back(std::move(first));
      } else {
        made->parts.push_back(first ? std::move(first) : expression());
      }
      need_symbol(")", errors::parse_expected_right_paren_call);
      break;
    }
    default:
      arguments(*made, 1, 1);
  }
  return made;
}

std::optional<Step> Parser::step(bool wildcards) {
  if (take_symbol("[")) {
    Step made{.kind = Step::Kind::index};
    if (take_symbol("*")) {
      if (!wildcards) throw Error(errors::parse_invalid_path_component, "A wildcard stands in the FROM clause only.");
      made.kind = Step::Kind::each;
    } else if (peek().kind == Token::Kind::text) {
      made = {.kind = Step::Kind::name, .name = next().text, .exact = true};
    } else if (peek().kind == Token::Kind::number) {
      const std::string text = next().text;
      const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), made.index);
      if (error != std::errc() || rest != text.data() + text.size()) {
        throw Error(errors::parse_invalid_path_component,
                    "The SQL expression contains a path component that is not valid.");
      }
    } else {
      throw unexpected(errors::parse_invalid_path_component, "A path component that is not valid", peek());
    }
    need_symbol("]", errors::parse_invalid_path_component);
    return made;
  }
  if (!take_symbol(".")) return std::nullopt;
  if (take_symbol("*")) return Step{.kind = Step::Kind::members};
  // Behind a dot every word is a name.
  if (peek().kind != Token::Kind::word && peek().kind != Token::Kind::quoted_name) {
    throw unexpected(errors::parse_invalid_path_component, "A path component that is not valid", peek());
  }
  const bool exact = peek().kind == Token::Kind::quoted_name;
  return Step{.kind = Step::Kind::name, .name = next().text, .exact = exact};
}

ExpressionPointer Parser::path() {
  if (!at_name()) throw unexpected(errors::parse_unexpected_token, "Unexpected token", peek());
  ExpressionPointer made = make(Kind::path);
  const bool exact = peek().kind == Token::Kind::quoted_name;
  made->path.push_back({.kind = Step::Kind::name, .name = next().text, .exact = exact});
  while (auto more = step(false)) {
    made->path.push_back(std::move(*more));
    if (made->path.size() > 50)
      throw Error(errors::invalid_key_path, "The key path in the SQL expression is too long.");
    if (made->path.back().kind == Step::Kind::members) {
      if (!aggregates_allowed_ || depth_ > 4 || in_aggregate_) {
        throw Error(errors::parse_invalid_path_component, "A wildcard stands alone in the SELECT list.");
      }
      break;
    }
  }
  return made;
}

}  // namespace

bool Step::matches(std::string_view key) const {
  return exact ? key == name : equal_ignoring_case(key, name);
}

Query parse(std::string_view expression) {
  if (expression.size() > max_expression_bytes) {
    throw Error(errors::expression_too_long,
                "The SQL expression is too long. The maximum byte-length for an SQL "
                "expression is 256 KB.");
  }
  return Parser(expression).query();
}

}  // namespace tarn::select
