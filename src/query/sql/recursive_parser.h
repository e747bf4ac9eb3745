// The recursive-descent parser itself: one class, its functions spread over a file for each part of the grammar.
#pragma once

#include <algorithm>
#include <initializer_list>

#include "query/sql/parser.h"
#include "query/sql/token.h"

namespace tarn::sql {

class RecursiveParser {
 public:
  RecursiveParser(std::string_view text, Dialect dialect);

  StatementPtr query_statement();       // Trino's dialect, to the end of the text.
  StatementPtr definition_statement();  // Hive's.
  ExpressionPtr whole_expression();
  DataType whole_catalog_type();

 private:
  // ---- tokens (recursive_parser.cpp) ----

  const Token& token(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool at_end() const { return token().kind == TokenKind::end; }
  // Every look at a keyword or symbol is remembered for the "Expecting:" of the error, until a token is consumed.
  bool is(std::string_view word_or_symbol, std::size_t ahead = 0);
  bool is_sequence(std::initializer_list<std::string_view> words);
  bool accept(std::string_view word_or_symbol);
  bool accept_sequence(std::initializer_list<std::string_view> words);
  void expect(std::string_view word_or_symbol);
  void expect_sequence(std::initializer_list<std::string_view> words);
  Token take();
  // `what` has static storage: a word, a symbol or "<expression>".
  void expecting(std::string_view what) { expected_.push_back(what); }
  [[noreturn]] void mismatch();
  [[noreturn]] static void fail(Position position, std::string_view message,
                                std::string_view name = error_names::syntax_error);
  void finish_statement();

  bool is_identifier(std::size_t ahead = 0) const;
  Identifier identifier();
  QualifiedName qualified_name();
  std::vector<Identifier> identifier_list();  // ( a, b )
  std::string string_literal();
  std::uint64_t unsigned_number();

  // ---- bounds ----

  class Nesting {
   public:
    explicit Nesting(RecursiveParser& parser);
    ~Nesting() { --parser_.nesting_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    RecursiveParser& parser_;
  };
  ExpressionPtr make(Position position, ExpressionNode node);
  void bound_height(std::uint32_t height, Position position);

  // ---- expressions (parse_expression.cpp, parse_predicate.cpp, parse_function.cpp) ----

  ExpressionPtr expression();
  ExpressionPtr conjunction();
  ExpressionPtr negation();
  ExpressionPtr predicate();
  ExpressionPtr predicate_after(ExpressionPtr value);
  ExpressionPtr in_predicate(ExpressionPtr value, Position position, bool negated);
  std::optional<ComparisonOperator> comparison_operator();
  ExpressionPtr value_expression(int lowest_precedence = 1);
  ExpressionPtr unary();
  ExpressionPtr postfix();
  ExpressionPtr primary();
  ExpressionPtr parenthesized();
  std::optional<ExpressionPtr> literal();
  ExpressionPtr integer_literal(bool negative);
  ExpressionPtr interval_literal();
  std::optional<ExpressionPtr> keyword_expression();
  ExpressionPtr case_expression();
  ExpressionPtr cast_expression(bool safe);
  ExpressionPtr extract_expression();
  ExpressionPtr array_constructor();
  std::optional<ExpressionPtr> current_value();
  bool is_lambda_ahead() const;
  ExpressionPtr lambda();
  ExpressionPtr name_or_call();
  ExpressionPtr function_call(QualifiedName name);
  void function_arguments(FunctionCall& call);
  void function_suffixes(FunctionCall& call);
  std::optional<ExpressionPtr> special_call();
  ExpressionPtr named_call(std::string_view name, Position position, std::vector<ExpressionPtr> arguments);
  std::vector<ExpressionPtr> expression_list();
  std::vector<SortItem> sort_items();
  Window window();
  Window window_specification();
  Frame frame();
  FrameBound frame_bound();

  // ---- types (parse_type.cpp) ----

  DataType data_type();
  DataType row_type(Position position);
  DataType catalog_data_type();
  std::string catalog_type_text();

  // ---- queries (parse_query.cpp, parse_relation.cpp) ----

  bool is_query_ahead();
  QueryPtr query();
  // What follows the first term, which may have been read already as a subquery.
  QueryPtr query_without_with(QueryPtr first);
  QueryPtr query_term(QueryPtr first);
  QueryPtr query_primary();
  Select select();
  SelectItem select_item();
  void group_by(Select& select);
  GroupingElement grouping_element();
  GroupingElement::Set grouping_set();
  Values values();
  void limits(Query& query);
  ExpressionPtr row_count();
  bool is_set_operator();
  bool is_query_continued();

  RelationPtr relation();
  RelationPtr join_after(RelationPtr left);
  RelationPtr sampled_relation();
  RelationPtr aliased_relation();
  RelationPtr relation_primary();
  RelationPtr subquery_relation(Position position, QueryPtr subquery, bool lateral);
  RelationPtr parenthesized_relation(Position position);
  bool is_alias_ahead();

  // ---- statements (parse_statement.cpp) ----

  StatementPtr make_statement(Position position, StatementNode node);
  StatementPtr statement_body();
  StatementPtr create_table_as(Position position);
  StatementPtr create_view(Position position, bool or_replace);
  StatementPtr insert_into(Position position);
  StatementPtr unload(Position position);
  StatementPtr delete_from(Position position);
  StatementPtr update(Position position);
  StatementPtr merge(Position position);
  MergeCase merge_case();
  StatementPtr prepare(Position position);
  StatementPtr execute(Position position);
  StatementPtr explain(Position position);
  StatementPtr show(Position position);
  StatementPtr describe(Position position);
  std::optional<std::string> like_pattern();
  std::vector<Property> properties();
  std::vector<Assignment> assignments();

  // ---- definitions (parse_definition.cpp, parse_alter.cpp) ----

  StatementPtr definition_body();
  StatementPtr create_database(Position position);
  StatementPtr create_table(Position position, bool external);
  void create_table_clause(CreateTable& table);
  RowFormat row_format();
  Bucketing bucketing();
  std::vector<ColumnDefinition> column_definitions();
  ColumnDefinition column_definition();
  std::vector<ColumnDefinition> partition_columns();
  std::string partition_transform();
  StatementPtr drop(Position position);
  StatementPtr alter(Position position);
  AlterTable alter_table();
  AddPartitions add_partitions();
  DropPartitions drop_partitions();
  PartitionSpec partition_spec();
  std::string partition_value();
  StringPairs string_pairs();
  std::string name_text();  // A column's or table's name, folded.

  std::string_view text_;
  Dialect dialect_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::vector<std::string_view> expected_;
  std::uint32_t nesting_ = 0;
  std::uint32_t tallest_ = 0;  // Of what was made since the innermost query began.
  std::uint32_t parameters_ = 0;
};

}  // namespace tarn::sql
