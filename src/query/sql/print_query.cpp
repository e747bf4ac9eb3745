#include <algorithm>

#include "query/sql/children.h"
#include "query/sql/query_printer.h"

namespace tarn::sql {
namespace {

constexpr std::string_view kUnnamed = "$unnamed";

// Names such as $path that appear anywhere in the statement.
void collect_hidden(const Query& query, std::set<std::string>& names);
void collect_hidden(const Expression& expression, std::set<std::string>& names) {
  if (const auto* column = as<ColumnReference>(expression)) {
    if (column->name.text.starts_with('$')) names.insert(to_lower(column->name.text));
  } else if (const auto* field = as<FieldAccess>(expression)) {
    if (field->name.text.starts_with('$')) names.insert(to_lower(field->name.text));
  }
  for_each_child(
      expression, [&](const Expression& child) { collect_hidden(child, names); },
      [&](const Query& child) { collect_hidden(child, names); });
}
void collect_hidden(const Query& query, std::set<std::string>& names) {
  for_each_child(
      query, [&](const Expression& child) { collect_hidden(child, names); },
      [&](const Query& child) { collect_hidden(child, names); });
}

const IntegerLiteral* ordinal(const Expression& expression) {
  return as<IntegerLiteral>(expression);
}

}  // namespace

void refuse(Position position, std::string_view message, std::string_view name) {
  throw SqlError(name, position, message);
}

std::string print_query(const Query& query, TableResolver& resolver, const PrintOptions& options) {
  return QueryPrinter(&resolver, options).statement(query);
}

std::string print_constant(const Expression& expression, const PrintOptions& options) {
  return QueryPrinter(nullptr, options).expression(expression);
}

std::string output_name(const std::string& engine_name, std::size_t position) {
  return engine_name.starts_with(kUnnamed) ? "_col" + std::to_string(position) : engine_name;
}

std::string quoted_name(std::string_view name) {
  std::string result = "\"";
  for (const char c : name) {
    if (c == '"') result += '"';
    result += c;
  }
  return result + '"';
}

std::string quoted_text(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') result += '\'';
    result += c;
  }
  return result + '\'';
}

std::string QueryPrinter::statement(const Query& tree) {
  collect_hidden(tree, hidden_columns_);
  return query(tree);
}

std::string QueryPrinter::query(const Query& query) {
  const std::size_t outer_ctes = ctes_.size();
  std::string sql = with_clause(query);
  if (query.limit && query.limit->with_ties) {
    sql += with_ties(query);
  } else {
    sql += query_body(query);
  }
  ctes_.resize(outer_ctes);
  return sql;
}

std::string QueryPrinter::with_clause(const Query& query) {
  if (query.with.empty()) return {};
  std::string sql = query.recursive ? "WITH RECURSIVE " : "WITH ";
  bool first = true;
  for (const auto& with : query.with) {
    if (!first) sql += ", ";
    first = false;
    const std::string name = to_lower(with.name.text);
    if (query.recursive) ctes_.push_back(name);
    sql += quoted_name(name);
    if (!with.columns.empty()) sql += alias_clause("", with.columns);
    sql += " AS (" + this->query(*with.query) + ")";
    if (!query.recursive) ctes_.push_back(name);
  }
  return sql + " ";
}

// The body with the query's ORDER BY and limits. A SELECT's own scope must still stand when its ORDER BY is printed.
std::string QueryPrinter::query_body(const Query& query) {
  struct Body {
    QueryPrinter& printer;
    const Query& query;
    std::string clauses() const { return printer.order_by(query.order_by) + printer.limits(query); }
    std::string operator()(const Select& select) const { return printer.select(select, &query); }
    std::string operator()(const Values& values) const { return printer.values(values) + clauses(); }
    std::string operator()(const TableQuery& table) const {
      Select all;
      all.items.push_back({.position = query.position, .star = true});
      auto relation = std::make_unique<Relation>();
      relation->position = query.position;
      relation->node = TableReference{.name = table.name};
      all.from.push_back(std::move(relation));
      return printer.select(all, &query);
    }
    std::string operator()(const SetOperation& operation) const {
      std::string sql = "(" + printer.query(*operation.left) + ")";
      switch (operation.op) {
        case SetOperator::union_:
          sql += " UNION";
          break;
        case SetOperator::intersect:
          sql += " INTERSECT";
          break;
        case SetOperator::except:
          sql += " EXCEPT";
          break;
      }
      if (operation.all) sql += " ALL";
      sql += " (" + printer.query(*operation.right) + ")";
      return sql + clauses();
    }
    std::string operator()(const QueryPtr& inner) const {
      const std::string own = clauses();
      if (own.empty()) return "(" + printer.query(*inner) + ")";
      return "SELECT * FROM (" + printer.query(*inner) + ") AS \"$query\"" + own;
    }
  };
  return std::visit(Body{*this, query}, query.body);
}

