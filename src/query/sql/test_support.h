// For this folder's tests: a resolver that knows every table, and shorthands.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "query/sql/parser.h"
#include "query/sql/printer.h"

namespace tarn::sql {

// Each table is itself in double quotes; `seen` collects what it was asked for.
class AnyTable : public TableResolver {
 public:
  std::variant<ResolvedSource, ResolvedView> resolve(const TableReference& table, const std::string& database,
                                                     const TableUse& use) override {
    seen.push_back(use);
    const std::string name = to_lower_copy(table.name.parts.back().text);
    const std::string of = table.name.parts.size() > 1 ? table.name.parts.front().text : database;
    if (const auto view = views.find(name); view != views.end()) {
      auto parsed = parse_query_dialect(view->second);
      return ResolvedView{std::move(std::get<QueryPtr>(parsed->node)), "views", {}};
    }
    return ResolvedSource{"scan('" + of + "." + name + "')", use.hidden_columns};
  }

  std::map<std::string, std::string> views;
  std::vector<TableUse> seen;

 private:
  static std::string to_lower_copy(std::string text) {
    for (auto& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return text;
  }
};

inline std::string printed(std::string_view text, AnyTable& tables, const PrintOptions& options = {.database = "db"}) {
  const auto statement = parse_query_dialect(text);
  return print_query(*std::get<QueryPtr>(statement->node), tables, options);
}

inline std::string printed(std::string_view text) {
  AnyTable tables;
  return printed(text, tables);
}

inline std::string printed_expression(std::string_view text) {
  const auto tree = parse_expression(text);
  return print_constant(*tree, {.database = "db"});
}

// "NAME: line 1:8: message" of what the call refuses with; empty if it does not.
template <typename Call>
std::string refusal(Call call) {
  try {
    call();
  } catch (const SqlError& error) {
    return std::string(error.name()) + ": " + error.what();
  }
  return {};
}

}  // namespace tarn::sql
