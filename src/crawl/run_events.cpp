// Event mode: a crawl looks at what the messages of its queue tell of, and at nothing else.
#include <algorithm>

#include "crawl/classify.h"
#include "crawl/run.h"

namespace tarn::crawl {

namespace errors = catalog::errors;

Task<void> Run::crawl_by_events() {
  const S3Target& target = crawler_.targets.front();
  if (!deps_.queues) throw Error(errors::invalid_input, "This server reads no event queues.");
  EventQueue queue(*deps_.queues, access_, *target.event_queue_arn, target.dead_letter_queue_arn);
  std::exception_ptr failure;
  try {
    co_await queue.read(stop_);
    log_.info("Read " + std::to_string(queue.messages()) + " messages of " + *target.event_queue_arn);
    if (queue.unreadable() > 0) {
      log_.info(std::to_string(queue.unreadable()) + " of them tell of no object: " +
                (target.dead_letter_queue_arn ? "sent to " + *target.dead_letter_queue_arn : "left out"));
    }
    if (crawler_.seen_all) {
      co_await crawl_changes(target, queue.changes());
    } else {
      co_await crawl();
    }
  } catch (...) {
    failure = std::current_exception();
  }
  // Done with them only once what they ask for is in the catalog.
  if (!failure) {
    co_await queue.acknowledge();
    co_return;
  }
  co_await queue.give_back();
  std::rethrow_exception(failure);
}

Task<void> Run::crawl_changes(S3Target target, const std::vector<ChangedObject>& changes) {
  const Place place = place_of(target.path);
  const auto tables = co_await own_tables();
  const Touched touched = touched_by(place, changes, tables);
  log_.benchmark("Crawling " + std::to_string(touched.folders.size()) + " new folders, " +
                 std::to_string(touched.tables.size()) + " tables and partitions of " +
                 std::to_string(touched.partitions.size()) + " tables");
  for (const std::string& folder : touched.folders) {
    auto found = co_await crawl_below(target, folder);
    for (FoundTable& table : found) co_await write(std::move(table));
  }
  for (const std::string& name : touched.tables) co_await crawl_table(place, target, tables.at(name));
  for (const auto& [name, folders] : touched.partitions) {
    co_await crawl_partitions(place, target, tables.at(name), folders);
  }
  log_.benchmark("Finished writing to Catalog");
}

Task<std::map<std::string, catalog::Table>> Run::own_tables() {
  std::map<std::string, catalog::Table> tables;
  if (!co_await deps_.catalog.find_database(access_, *crawler_.database)) co_return tables;
  std::string after;
  do {
    auto page = co_await deps_.catalog.list_tables(access_, *crawler_.database, {}, after, 1'000);
    for (catalog::Table& table : page.items) {
      const auto made_by = table.parameters.find("UPDATED_BY_CRAWLER");
      if (made_by == table.parameters.end() || made_by->second != crawler_.name || !table.storage) continue;
      tables.emplace(table.name, std::move(table));
    }
    after = page.next;
  } while (!after.empty());
  co_return tables;
}

std::string Run::key_prefix(const Place& place, const catalog::Table& table) {
  const std::string bucket = "s3://" + place.bucket.text() + "/";
  const std::string location = table.storage->location.value_or("");
  return location.starts_with(bucket) ? location.substr(bucket.size()) : "";
}

Run::Touched Run::touched_by(const Place& place, const std::vector<ChangedObject>& changes,
                             const std::map<std::string, catalog::Table>& tables) const {
  std::string below = place.prefix;
  if (!below.empty() && !below.ends_with('/')) below += '/';
  Touched touched;
  for (const ChangedObject& change : changes) {
    if (change.bucket != place.bucket.text() || !change.key.starts_with(below) || change.key.ends_with('/')) continue;
    if (is_hidden(change.key, below.size())) continue;
    const catalog::Table* owner = nullptr;
    std::string prefix;
    for (const auto& [name, table] : tables) {
      const std::string candidate = key_prefix(place, table);
      if (candidate.empty() || candidate.size() <= prefix.size() || !change.key.starts_with(candidate)) continue;
      owner = &table;
      prefix = candidate;
    }
    if (!owner) {
      const auto slash = change.key.find('/', below.size());
      touched.folders.insert(slash == std::string::npos ? below : change.key.substr(0, slash + 1));
      continue;
    }
    const auto folder = partition_folder(change.key, prefix, owner->partition_keys.size());
    if (folder) {
      touched.partitions[owner->name].insert(*folder);
    } else {
      touched.tables.insert(owner->name);
    }
  }
  return touched;
}

std::optional<std::string> Run::partition_folder(const std::string& key, const std::string& prefix,
                                                 std::size_t levels) {
  if (levels == 0) return std::nullopt;
  std::size_t at = prefix.size();
  for (; levels > 0; --levels) {
    const auto slash = key.find('/', at);
    if (slash == std::string::npos) return std::nullopt;
    at = slash + 1;
  }
  return key.substr(0, at);
}

Task<void> Run::crawl_table(Place place, S3Target target, catalog::Table table) {
  const std::string prefix = key_prefix(place, table);
  auto files = co_await list(place, target, prefix);
  if (files.empty()) {
    if (crawler_.on_delete != DeleteBehavior::log) co_await vanished(table);
    co_return;
  }
  co_await sample(place, target, files);
  for (FoundTable& found : group(place, std::move(files), prefix)) co_await write(std::move(found));
}

Task<void> Run::crawl_partitions(Place place, S3Target target, catalog::Table table, std::set<std::string> folders) {
  const std::string prefix = key_prefix(place, table);
  FoundTable found{.name = table.name, .location = *table.storage->location, .partition_keys = table.partition_keys};
  found.schema = {.compression = table.storage->compressed.value_or(false) ? "" : "none",
                  .columns = table.storage->columns,
                  .serde = table.storage->serde.value_or(catalog::SerdeInfo{}),
                  .input_format = table.storage->input_format.value_or(""),
                  .output_format = table.storage->output_format.value_or("")};
  for (const std::string& folder : folders) {
    auto files = co_await list(place, target, folder);
    if (files.empty()) {
      log_.info("Nothing is left below s3://" + place.bucket.text() + "/" + folder + ": its partition stays");
      continue;
    }
    co_await sample(place, target, files);
    auto tables = group(place, std::move(files), folder);
    if (tables.size() != 1 || !tables[0].partition_keys.empty()) {
      log_.info("What lies below s3://" + place.bucket.text() + "/" + folder + " is not alike: left out");
      continue;
    }
    found.partitions.push_back({.values = values_of(folder.substr(prefix.size())),
                                .location = "s3://" + place.bucket.text() + "/" + folder,
                                .schema = std::move(tables[0].schema),
                                .files = tables[0].files,
                                .bytes = tables[0].bytes});
  }
  co_await add_columns(table, found);
  co_await write_partitions(table.name, found);
}

std::vector<std::string> Run::values_of(const std::string& folders) {
  std::vector<std::string> values;
  for (std::size_t at = 0; at < folders.size();) {
    const auto slash = folders.find('/', at);
    const std::string part = folders.substr(at, slash - at);
    const auto equals = part.find('=');
    const std::string raw = equals == std::string::npos ? part : part.substr(equals + 1);
    values.push_back(equals == std::string::npos ? raw : uri_decode(raw).value_or(raw));
    at = slash + 1;
  }
  return values;
}

Task<void> Run::add_columns(const catalog::Table& table, const FoundTable& found) {
  if (crawler_.on_update == UpdateBehavior::log) co_return;
  catalog::TableInput input = table;
  for (const FoundPartition& partition : found.partitions) {
    for (const catalog::Column& column : partition.schema.columns) {
      const auto named = [&](const catalog::Column& other) { return other.name == column.name; };
      if (std::ranges::any_of(input.storage->columns, named) || std::ranges::any_of(input.partition_keys, named)) {
        continue;
      }
      input.storage->columns.push_back(column);
    }
  }
  if (!differs(table, input)) co_return;
  co_await deps_.catalog.update_table(access_, *crawler_.database, std::move(input), {});
  ++crawl_.tables_updated;
  log_.info("Updated table " + table.name + ": columns were added");
}

}  // namespace tarn::crawl
