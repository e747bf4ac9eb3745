#include <algorithm>
#include <set>

#include "base/digest.h"
#include "crawl/classify.h"
#include "crawl/event_queue.h"
#include "crawl/exclusion.h"
#include "crawl/grouping.h"
#include "crawl/state.h"

namespace tarn::crawl {
namespace {

namespace errors = catalog::errors;

// Files read of a leaf folder where the target says nothing; the others are taken to be like them.
constexpr std::size_t default_sample = 100;
constexpr std::size_t sampled_at_once = 4;

struct Place {
  BucketName bucket;
  std::string prefix;
};

Place place_of(const std::string& path) {
  const std::string rest = path.starts_with("s3://") ? path.substr(5) : path;
  const auto slash = rest.find('/');
  return {BucketName::trusted(rest.substr(0, slash)), slash == std::string::npos ? "" : rest.substr(slash + 1)};
}

std::string folder_of(const std::string& key) {
  const auto slash = key.rfind('/');
  return slash == std::string::npos ? "" : key.substr(0, slash + 1);
}

// Queries do not see these, so a table must not be made of them.
bool is_hidden(const std::string& key, std::size_t from) {
  for (std::size_t at = from; at < key.size();) {
    if (key[at] == '_' || key[at] == '.') return true;
    const auto slash = key.find('/', at);
    if (slash == std::string::npos) return false;
    at = slash + 1;
  }
  return false;
}

void check_stop(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Error(errors::crawler_stopping, "The crawl was stopped.");
}

class Run {
 public:
  Run(const Dependencies& deps, const policy::Access& access, const AccountId& account, const Crawler& crawler,
      Crawl& crawl, std::stop_token stop)
      : deps_(deps),
        access_(access),
        crawler_(crawler),
        crawl_(crawl),
        stop_(std::move(stop)),
        settings_(CrawlSettings::parse(crawler.configuration.value_or(""))),
        log_(deps.logs, deps.clocks.wall, account, crawler.name, crawl.id) {}

  Task<void> run() {
    log_.benchmark("Running Start Crawl for Crawler " + crawler_.name);
    std::exception_ptr failure;
    try {
      if (crawler_.recrawl == RecrawlBehavior::crawl_event_mode) {
        co_await crawl_by_events();
      } else {
        co_await crawl();
      }
    } catch (...) {
      failure = std::current_exception();
    }
    co_await log_.flush();
    if (failure) std::rethrow_exception(failure);
  }

 private:
  Task<void> crawl() {
    std::vector<FoundTable> tables;
    for (const S3Target& target : crawler_.targets) {
      auto found = co_await crawl_below(target, {});
      std::ranges::move(found, std::back_inserter(tables));
    }
    if (settings_.table_threshold && static_cast<std::int64_t>(tables.size()) > *settings_.table_threshold) {
      throw Error(errors::limit_exceeded,
                  "The number of tables detected by crawler is greater than the table threshold value provided. Table "
                  "Threshold value = " +
                      std::to_string(*settings_.table_threshold) + ", Tables detected - " +
                      std::to_string(tables.size()));
    }
    log_.benchmark("Classification complete, writing results to database " + *crawler_.database);
    if (!co_await deps_.catalog.find_database(access_, *crawler_.database)) {
      co_await deps_.catalog.create_database(access_, {.name = *crawler_.database});
      log_.info("Created database " + *crawler_.database);
    }
    for (FoundTable& table : tables) co_await write(std::move(table));
    co_await deal_with_vanished();
    log_.benchmark("Finished writing to Catalog");
  }

  // Whatever lies in the target, or only below one of its folders.
  Task<std::vector<FoundTable>> crawl_below(S3Target target, std::optional<std::string> under) {
    const Place place = place_of(target.path);
    auto files = co_await list(place, target, under);
    log_.info(std::to_string(files.size()) + " objects to look at below " +
              (under ? "s3://" + place.bucket.text() + "/" + *under : target.path));
    co_await sample(place, target, files);
    co_return group(place, std::move(files), place.prefix);
  }