// FETCH FIRST n ROWS WITH TIES, which the engine lacks: all rows whose rank is among the first n.
std::string QueryPrinter::with_ties(const Query& query) {
  if (query.order_by.empty()) {
    refuse(query.position, "FETCH FIRST WITH TIES clause requires ORDER BY", "MISSING_ORDER_BY");
  }
  if (query.offset) refuse(query.position, "OFFSET with FETCH FIRST … WITH TIES is not supported");
  const auto* select = std::get_if<Select>(&query.body);
  if (select && !select->distinct) return query_body(query);
  // The rank must be taken over the finished rows.
  const auto* inner = std::get_if<QueryPtr>(&query.body);
  if (!select && !inner) refuse(query.position, "FETCH FIRST … WITH TIES needs parentheses around what it limits");
  const std::string rows = select ? this->select(*select, nullptr) : this->query(**inner);
  for (const auto& item : query.order_by) {
    if (ordinal(*item.key)) refuse(item.key->position, "an ordinal with FETCH FIRST … WITH TIES needs a plain SELECT");
  }
  const std::string keys = sort_items(query.order_by, false);
  return "SELECT * FROM (" + rows + ") AS \"$ties\" QUALIFY rank() OVER (ORDER BY " + keys +
         ") <= " + row_count(*query.limit->count) + " ORDER BY " + keys;
}

// For a plain SELECT, whose sort keys may be ordinals or names of the output: what they stand for.
std::string QueryPrinter::ties_clause(const Select& select, const Query& query) {
  if (!query.limit || !query.limit->with_ties) return {};
  std::string keys;
  for (const auto& item : query.order_by) {
    const Expression* key = item.key.get();
    if (const auto* number = ordinal(*key)) {
      const auto star = std::ranges::find_if(select.items, &SelectItem::star);
      if (number->value < 1 || number->value > star - select.items.begin()) {
        refuse(key->position, "ORDER BY position " + std::to_string(number->value) + " is not in select list",
               "INVALID_COLUMN_REFERENCE");
      }
      key = select.items[static_cast<std::size_t>(number->value - 1)].expression.get();
    } else if (const auto* name = as<ColumnReference>(*key)) {
      const auto named = std::ranges::find_if(select.items, [&](const SelectItem& candidate) {
        return candidate.alias && equal_ignoring_case(candidate.alias->text, name->name.text);
      });
      if (named != select.items.end()) key = named->expression.get();
    }
    if (!keys.empty()) keys += ", ";
    keys += expression(*key) + (item.descending ? " DESC" : " ASC");
    keys += item.nulls_first ? " NULLS FIRST" : " NULLS LAST";
  }
  return " QUALIFY rank() OVER (ORDER BY " + keys + ") <= " + row_count(*query.limit->count);
}

std::string QueryPrinter::select(const Select& select, const Query* clauses) {
  Scope scope{.outer = scope_};
  scope_ = &scope;
  // FROM first: it says which names the select list may use.
  const std::string from_clause = from(select);
  std::string sql = "SELECT ";
  if (select.distinct) sql += "DISTINCT ";
  sql += select_list(select) + from_clause;
  if (select.where) sql += " WHERE " + expression(*select.where);
  sql += group_by(select);
  if (select.having) sql += " HAVING " + expression(*select.having);
  bool first = true;
  for (const auto& named : select.windows) {
    sql += first ? " WINDOW " : ", ";
    first = false;
    sql += quoted_name(to_lower(named.name.text)) + " AS " + window(named.window);
  }
  if (clauses) sql += ties_clause(select, *clauses) + order_by(clauses->order_by) + limits(*clauses);
  scope_ = scope.outer;
  return sql;
}

std::string QueryPrinter::select_list(const Select& select) {
  std::string sql;
  for (const auto& item : select.items) {
    if (!sql.empty()) sql += ", ";
    sql += item.star ? star(item) : select_item(item);
  }
  return sql;
}

std::string QueryPrinter::select_item(const SelectItem& item) {
  std::string sql = expression(*item.expression);
  if (item.alias) return sql + " AS " + quoted_name(item.alias->text);
  // A column keeps its name. Naming it once more would let the engine take the alias for the column itself.
  if (as<ColumnReference>(*item.expression)) return sql;
  if (const auto* field = as<FieldAccess>(*item.expression)) {
    return sql.starts_with('"') ? sql : sql + " AS " + quoted_name(field->name.text);
  }
  return sql + " AS " + quoted_name(std::string(kUnnamed) + std::to_string(unnamed_++));
}

