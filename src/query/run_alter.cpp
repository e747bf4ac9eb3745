// ALTER TABLE.
#include <algorithm>

#include "query/runner.h"
#include "query/storage.h"

namespace tarn::query {
namespace {

// Values in the order of the table's keys; all keys must be named.
std::vector<std::string> values_of(const catalog::Table& table, const sql::PartitionSpec& spec) {
  std::vector<std::string> values;
  for (const auto& key : table.partition_keys) {
    const auto found = std::ranges::find(spec, key.name, [](const auto& pair) { return pair.first; });
    if (found == spec.end()) refuse("INVALID_PARTITION_VALUE", "Partition key " + key.name + " has no value");
    values.push_back(found->second);
  }
  if (spec.size() != table.partition_keys.size()) {
    refuse("INVALID_PARTITION_VALUE", "The partition does not name the keys of table " + table.name);
  }
  return values;
}

std::string with_slash(std::string location) {
  if (!location.ends_with('/')) location += '/';
  return location;
}

void fail_first(const std::vector<catalog::ItemError>& errors) {
  if (!errors.empty()) throw Error(errors.front().code, errors.front().message);
}

bool satisfies(sql::ComparisonOperator op, int order) {
  switch (op) {
    case sql::ComparisonOperator::equal:
      return order == 0;
    case sql::ComparisonOperator::not_equal:
      return order != 0;
    case sql::ComparisonOperator::less:
      return order < 0;
    case sql::ComparisonOperator::less_or_equal:
      return order <= 0;
    case sql::ComparisonOperator::greater:
      return order > 0;
    case sql::ComparisonOperator::greater_or_equal:
      return order >= 0;
  }
  return false;
}

// Numbers by their value, everything else (dates too) by its text.
int order_of(std::string_view type, const std::string& a, const std::string& b) {
  if (type == "int" || type == "bigint" || type == "smallint" || type == "tinyint") {
    const auto number = [](const std::string& text) { return std::strtoll(text.c_str(), nullptr, 10); };
    const auto x = number(a), y = number(b);
    return x < y ? -1 : x > y ? 1 : 0;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

std::vector<catalog::Column> columns_of(const std::vector<sql::ColumnDefinition>& definitions) {
  std::vector<catalog::Column> columns;
  for (const auto& definition : definitions) {
    columns.push_back({.name = definition.name, .type = definition.type});
    if (!definition.comment.empty()) columns.back().comment = definition.comment;
  }
  return columns;
}

}  // namespace

void Runner::alter(const sql::AlterTable& alter) {
  const catalog::Table table = find(alter.table);
  std::visit([&](const auto& action) { this->alter(table, action); }, alter.action);
  write_text({}, {});
}

void Runner::update_table(const catalog::Table& table, const std::function<void(catalog::TableInput&)>& change) {
  catalog::TableInput input = table;
  change(input);
  sync_wait(core_.dependencies.catalog.update_table(*access_, table.database, std::move(input),
                                                    {.expected_version = std::to_string(table.version)}));
}

void Runner::alter(const catalog::Table& table, const sql::AddPartitions& action) {
  auto& catalog = core_.dependencies.catalog;
  std::vector<catalog::PartitionInput> inputs;
  for (const auto& partition : action.partitions) {
    catalog::PartitionInput input{.values = values_of(table, partition.values), .storage = table.storage};
    const std::string below =
        with_slash(table.storage->location.value_or("")) + partition_path(table.partition_keys, input.values);
    input.storage->location = with_slash(partition.location.empty() ? below : partition.location);
    if (!parse_object_path(*input.storage->location)) {
      refuse("INVALID_TABLE_PROPERTY", "The location is not a valid S3 path: " + partition.location);
    }
    inputs.push_back(std::move(input));
  }
  std::vector<std::vector<std::string>> values;
  for (const auto& input : inputs) values.push_back(input.values);
  const auto existing = sync_wait(catalog.get_partitions(*access_, table.database, table.name, values));
  for (std::size_t i = inputs.size(); i-- > 0;) {
    if (!existing[i]) continue;
    if (!action.if_not_exists) {
      refuse("ALREADY_EXISTS", "Partition already exists: " + partition_path(table.partition_keys, values[i]));
    }
    inputs.erase(inputs.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (!inputs.empty())
    fail_first(sync_wait(catalog.create_partitions(*access_, table.database, table.name, std::move(inputs))));
}

void Runner::alter(const catalog::Table& table, const sql::DropPartitions& action) {
  std::vector<std::vector<std::string>> values;
  const auto partitions = tables_.partitions(table);
  for (const auto& conditions : action.partitions) {
    bool any = false;
    for (const auto& partition : partitions) {
      const bool matches = std::ranges::all_of(conditions, [&](const auto& condition) {
        const auto key = std::ranges::find(table.partition_keys, condition.column, &catalog::Column::name);
        if (key == table.partition_keys.end()) {
          refuse("COLUMN_NOT_FOUND", "Partition key does not exist: " + condition.column);
        }
        const auto& value = partition.values.at(static_cast<std::size_t>(key - table.partition_keys.begin()));
        return satisfies(condition.op, order_of(key->type.value_or("string"), value, condition.value));
      });
      if (matches) values.push_back(partition.values);
      any = any || matches;
    }
    if (!any && !action.if_exists) refuse("NOT_FOUND", "Partition not found in table " + table.name);
  }
  if (!values.empty()) {
    fail_first(sync_wait(
        core_.dependencies.catalog.delete_partitions(*access_, table.database, table.name, std::move(values))));
  }
}

void Runner::alter(const catalog::Table& table, const sql::RenamePartition& action) {
  auto& catalog = core_.dependencies.catalog;
  const auto from = values_of(table, action.from);
  const auto found = sync_wait(catalog.get_partitions(*access_, table.database, table.name, {from}));
  if (!found.front()) refuse("NOT_FOUND", "Partition not found: " + partition_path(table.partition_keys, from));
  catalog::PartitionInput input = *found.front();
  input.values = values_of(table, action.to);
  fail_first(sync_wait(
      catalog.update_partitions(*access_, table.database, table.name, {{.values = from, .input = std::move(input)}})));
}

void Runner::alter(const catalog::Table& table, const sql::AddColumns& action) {
  if (!action.partition.empty()) refuse("NOT_SUPPORTED", "Columns of a single partition cannot be changed");
  auto columns = columns_of(action.columns);
  for (const auto& column : columns) {
    const bool key =
        std::ranges::find(table.partition_keys, column.name, &catalog::Column::name) != table.partition_keys.end();
    const auto& old = table.storage->columns;
    const bool there = !action.replace && std::ranges::find(old, column.name, &catalog::Column::name) != old.end();
    if (key || there) refuse("COLUMN_ALREADY_EXISTS", "Duplicate column name: " + column.name);
  }
  update_table(table, [&](catalog::TableInput& input) {
    if (action.replace) input.storage->columns.clear();
    std::ranges::move(columns, std::back_inserter(input.storage->columns));
  });
}

void Runner::alter(const catalog::Table& table, const sql::SetLocation& action) {
  if (!parse_object_path(action.location)) {
    refuse("INVALID_TABLE_PROPERTY", "The location is not a valid S3 path: " + action.location);
  }
  if (action.partition.empty()) {
    update_table(table, [&](catalog::TableInput& input) { input.storage->location = with_slash(action.location); });
    return;
  }
  auto& catalog = core_.dependencies.catalog;
  const auto values = values_of(table, action.partition);
  const auto found = sync_wait(catalog.get_partitions(*access_, table.database, table.name, {values}));
  if (!found.front()) refuse("NOT_FOUND", "Partition not found: " + partition_path(table.partition_keys, values));
  catalog::PartitionInput input = *found.front();
  if (!input.storage) input.storage = table.storage;
  input.storage->location = with_slash(action.location);
  fail_first(sync_wait(catalog.update_partitions(*access_, table.database, table.name,
                                                 {{.values = values, .input = std::move(input)}})));
}

void Runner::alter(const catalog::Table& table, const sql::SetTableProperties& action) {
  update_table(table, [&](catalog::TableInput& input) {
    for (const auto& [key, value] : action.properties) input.parameters[key] = value;
  });
}

void Runner::alter(const catalog::Table& table, const sql::UnsetTableProperties& action) {
  update_table(table, [&](catalog::TableInput& input) {
    for (const auto& key : action.keys) input.parameters.erase(key);
  });
}

void Runner::alter(const catalog::Table& table, const sql::RenameTable&) {
  refuse("NOT_SUPPORTED", "Table " + table.name + " cannot be renamed: Athena renames Iceberg tables only");
}

void Runner::alter(const catalog::Table& table, const sql::ChangeColumn& action) {
  update_table(table, [&](catalog::TableInput& input) {
    const auto column = std::ranges::find(input.storage->columns, action.from, &catalog::Column::name);
    if (column == input.storage->columns.end()) refuse("COLUMN_NOT_FOUND", "Column does not exist: " + action.from);
    column->name = action.to.name;
    column->type = action.to.type;
    if (!action.to.comment.empty()) column->comment = action.to.comment;
  });
}

void Runner::alter(const catalog::Table& table, const sql::DropColumn& action) {
  update_table(table, [&](catalog::TableInput& input) {
    const auto dropped =
        std::erase_if(input.storage->columns, [&](const auto& column) { return column.name == action.name; });
    if (dropped == 0) refuse("COLUMN_NOT_FOUND", "Column does not exist: " + action.name);
    if (input.storage->columns.empty()) refuse("NOT_SUPPORTED", "The only column of a table cannot be dropped");
  });
}

}  // namespace tarn::query