  std::vector<FoundTable> group(const Place& place, std::vector<CrawledFile> files, const std::string& prefix) {
    const GroupingOptions options{.bucket = place.bucket.text(),
                                  .prefix = prefix,
                                  .combine_compatible = settings_.combine_compatible,
                                  .table_level = settings_.table_level};
    Grouping grouping = group_files(std::move(files), options);
    for (const std::string& path : grouping.unknown) log_.info("No classifier knows " + path + ": left out");
    for (const std::string& note : grouping.notes) log_.info(note);
    return std::move(grouping.tables);
  }

  // ---- event mode: what the messages of the queue tell of, and nothing else

  // The first crawl looks at everything. Messages that are there already tell of what it sees anyway.
  Task<void> crawl_by_events() {
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

  // What has to be looked at again: partitions of a table, whole tables, and folders that no table knows.
  struct Touched {
    std::map<std::string, std::set<std::string>> partitions;  // Table → folders.
    std::set<std::string> tables;
    std::set<std::string> folders;
  };

  Task<void> crawl_changes(S3Target target, const std::vector<ChangedObject>& changes) {
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

  Task<std::map<std::string, catalog::Table>> own_tables() {
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

  // The part of a table's place that keys begin with.
  static std::string key_prefix(const Place& place, const catalog::Table& table) {
    const std::string bucket = "s3://" + place.bucket.text() + "/";
    const std::string location = table.storage->location.value_or("");
    return location.starts_with(bucket) ? location.substr(bucket.size()) : "";
  }

  Touched touched_by(const Place& place, const std::vector<ChangedObject>& changes,
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

  // The folder so many levels below the table's; none if the table has no partitions, or the key lies above them.
  static std::optional<std::string> partition_folder(const std::string& key, const std::string& prefix,
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

  Task<void> crawl_table(Place place, S3Target target, catalog::Table table) {
    const std::string prefix = key_prefix(place, table);
    auto files = co_await list(place, target, prefix);
    if (files.empty()) {
      if (crawler_.on_delete != DeleteBehavior::log) co_await vanished(table);
      co_return;
    }
    co_await sample(place, target, files);
    for (FoundTable& found : group(place, std::move(files), prefix)) co_await write(std::move(found));
  }

  Task<void> crawl_partitions(Place place, S3Target target, catalog::Table table, std::set<std::string> folders) {
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

  // "year=2013/month=1/" and "2013/01/".
  static std::vector<std::string> values_of(const std::string& folders) {
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

  Task<void> add_columns(const catalog::Table& table, const FoundTable& found) {
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

  // ---- both modes

  // Objects of the target; with `under` only those whose keys begin so.
  Task<std::vector<CrawledFile>> list(Place place, S3Target target, std::optional<std::string> under) {
    const ExclusionSet exclusions(target.exclusions);
    // s3://b/raw/flights means the folder, not every key that begins so; a path that names one object means it.
    std::string prefix = place.prefix;
    if (!prefix.empty() && !prefix.ends_with('/')) {
      const auto key = ObjectKey::parse(prefix);
      if (!key || !co_await deps_.objects.find(access_, place.bucket, *key)) prefix += '/';
    }
    const std::string folder = folder_of(prefix);
    if (under) prefix = *under;
    std::vector<CrawledFile> files;
    std::size_t hidden = 0, archived = 0, excluded = 0;
    std::string after;
    while (true) {
      check_stop(stop_);
      objects::ListRequest request{.bucket = place.bucket, .prefix = prefix, .delimiter = {}, .after = after};
      const auto page = co_await deps_.objects.list(access_, std::move(request));
      for (const objects::ListedObject& object : page.objects) {
        if (object.size == 0 || object.key.ends_with('/')) continue;
        if (is_hidden(object.key, folder.size())) {
          ++hidden;
        } else if (exclusions.excludes(object.key.substr(folder.size()))) {
          ++excluded;
        } else if (objects::is_archive(object.storage_class) && !object.restored_until) {
          ++archived;
        } else {
          files.push_back({.key = object.key, .size = object.size, .modified = object.modified, .schema = {}});
        }
      }
      if (!page.truncated) break;
      after = page.next_after;
    }
    if (hidden > 0)
      log_.info(std::to_string(hidden) + " objects whose names begin with _ or . are hidden from queries: left out");
    if (archived > 0) log_.info(std::to_string(archived) + " objects are archived and not restored: left out");
    if (excluded > 0) log_.info(std::to_string(excluded) + " objects are excluded by the target's patterns");
    co_return files;
  }

  // Reads the beginnings of some files of each folder, spread evenly.
  Task<void> sample(const Place& place, const S3Target& target, std::vector<CrawledFile>& files) {
    const auto wanted = target.sample_size ? static_cast<std::size_t>(*target.sample_size) : default_sample;
    for (std::size_t first = 0; first < files.size();) {
      const std::string folder = folder_of(files[first].key);
      std::size_t end = first;
      while (end < files.size() && folder_of(files[end].key) == folder) ++end;
      const std::size_t count = end - first, take = std::min(wanted, count);
      std::vector<CrawledFile*> chosen;
      for (std::size_t i = 0; i < take; ++i) chosen.push_back(&files[first + i * count / take]);
      for (std::size_t at = 0; at < chosen.size(); at += sampled_at_once) {
        check_stop(stop_);
        std::vector<Task<void>> tasks;
        for (std::size_t i = at; i < std::min(at + sampled_at_once, chosen.size()); ++i) {
          tasks.push_back(classify_into(place.bucket, *chosen[i]));
        }
        co_await when_all(std::move(tasks));
      }
      first = end;
    }
  }

  Task<void> classify_into(BucketName bucket, CrawledFile& file) {
    file.schema = co_await classify(deps_.objects, access_, bucket, ObjectKey::trusted(file.key), settings_.strict);
    for (const std::string& reason : file.schema->reasons) {
      log_.info("s3://" + bucket.text() + "/" + file.key + ": " + reason);
    }
  }

  std::string final_name(const FoundTable& table) const {
    std::string name = table_name_from(crawler_.table_prefix.value_or("") + table.name);
    return name.substr(0, 128);
  }

  // A table of this name that lies elsewhere belongs to someone else: the new one gets a suffix made of its place.
  Task<std::string> name_for(const FoundTable& table) {
    const std::string name = final_name(table);
    const auto existing = co_await deps_.catalog.find_table(access_, *crawler_.database, name);
    if (!existing || (existing->storage && existing->storage->location == table.location)) co_return name;
    const std::string hash = to_hex(as_bytes(md5(as_bytes(table.location))));
    co_return name.substr(0, 95) + "_" + hash;
  }

  catalog::TableInput input_for(const FoundTable& table, std::string name) const {
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

  static catalog::StorageDescriptor storage_of(const FileSchema& schema, const std::string& location) {
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

  Task<void> write(FoundTable found) {
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

  Task<void> update(const catalog::Table& existing, catalog::TableInput input) {
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

  static bool differs(const catalog::Table& existing, const catalog::TableInput& input) {
    return existing.storage != input.storage || existing.partition_keys != input.partition_keys ||
           existing.parameters != input.parameters;
  }

  Task<void> write_partitions(std::string name, const FoundTable& found) {
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
      input.parameters = {{"objectCount", std::to_string(partition.files)},
                          {"sizeKey", std::to_string(partition.bytes)}};
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

  // Tables that this crawler made and whose objects are gone.
  Task<void> deal_with_vanished() {
    if (crawler_.on_delete == DeleteBehavior::log) co_return;
    std::string after;
    do {
      auto page = co_await deps_.catalog.list_tables(access_, *crawler_.database, {}, after, 1'000);
      for (const catalog::Table& table : page.items) {
        const auto made_by = table.parameters.find("UPDATED_BY_CRAWLER");
        if (made_by == table.parameters.end() || made_by->second != crawler_.name || seen_.contains(table.name))
          continue;
        co_await vanished(table);
      }
      after = page.next;
    } while (!after.empty());
  }

  Task<void> vanished(const catalog::Table& table) {
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

  const Dependencies& deps_;
  const policy::Access& access_;
  const Crawler& crawler_;
  Crawl& crawl_;
  std::stop_token stop_;
  CrawlSettings settings_;
  CrawlLog log_;
  std::set<std::string> seen_;
};

}  // namespace

Task<void> run_crawl(const Dependencies& deps, const policy::Access& access, const AccountId& account,
                     const Crawler& crawler, Crawl& crawl, std::stop_token stop) {
  Run run(deps, access, account, crawler, crawl, std::move(stop));
  co_await run.run();
}

}  // namespace tarn::crawl
