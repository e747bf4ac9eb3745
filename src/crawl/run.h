// One crawl: what lies below the targets, which tables that makes, and the catalog brought up to it.
//
// Its functions are spread over a file for each part of the work.
#pragma once

#include <map>
#include <set>
#include <stop_token>

#include "crawl/event_queue.h"
#include "crawl/grouping.h"
#include "crawl/state.h"

namespace tarn::crawl {

struct Place {
  BucketName bucket;
  std::string prefix;
};
// Of s3://bucket/prefix.
Place place_of(const std::string& path);

// Queries do not see these, so a table must not be made of them. `from`: where the target's own part of the key ends.
bool is_hidden(const std::string& key, std::size_t from);

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

  Task<void> run();

 private:
  // ---- run.cpp: what is there
  Task<void> crawl();
  // Whatever lies in the target, or only below one of its folders.
  Task<std::vector<FoundTable>> crawl_below(S3Target target, std::optional<std::string> under);
  std::vector<FoundTable> group(const Place& place, std::vector<CrawledFile> files, const std::string& prefix);
  // Objects of the target; with `under` only those whose keys begin so.
  Task<std::vector<CrawledFile>> list(Place place, S3Target target, std::optional<std::string> under);
  // Reads the beginnings of some files of each folder, spread evenly.
  Task<void> sample(const Place& place, const S3Target& target, std::vector<CrawledFile>& files);
  Task<void> classify_into(BucketName bucket, CrawledFile& file);

  // ---- run_events.cpp: event mode, what the messages of the queue tell of and nothing else
  // What has to be looked at again: partitions of a table, whole tables, and folders that no table knows.
  struct Touched {
    std::map<std::string, std::set<std::string>> partitions;  // Table → folders.
    std::set<std::string> tables;
    std::set<std::string> folders;
  };
  // The first crawl looks at everything. Messages that are there already tell of what it sees anyway.
  Task<void> crawl_by_events();
  Task<void> crawl_changes(S3Target target, const std::vector<ChangedObject>& changes);
  Task<std::map<std::string, catalog::Table>> own_tables();
  // The part of a table's place that keys begin with.
  static std::string key_prefix(const Place& place, const catalog::Table& table);
  Touched touched_by(const Place& place, const std::vector<ChangedObject>& changes,
                     const std::map<std::string, catalog::Table>& tables) const;
  // The folder so many levels below the table's; none if the table has no partitions, or the key lies above them.
  static std::optional<std::string> partition_folder(const std::string& key, const std::string& prefix,
                                                     std::size_t levels);
  Task<void> crawl_table(Place place, S3Target target, catalog::Table table);
  Task<void> crawl_partitions(Place place, S3Target target, catalog::Table table, std::set<std::string> folders);
  // "year=2013/month=1/" and "2013/01/".
  static std::vector<std::string> values_of(const std::string& folders);
  Task<void> add_columns(const catalog::Table& table, const FoundTable& found);

  // ---- run_catalog.cpp: what is written
  std::string final_name(const FoundTable& table) const;
  // A table of this name that lies elsewhere belongs to someone else: the new one gets a suffix made of its place.
  Task<std::string> name_for(const FoundTable& table);
  catalog::TableInput input_for(const FoundTable& table, std::string name) const;
  static catalog::StorageDescriptor storage_of(const FileSchema& schema, const std::string& location);
  Task<void> write(FoundTable found);
  Task<void> update(const catalog::Table& existing, catalog::TableInput input);
  static bool differs(const catalog::Table& existing, const catalog::TableInput& input);
  Task<void> write_partitions(std::string name, const FoundTable& found);
  // Tables that this crawler made and whose objects are gone.
  Task<void> deal_with_vanished();
  Task<void> vanished(const catalog::Table& table);

  const Dependencies& deps_;
  const policy::Access& access_;
  const Crawler& crawler_;
  Crawl& crawl_;
  std::stop_token stop_;
  CrawlSettings settings_;
  CrawlLog log_;
  std::set<std::string> seen_;
};

}  // namespace tarn::crawl
