// The printer itself: one class, its functions spread over a file for queries, expressions, calls and literals.
#pragma once

#include <map>

#include "query/sql/printer.h"
#include "query/sql/token.h"

namespace tarn::sql {

class QueryPrinter {
 public:
  QueryPrinter(TableResolver* resolver, const PrintOptions& options)
      : resolver_(resolver), options_(options), database_(options.database) {}

  std::string statement(const Query& query);
  std::string expression(const Expression& expression);

 private:
  // A table of FROM, as names in the query may call it.
  struct VisibleTable {
    std::string database, name;  // Folded; database is empty for aliases.
    std::string printed;         // The alias that stands in the printed SQL.
    std::set<std::string> hidden_columns;
  };
  struct Scope {
    Scope* outer = nullptr;
    std::vector<VisibleTable> tables;
    std::vector<const Identifier*> using_columns;  // In the order in which a star shows them.
  };
  using Conditions = std::vector<const Expression*>;

  // ---- queries (print_query.cpp) ----
  std::string query(const Query& query);
  std::string query_body(const Query& query);
  std::string with_clause(const Query& query);
  std::string select(const Select& select, const Query* clauses);
  std::string with_ties(const Query& query);
  std::string ties_clause(const Select& select, const Query& query);
  std::string select_list(const Select& select);
  std::string select_item(const SelectItem& item);
  std::string star(const SelectItem& item);
  std::string group_by(const Select& select);
  std::string grouping_set(const GroupingElement::Set& set);
  std::string ordinal_or(const Expression& expression);
  std::string values(const Values& values);
  std::string order_by(const std::vector<SortItem>& items);
  std::string sort_items(const std::vector<SortItem>& items, bool ordinals);
  std::string limits(const Query& query);
  std::string row_count(const Expression& expression);

  // ---- relations (print_relation.cpp) ----
  std::string from(const Select& select);
  std::string relation(const Relation& relation, const Conditions& conditions, bool first);
  std::string join(const Join& join, const Conditions& conditions, bool first);
  std::string table(const Relation& relation, const TableReference& table, const Conditions& conditions);
  std::string view(const ResolvedView& view, const Relation& relation, const std::string& name);
  std::string unnest(const Relation& relation, const UnnestRelation& unnest, bool first);
  std::string derived(const Relation& relation, const std::string& sql);
  std::string alias_clause(const std::string& printed, const std::vector<Identifier>& columns);
  std::string make_visible(const std::string& database, const std::string& name, std::set<std::string> hidden = {});
  std::string sample(const Relation& relation);
  static void check_aliases(const Relation& relation, const Query& query);

  // ---- expressions (print_expression.cpp) ----
  std::string column(const Expression& expression);
  std::string name_chain(const std::vector<const Identifier*>& names, Position position);
  std::string list(const std::vector<ExpressionPtr>& expressions);
  std::string call(std::string_view function, std::initializer_list<std::string> arguments);
  std::string balanced(std::span<const std::string> terms, std::string_view separator);
  std::string cast(const Cast& cast);

  std::string print(const Expression& at, const ColumnReference& node);
  std::string print(const Expression& at, const FieldAccess& node);
  std::string print(const Expression& at, const NullLiteral& node);
  std::string print(const Expression& at, const BooleanLiteral& node);
  std::string print(const Expression& at, const IntegerLiteral& node);
  std::string print(const Expression& at, const DoubleLiteral& node);
  std::string print(const Expression& at, const StringLiteral& node);
  std::string print(const Expression& at, const BinaryLiteral& node);
  std::string print(const Expression& at, const TypedLiteral& node);
  std::string print(const Expression& at, const IntervalLiteral& node);
  std::string print(const Expression& at, const Parameter& node);
  std::string print(const Expression& at, const Unary& node);
  std::string print(const Expression& at, const Binary& node);
  std::string print(const Expression& at, const Comparison& node);
  std::string print(const Expression& at, const QuantifiedComparison& node);
  std::string print(const Expression& at, const DistinctFrom& node);
  std::string print(const Expression& at, const Logical& node);
  std::string print(const Expression& at, const Not& node);
  std::string print(const Expression& at, const IsNull& node);
  std::string print(const Expression& at, const Between& node);
  std::string print(const Expression& at, const InList& node);
  std::string print(const Expression& at, const InSubquery& node);
  std::string print(const Expression& at, const Like& node);
  std::string print(const Expression& at, const Exists& node);
  std::string print(const Expression& at, const Subquery& node);
  std::string print(const Expression& at, const FunctionCall& node);
  std::string print(const Expression& at, const Cast& node);
  std::string print(const Expression& at, const Case& node);
  std::string print(const Expression& at, const Lambda& node);
  std::string print(const Expression& at, const ArrayConstructor& node);
  std::string print(const Expression& at, const RowConstructor& node);
  std::string print(const Expression& at, const Subscript& node);
  std::string print(const Expression& at, const Extract& node);
  std::string print(const Expression& at, const AtTimeZone& node);
  std::string print(const Expression& at, const CurrentValue& node);

  // ---- calls (print_call.cpp) ----
  std::string plain_call(const std::string& printed_name, const FunctionCall& call);
  std::string window(const Window& window);
  std::string frame(const Frame& frame);
  std::string frame_bound(const FrameBound& bound);
  std::string listagg(const Expression& at, const FunctionCall& call);
  std::string if_call(const Expression& at, const FunctionCall& call);
  std::string higher_order(const Expression& at, const std::string& name, const FunctionCall& call);
  std::string reduce(const Expression& at, const FunctionCall& call);
  // The body of a lambda whose parameters stand for the given SQL.
  std::string body(const Expression& argument, const std::vector<std::string>& parameters);
  // `lambda "$x1": body`, for a lambda of one parameter.
  std::string lambda_of_one(const Expression& argument);
  std::string fresh_variable();

  TableResolver* resolver_;
  const PrintOptions& options_;
  std::string database_;
  Scope* scope_ = nullptr;
  std::vector<std::string> ctes_;                               // Visible here, innermost last; folded.
  std::vector<std::string> views_;                              // Being printed, outermost first.
  std::vector<std::pair<std::string, std::string>> variables_;  // Lambda parameters: folded name and SQL.
  std::set<std::string> hidden_columns_;
  int unnamed_ = 0;
  int fresh_ = 0;
};

[[noreturn]] void refuse(Position position, std::string_view message,
                         std::string_view name = error_names::not_supported);

// DATE '…', DECIMAL '…' and so on, checked.
std::string typed_literal(const TypedLiteral& literal, Position position);

}  // namespace tarn::sql
