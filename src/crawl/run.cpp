#include "crawl/run.h"

#include <algorithm>

#include "crawl/classify.h"
#include "crawl/exclusion.h"

namespace tarn::crawl {
namespace {

namespace errors = catalog::errors;

// Files read of a leaf folder where the target says nothing; the others are taken to be like them.
constexpr std::size_t default_sample = 100;
constexpr std::size_t sampled_at_once = 4;

std::string folder_of(const std::string& key) {
  const auto slash = key.rfind('/');
  return slash == std::string::npos ? "" : key.substr(0, slash + 1);
}

}  // namespace

Place place_of(const std::string& path) {
  const std::string rest = path.starts_with("s3://") ? path.substr(5) : path;
  const auto slash = rest.find('/');
  return {BucketName::trusted(rest.substr(0, slash)), slash == std::string::npos ? "" : rest.substr(slash + 1)};
}

bool is_hidden(const std::string& key, std::size_t from) {
  for (std::size_t at = from; at < key.size();) {
    if (key[at] == '_' || key[at] == '.') return true;
    const auto slash = key.find('/', at);
    if (slash == std::string::npos) return false;
    at = slash + 1;
  }
  return false;
}

Task<void> Run::run() {
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

Task<void> Run::crawl() {
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

Task<std::vector<FoundTable>> Run::crawl_below(S3Target target, std::optional<std::string> under) {
  const Place place = place_of(target.path);
  auto files = co_await list(place, target, under);
  log_.info(std::to_string(files.size()) + " objects to look at below " +
            (under ? "s3://" + place.bucket.text() + "/" + *under : target.path));
  co_await sample(place, target, files);
  co_return group(place, std::move(files), place.prefix);
}

std::vector<FoundTable> Run::group(const Place& place, std::vector<CrawledFile> files, const std::string& prefix) {
  const GroupingOptions options{.bucket = place.bucket.text(),
                                .prefix = prefix,
                                .combine_compatible = settings_.combine_compatible,
                                .table_level = settings_.table_level};
  Grouping grouping = group_files(std::move(files), options);
  for (const std::string& path : grouping.unknown) log_.info("No classifier knows " + path + ": left out");
  for (const std::string& note : grouping.notes) log_.info(note);
  return std::move(grouping.tables);
}

Task<std::vector<CrawledFile>> Run::list(Place place, S3Target target, std::optional<std::string> under) {
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

Task<void> Run::sample(const Place& place, const S3Target& target, std::vector<CrawledFile>& files) {
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

Task<void> Run::classify_into(BucketName bucket, CrawledFile& file) {
  file.schema =
      co_await classify(deps_.objects, access_, bucket, ObjectKey::trusted(file.key), settings_.strict, stop_);
  for (const std::string& reason : file.schema->reasons) {
    log_.info("s3://" + bucket.text() + "/" + file.key + ": " + reason);
  }
}

Task<void> run_crawl(const Dependencies& deps, const policy::Access& access, const AccountId& account,
                     const Crawler& crawler, Crawl& crawl, std::stop_token stop) {
  Run run(deps, access, account, crawler, crawl, std::move(stop));
  co_await run.run();
}

}  // namespace tarn::crawl
