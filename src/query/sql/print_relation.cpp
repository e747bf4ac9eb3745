#include <algorithm>
#include <utility>

#include "query/sql/query_printer.h"

namespace tarn::sql {
namespace {

void add_terms(const ExpressionPtr& condition, std::vector<const Expression*>& terms) {
  if (!condition) return;
  const auto* logical = as<Logical>(*condition);
  if (!logical || !logical->is_and) {
    terms.push_back(condition.get());
    return;
  }
  for (const auto& term : logical->terms) add_terms(term, terms);
}

void collect_using(const Relation& relation, std::vector<const Identifier*>& columns) {
  if (const auto* inner = std::get_if<ParenthesizedRelation>(&relation.node)) {
    if (!relation.alias) collect_using(*inner->relation, columns);
  } else if (const auto* join = std::get_if<Join>(&relation.node)) {
    for (const auto& name : join->using_columns) columns.push_back(&name);
    collect_using(*join->left, columns);
    collect_using(*join->right, columns);
  }
}

}  // namespace

std::string QueryPrinter::from(const Select& select) {
  Conditions conditions;
  add_terms(select.where, conditions);
  std::string sql;
  for (const auto& item : select.from) {
    const bool first = sql.empty();
    sql += first ? " FROM " : ", ";
    collect_using(*item, scope_->using_columns);
    sql += relation(*item, conditions, first);
  }
  return sql;
}

std::string QueryPrinter::relation(const Relation& relation, const Conditions& conditions, bool first) {
  struct Node {
    QueryPrinter& printer;
    const Relation& relation;
    const Conditions& conditions;
    bool first;
    std::string operator()(const TableReference& table) const { return printer.table(relation, table, conditions); }
    std::string operator()(const SubqueryRelation& subquery) const {
      check_aliases(relation, *subquery.query);
      return (subquery.lateral && !first ? "LATERAL " : "") +
             printer.derived(relation, "(" + printer.query(*subquery.query) + ")");
    }
    std::string operator()(const UnnestRelation& unnest) const { return printer.unnest(relation, unnest, first); }
    std::string operator()(const Join& join) const { return printer.join(join, conditions, first); }
    std::string operator()(const ParenthesizedRelation& inner) const {
      if (!relation.alias && !relation.sample) {
        const bool joined = std::holds_alternative<Join>(inner.relation->node);
        const std::string sql = printer.relation(*inner.relation, conditions, first);
        return joined ? "(" + sql + ")" : sql;
      }
      // An alias hides the names inside.
      Select all;
      all.items.push_back({.position = relation.position, .star = true});
      Scope scope{.outer = printer.scope_};
      printer.scope_ = &scope;
      const std::string sql = printer.relation(*inner.relation, conditions, true);
      const std::string list = printer.select_list(all);
      printer.scope_ = scope.outer;
      return printer.derived(relation, "(SELECT " + list + " FROM " + sql + ")");
    }
  };
  return std::visit(Node{*this, relation, conditions, first}, relation.node);
}

std::string QueryPrinter::join(const Join& join, const Conditions& conditions, bool first) {
  // What ON requires of a side's rows holds for all its rows that matter, unless the join keeps the others too.
  Conditions left_conditions = conditions;
  Conditions right_conditions = conditions;
  const bool keeps_left = join.kind == JoinKind::left || join.kind == JoinKind::full;
  const bool keeps_right = join.kind == JoinKind::right || join.kind == JoinKind::full;
  if (!keeps_left) add_terms(join.on, left_conditions);
  if (!keeps_right) add_terms(join.on, right_conditions);
  std::string sql = relation(*join.left, left_conditions, first);
  switch (join.kind) {
    case JoinKind::cross:
      sql += " CROSS JOIN ";
      break;
    case JoinKind::inner:
      sql += " JOIN ";
      break;
    case JoinKind::left:
      sql += " LEFT JOIN ";
      break;
    case JoinKind::right:
      sql += " RIGHT JOIN ";
      break;
    case JoinKind::full:
      sql += " FULL JOIN ";
      break;
  }
  const std::string right = relation(*join.right, right_conditions, false);
  sql += std::holds_alternative<Join>(join.right->node) ? "(" + right + ")" : right;
  // The engine takes a number for a condition where it stands alone.
  if (join.on && (as<IntegerLiteral>(*join.on) || as<StringLiteral>(*join.on) || as<DoubleLiteral>(*join.on))) {
    refuse(join.on->position, "JOIN ON clause must evaluate to a boolean", "TYPE_MISMATCH");
  }
  if (join.on) sql += " ON " + expression(*join.on);
  if (!join.using_columns.empty()) sql += " USING" + alias_clause("", join.using_columns);
  return sql;
}

std::string QueryPrinter::table(const Relation& relation, const TableReference& table, const Conditions& conditions) {
  const std::string name = to_lower(table.name.parts.back().text);
  const bool qualified = table.name.parts.size() > 1;
  if (!qualified && std::ranges::find(ctes_, name) != ctes_.end()) {
    return quoted_name(name) + " " + derived(relation, "").substr(1);
  }
  if (!resolver_) refuse(table.name.position(), "a table has no place here", error_names::syntax_error);
  TableUse use{.conditions = conditions,
               .alias = relation.alias ? to_lower(relation.alias->text) : name,
               .hidden_columns = relation.column_aliases.empty() ? hidden_columns_ : std::set<std::string>(),
               .parameters = options_.parameters};
  auto resolved = resolver_->resolve(table, database_, use);
  if (const auto* found = std::get_if<ResolvedView>(&resolved)) {
    const std::string database = qualified ? to_lower(table.name.parts[table.name.parts.size() - 2].text) : database_;
    return view(*found, relation, database + "." + name);
  }
  auto& source = std::get<ResolvedSource>(resolved);
  std::string database = qualified ? to_lower(table.name.parts[table.name.parts.size() - 2].text) : database_;
  const std::string printed = relation.alias ? make_visible("", to_lower(relation.alias->text), source.hidden_columns)
                                             : make_visible(database, name, source.hidden_columns);
  return source.sql + " AS " + alias_clause(printed, relation.column_aliases) + sample(relation);
}

std::string QueryPrinter::view(const ResolvedView& view, const Relation& relation, const std::string& name) {
  if (std::ranges::find(views_, name) != views_.end()) {
    refuse(relation.position, "View is recursive: '" + name + "'", error_names::view_is_recursive);
  }
  if (views_.size() >= kMaxViewDepth) refuse(relation.position, "Views are nested too deeply: '" + name + "'");
  // A view sees none of the names around it.
  auto ctes = std::exchange(ctes_, {});
  auto variables = std::exchange(variables_, {});
  Scope* scope = std::exchange(scope_, nullptr);
  std::string database = std::exchange(database_, view.database);
  views_.push_back(name);
  std::string sql = "(" + query(*view.query) + ")";
  views_.pop_back();
  database_ = std::move(database);
  scope_ = scope;
  variables_ = std::move(variables);
  ctes_ = std::move(ctes);
  if (!view.columns.empty()) {
    std::vector<Identifier> columns;
    for (const auto& column : view.columns) columns.push_back({column, relation.position});
    sql = "(SELECT * FROM " + sql + " AS " + alias_clause("$view", columns) + ")";
  }
  return derived(relation, sql);
}

// UNNEST(a, m) WITH ORDINALITY: how many columns it has depends on types, so a function makes the rows and the engine
// spreads their fields.
std::string QueryPrinter::unnest(const Relation& relation, const UnnestRelation& unnest, bool first) {
  std::string sql = "(SELECT unnest(system.trino.unnest_rows(";
  sql += unnest.with_ordinality ? "TRUE" : "FALSE";
  for (const auto& argument : unnest.expressions) sql += ", " + expression(*argument);
  sql += "), max_depth := 2))";
  return (first ? "" : "LATERAL ") + derived(relation, sql);
}

std::string QueryPrinter::derived(const Relation& relation, const std::string& sql) {
  std::string name;
  if (relation.alias) {
    name = to_lower(relation.alias->text);
  } else if (const auto* table = std::get_if<TableReference>(&relation.node)) {
    name = to_lower(table->name.parts.back().text);
  } else {
    name = "$relation" + std::to_string(fresh_++);
  }
  const std::string printed = make_visible("", name);
  return sql + " AS " + alias_clause(printed, relation.column_aliases) + sample(relation);
}

std::string QueryPrinter::alias_clause(const std::string& printed, const std::vector<Identifier>& columns) {
  std::string sql = printed.empty() ? std::string() : quoted_name(printed);
  if (columns.empty()) return sql;
  sql += "(";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) sql += ", ";
    sql += quoted_name(columns[i].text);
  }
  return sql + ")";
}