std::string QueryPrinter::star(const SelectItem& item) {
  if (!item.star_aliases.empty()) refuse(item.position, "Column aliases for a row's fields are not supported");
  std::set<std::string> left_out;
  std::string sql;
  if (item.expression) {
    std::vector<const Identifier*> names;
    const Expression* part = item.expression.get();
    for (; as<FieldAccess>(*part); part = as<FieldAccess>(*part)->base.get()) {
      names.insert(names.begin(), &as<FieldAccess>(*part)->name);
    }
    if (const auto* first = as<ColumnReference>(*part)) names.insert(names.begin(), &first->name);
    const VisibleTable* found = nullptr;
    for (const auto& table : scope_->tables) {
      const bool by_name = !names.empty() && to_lower(names.back()->text) == table.name;
      const bool by_database = names.size() < 2 || to_lower(names[names.size() - 2]->text) == table.database;
      if (by_name && by_database) found = &table;
    }
    if (!found) {  // A row: its fields become columns.
      return "unnest(" + expression(*item.expression) + ")";
    }
    sql = quoted_name(found->printed) + ".*";
    left_out = found->hidden_columns;
  } else {
    if (scope_->tables.empty())
      refuse(item.position, "SELECT * not allowed in queries without FROM clause", error_names::syntax_error);
    for (const auto& table : scope_->tables) left_out.insert(table.hidden_columns.begin(), table.hidden_columns.end());
    // Trino shows the columns of USING first.
    for (const auto* name : scope_->using_columns) {
      if (left_out.insert(to_lower(name->text)).second) sql += quoted_name(name->text) + ", ";
    }
    sql += "*";
  }
  if (left_out.empty()) return sql;
  sql += " EXCLUDE (";
  for (bool first = true; const auto& name : left_out) {
    if (!first) sql += ", ";
    first = false;
    sql += quoted_name(name);
  }
  return sql + ")";
}

std::string QueryPrinter::ordinal_or(const Expression& key) {
  if (const auto* number = ordinal(key)) return std::to_string(number->value);
  return expression(key);
}

std::string QueryPrinter::group_by(const Select& select) {
  if (select.group_by.empty()) return {};
  if (select.group_by_distinct) {
    refuse(select.items.front().position, "GROUP BY DISTINCT is not supported");
  }
  std::string sql;
  for (const auto& element : select.group_by) {
    sql += sql.empty() ? " GROUP BY " : ", ";
    std::string sets;
    for (const auto& set : element.sets) {
      if (!sets.empty()) sets += ", ";
      sets += element.kind == GroupingElement::Kind::simple && !set.columns.empty() && !set.parenthesized
                  ? ordinal_or(*set.columns.front())
                  : grouping_set(set);
    }
    switch (element.kind) {
      case GroupingElement::Kind::simple:
        sql += sets;
        break;
      case GroupingElement::Kind::rollup:
        sql += "ROLLUP (" + sets + ")";
        break;
      case GroupingElement::Kind::cube:
        sql += "CUBE (" + sets + ")";
        break;
      case GroupingElement::Kind::sets:
        sql += "GROUPING SETS (" + sets + ")";
        break;
    }
  }
  return sql;
}

std::string QueryPrinter::grouping_set(const GroupingElement::Set& set) {
  std::string sql;
  for (const auto& key : set.columns) {
    if (!sql.empty()) sql += ", ";
    sql += ordinal_or(*key);
  }
  return set.columns.size() == 1 ? sql : "(" + sql + ")";
}

std::string QueryPrinter::values(const Values& values) {
  std::string rows;
  std::size_t columns = 1;
  for (const auto& row : values.rows) {
    const auto* fields = as<RowConstructor>(*row);
    const std::size_t width = fields ? fields->fields.size() : 1;
    if (rows.empty()) {
      columns = width;
    } else if (width != columns) {
      refuse(row->position,
             "Values rows have mismatched sizes: " + std::to_string(columns) + " vs " + std::to_string(width),
             "TYPE_MISMATCH");
    }
    if (!rows.empty()) rows += ", ";
    rows += "(" + (fields ? list(fields->fields) : expression(*row)) + ")";
  }
  std::string names;
  for (std::size_t i = 0; i < columns; ++i) {
    if (i > 0) names += ", ";
    names += quoted_name(std::string(kUnnamed) + std::to_string(unnamed_++));
  }
  return "SELECT * FROM (VALUES " + rows + ") AS \"$values\"(" + names + ")";
}

std::string QueryPrinter::order_by(const std::vector<SortItem>& items) {
  return items.empty() ? std::string() : " ORDER BY " + sort_items(items, true);
}

std::string QueryPrinter::sort_items(const std::vector<SortItem>& items, bool ordinals) {
  std::string sql;
  for (const auto& item : items) {
    if (!sql.empty()) sql += ", ";
    sql += ordinals ? ordinal_or(*item.key) : expression(*item.key);
    sql += item.descending ? " DESC" : " ASC";
    sql += item.nulls_first ? " NULLS FIRST" : " NULLS LAST";
  }
  return sql;
}

std::string QueryPrinter::limits(const Query& query) {
  std::string sql;
  if (query.limit && query.limit->count && !query.limit->with_ties) sql += " LIMIT " + row_count(*query.limit->count);
  if (query.offset) sql += " OFFSET " + row_count(*query.offset);
  return sql;
}

std::string QueryPrinter::row_count(const Expression& expression) {
  const Expression* count = &expression;
  if (const auto* parameter = as<Parameter>(expression); parameter && parameter->index < options_.parameters.size()) {
    count = options_.parameters[parameter->index].get();
  }
  const auto* number = as<IntegerLiteral>(*count);
  if (!number || number->value < 0) {
    refuse(expression.position, "LIMIT and OFFSET take a number of rows", "TYPE_MISMATCH");
  }
  return std::to_string(number->value);
}

}  // namespace tarn::sql
