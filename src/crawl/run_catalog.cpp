// What a crawl writes: tables, partitions, and what it does with tables whose objects are gone.
#include <algorithm>

#include "base/digest.h"
#include "crawl/classify.h"
#include "crawl/run.h"

namespace tarn::crawl {

std::string Run::final_name(const FoundTable& table) const {
  std::string name = table_name_from(crawler_.table_prefix.value_or("") + table.name);
  return name.substr(0, 128);
}

Task<std::string> Run::name_for(const FoundTable& table) {
  const std::string name = final_name(table);
  const auto existing = co_await deps_.catalog.find_table(access_, *crawler_.database, name);
  if (!existing || (existing->storage && existing->storage->location == table.location)) co_return name;
  const std::string hash = to_hex(as_bytes(md5(as_bytes(table.location))));
  co_return name.substr(0, 95) + "_" + hash;
}

catalog::TableInput Run::input_for(const FoundTable& table, std::string name) const {
  catalog::TableInput input;
  input.name = std::move(name);
  input.owner = "owner";
  input.retention = 0;
  input.table_type = "EXTERNAL_TABLE";
  input.partition_keys = table.partition_keys;
  input.storage = storage_of(table.schema, table.location);
  input.parameters = table.schema.parameters;
  input.parameters["classification"] = table.schema.classification;
  input.parameters["compressionType"] = table.schema.compression;
  input.parameters["typeOfData"] = "file";
  input.parameters["objectCount"] = std::to_string(table.files);
  input.parameters["sizeKey"] = std::to_string(table.bytes);
  if (table.schema.rows > 0 && table.schema.bytes > 0) {
    // From what was sampled: rows of its bytes, spread over all bytes.
    const double size = static_cast<double>(table.schema.bytes) / static_cast<double>(table.schema.rows);
    input.parameters["averageRecordSize"] = std::to_string(static_cast<std::uint64_t>(size));
    input.parameters["recordCount"] =
        std::to_string(static_cast<std::uint64_t>(static_cast<double>(table.bytes) / size));
  }
  input.parameters["CrawlerSchemaSerializerVersion"] = "1.0";
  input.parameters["CrawlerSchemaDeserializerVersion"] = "1.0";
  input.parameters["UPDATED_BY_CRAWLER"] = crawler_.name;
  return input;
}

catalog::StorageDescriptor Run::storage_of(const FileSchema& schema, const std::string& location) {
  catalog::StorageDescriptor storage;
  storage.columns = schema.columns;
  storage.location = location;
  storage.input_format = schema.input_format;
  storage.output_format = schema.output_format;
  storage.compressed = schema.compression != "none";
  storage.number_of_buckets = -1;
  storage.serde = schema.serde;
  storage.stored_as_sub_directories = false;
  return storage;
}

Task<void> Run::write(FoundTable found) {
  check_stop(stop_);
  const std::string name = co_await name_for(found);
  catalog::TableInput input = input_for(found, name);
  // A partition's key may not be a column too.
  std::erase_if(input.storage->columns, [&](const catalog::Column& column) {
    return std::ranges::find(input.partition_keys, column.name, &catalog::Column::name) != input.partition_keys.end();
  });
  seen_.insert(name);
  const auto existing = co_await deps_.catalog.find_table(access_, *crawler_.database, name);
  if (!existing) {
    co_await deps_.catalog.create_table(access_, *crawler_.database, input);
    ++crawl_.tables_created;
    std::string columns;
    for (const auto& column : input.storage->columns)
      columns += (columns.empty() ? "" : ", ") + column.name + " " + column.type.value_or("string");
    log_.info("Created table " + name + " in database " + *crawler_.database + " (" + columns + ")");
  } else {
    co_await update(*existing, std::move(input));
  }
  for (const std::string& reason : found.reasons) log_.info("Table " + name + ": " + reason);
  co_await write_partitions(name, found);
}

Task<void> Run::update(const catalog::Table& existing, catalog::TableInput input) {
  if (crawler_.on_update == UpdateBehavior::log || crawler_.recrawl == RecrawlBehavior::crawl_new_folders_only) {
    if (differs(existing, input))
      log_.info("Table " + existing.name + " differs from what was found; the policy is to log only");
    co_return;
  }
  if (settings_.merge_new_columns) {
    // What is there stays; only columns are added.
    auto columns = existing.storage ? existing.storage->columns : std::vector<catalog::Column>{};
    for (const catalog::Column& column : input.storage->columns) {
      if (std::ranges::find(columns, column.name, &catalog::Column::name) == columns.end()) columns.push_back(column);
    }
    input.storage->columns = std::move(columns);
  }
  input.description = existing.description;
  for (const auto& [key, value] : existing.parameters) {
    if (key != "DEPRECATED_BY_CRAWLER") input.parameters.emplace(key, value);
  }
  if (!differs(existing, input)) co_return;
  co_await deps_.catalog.update_table(access_, *crawler_.database, std::move(input), {});
  ++crawl_.tables_updated;
  log_.info("Updated table " + existing.name);
}

bool Run::differs(const catalog::Table& existing, const catalog::TableInput& input) {
  return existing.storage != input.storage || existing.partition_keys != input.partition_keys ||
         existing.parameters != input.parameters;
}

Task<void> Run::write_partitions(std::string name, const FoundTable& found) {
  if (found.partition_keys.empty()) co_return;
  std::vector<std::vector<std::string>> values;
  for (const FoundPartition& partition : found.partitions) values.push_back(partition.values);
  const auto existing = co_await deps_.catalog.get_partitions(access_, *crawler_.database, name, values);
  std::vector<catalog::PartitionInput> fresh;
  for (std::size_t i = 0; i < found.partitions.size(); ++i) {
    const FoundPartition& partition = found.partitions[i];
    catalog::PartitionInput input{.values = partition.values};
    // Partitions that inherit have the table's columns and SerDe, whatever their own files look like.
    input.storage = storage_of(settings_.partitions_inherit ? found.schema : partition.schema, partition.location);
    input.parameters = {{"objectCount", std::to_string(partition.files)}, {"sizeKey", std::to_string(partition.bytes)}};
    if (!existing[i]) {
      ++crawl_.partitions_created;
    } else if (existing[i]->storage == input.storage && existing[i]->parameters == input.parameters) {
      continue;
    } else if (crawler_.on_update == UpdateBehavior::log) {
      continue;
    }
    fresh.push_back(std::move(input));
  }
  if (fresh.empty()) co_return;
  log_.info("Wrote " + std::to_string(fresh.size()) + " partitions of table " + name);
  co_await deps_.catalog.put_partitions(access_, *crawler_.database, name, std::move(fresh));
}

Task<void> Run::deal_with_vanished() {
  if (crawler_.on_delete == DeleteBehavior::log) co_return;
  std::string after;
  do {
    auto page = co_await deps_.catalog.list_tables(access_, *crawler_.database, {}, after, 1'000);
    for (const catalog::Table& table : page.items) {
      const auto made_by = table.parameters.find("UPDATED_BY_CRAWLER");
      if (made_by == table.parameters.end() || made_by->second != crawler_.name || seen_.contains(table.name)) continue;
      co_await vanished(table);
    }
    after = page.next;
  } while (!after.empty());
}

Task<void> Run::vanished(const catalog::Table& table) {
  if (crawler_.on_delete == DeleteBehavior::delete_from_database) {
    co_await deps_.catalog.delete_table(access_, *crawler_.database, table.name);
    ++crawl_.tables_deleted;
    log_.info("Deleted table " + table.name + ": its objects are gone");
    co_return;
  }
  if (table.parameters.contains("DEPRECATED_BY_CRAWLER")) co_return;
  catalog::TableInput input = table;
  input.parameters["DEPRECATED_BY_CRAWLER"] = std::to_string(to_millis(deps_.clocks.lake.now()));
  co_await deps_.catalog.update_table(access_, *crawler_.database, std::move(input), {});
  ++crawl_.tables_updated;
  log_.info("Deprecated table " + table.name + ": its objects are gone");
}

}  // namespace tarn::crawl