// The engine takes fewer names than there are columns; Trino does not.
void QueryPrinter::check_aliases(const Relation& relation, const Query& query) {
  if (relation.column_aliases.empty()) return;
  const Query* inner = &query;
  while (const auto* next = std::get_if<QueryPtr>(&inner->body)) inner = next->get();
  while (const auto* operation = std::get_if<SetOperation>(&inner->body)) inner = operation->left.get();
  std::size_t columns = 0;
  if (const auto* select = std::get_if<Select>(&inner->body)) {
    if (std::ranges::any_of(select->items, &SelectItem::star)) return;
    columns = select->items.size();
  } else if (const auto* values = std::get_if<Values>(&inner->body)) {
    const auto* fields = as<RowConstructor>(*values->rows.front());
    columns = fields ? fields->fields.size() : 1;
  } else {
    return;
  }
  if (columns == relation.column_aliases.size()) return;
  refuse(relation.position,
         "Column alias list has " + std::to_string(relation.column_aliases.size()) + " entries but '" +
             (relation.alias ? to_lower(relation.alias->text) : "") + "' has " + std::to_string(columns) +
             " columns available",
         "MISMATCHED_COLUMN_ALIASES");
}

// Two tables of one name from different databases may stand in one FROM: the second gets an alias of its own.
std::string QueryPrinter::make_visible(const std::string& database, const std::string& name,
                                       std::set<std::string> hidden) {
  std::string printed = name;
  const auto taken = [&](const VisibleTable& table) { return table.printed == printed; };
  while (std::ranges::any_of(scope_->tables, taken)) printed = name + "$" + std::to_string(fresh_++);
  scope_->tables.push_back({database, name, printed, std::move(hidden)});
  return printed;
}

std::string QueryPrinter::sample(const Relation& relation) {
  if (!relation.sample) return {};
  const Expression& percentage = *relation.sample->percentage;
  std::string number;
  if (const auto* integer = as<IntegerLiteral>(percentage)) number = std::to_string(integer->value);
  if (const auto* decimal = as<DoubleLiteral>(percentage)) number = decimal->text;
  if (number.empty()) refuse(percentage.position, "The sample's percentage must be a number");
  return std::string(" TABLESAMPLE ") + (relation.sample->bernoulli ? "bernoulli" : "system") + "(" + number +
         " PERCENT)";
}

}  // namespace tarn::sql
