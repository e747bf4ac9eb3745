// SearchTables: tables of all databases by text and properties.
#include "api/glue/search_tables.h"

#include <algorithm>

#include "base/encoding.h"
#include "services/glue/convert.h"
#include "services/glue/glue.h"
#include "services/glue/table_output.h"

namespace tarn::glue {
namespace {

bool contains(const std::optional<std::string>& text, const std::string& wanted) {
  return text && to_lower(*text).find(wanted) != std::string::npos;
}

// A text in double quotes means that very text.
bool matches_text(const catalog::Table& table, std::string text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  const std::string wanted = to_lower(text);
  if (contains(table.name, wanted) || contains(table.description, wanted)) return true;
  for (const auto& [key, value] : table.parameters) {
    if (contains(key, wanted) || contains(value, wanted)) return true;
  }
  const auto column_matches = [&](const catalog::Column& column) {
    return contains(column.name, wanted) || contains(column.comment, wanted);
  };
  if (std::ranges::any_of(table.partition_keys, column_matches)) return true;
  return table.storage && std::ranges::any_of(table.storage->columns, column_matches);
}

std::optional<std::string> property(const catalog::Table& table, const std::string& key) {
  const std::string name = to_lower(key);
  if (name == "name" || name == "tablename") return table.name;
  if (name == "databasename") return table.database;
  if (name == "description") return table.description;
  if (name == "owner") return table.owner;
  if (name == "tabletype") return table.table_type;
  const auto at = table.parameters.find(key);
  return at == table.parameters.end() ? std::nullopt : std::optional(at->second);
}

bool matches(const catalog::Table& table, const SearchTablesRequest& request) {
  if (request.search_text && !request.search_text->empty() && !matches_text(table, *request.search_text)) return false;
  for (const PropertyPredicate& filter : request.filters ? *request.filters : std::vector<PropertyPredicate>{}) {
    if (filter.comparator && *filter.comparator != Comparator::equals) {
      throw Error(errors::not_implemented, "Tarn searches tables by EQUALS only.");
    }
    const auto value = property(table, filter.key.value_or(""));
    if (!value || to_lower(*value).find(to_lower(filter.value.value_or(""))) == std::string::npos) return false;
  }
  return true;
}

void sort_tables(std::vector<Table>& tables, const SearchTablesRequest& request) {
  if (!request.sort_criteria || request.sort_criteria->empty()) return;
  const SortCriterion& first = request.sort_criteria->front();
  const bool by_update = to_lower(first.field_name.value_or("")) == "updatetime";
  const bool descending = first.sort == Sort::desc;
  std::ranges::sort(tables, [&](const Table& a, const Table& b) {
    const bool less = by_update ? a.update_time < b.update_time : a.name < b.name;
    const bool greater = by_update ? b.update_time < a.update_time : b.name < a.name;
    return descending ? greater : less;
  });
}

}  // namespace

Task<SearchTablesOutput> search_tables(Glue& glue, SearchTablesRequest request) {
  const std::string list = "SearchTables";
  check_catalog(glue, request.catalog_id);
  refuse_if(request.resource_share_type, "searching shared tables");
  const std::size_t max = page_size(request.max_results, 1000);
  const std::string after = place_after(list, request.next_token);
  SearchTablesOutput output;
  output.table_list.emplace();
  std::string database_after;
  do {
    auto databases = co_await glue.catalog.list_databases(glue.access, database_after, 100);
    for (const catalog::Database& database : databases.items) {
      std::string table_after;
      do {
        auto tables = co_await glue.catalog.list_tables(glue.access, database.name, {}, table_after, 1000);
        for (catalog::Table& table : tables.items) {
          const std::string place = table.database + "." + table.name;
          if (!after.empty() && place <= after) continue;
          if (!matches(table, request)) continue;
          if (output.table_list->size() == max) {
            const Table& last = output.table_list->back();
            output.next_token = next_page(list, *last.database_name + "." + last.name);
            co_return output;
          }
          output.table_list->push_back(table_to(std::move(table), account_of(glue)));
        }
        table_after = tables.next;
      } while (!table_after.empty());
    }
    database_after = databases.next;
  } while (!database_after.empty());
  sort_tables(*output.table_list, request);
  co_return output;
}

}  // namespace tarn::glue
