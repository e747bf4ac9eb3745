// What the files of this folder share.
//
// Rows of partition crawl/<account>:
//   c/<crawler>                      a crawler
//   h/<crawler>\0<~start><crawl id>  a crawl that ended, newest first
#pragma once

#include <map>
#include <mutex>
#include <stop_token>
#include <string>

#include "crawl/crawler.h"
#include "work/recurring.h"

namespace tarn::crawl {

struct Crawlers::State {
  Dependencies deps;
  CrawlEnded ended;
  // Crawls that this process runs, to stop them.
  std::mutex mutex;
  std::map<std::string, std::stop_source> running;

  Task<work::Outcome> work(const work::Item& item);
  // Changes a crawler's row by `change`, as often as it loses a race. `change` returns false to leave it. None: there
  // is no such crawler.
  Task<std::optional<Crawler>> change(AccountId account, std::string name, std::function<bool(Crawler&)> change);
  Task<void> enqueue(AccountId account, std::string name, std::string crawl_id);
  Task<void> finish(AccountId account, Crawler crawler, Crawl crawl);
  // Schedules: crawl/crawler_schedule.cpp. A crawler that runs when its schedule fires is left alone.
  std::unique_ptr<work::Recurring> schedules;
  void watch_schedules();
  Task<void> begin_schedule(AccountId account, Crawler crawler);
  Task<void> fire(work::Firing firing);
};

inline meta::Partition partition_of(const AccountId& account) {
  return {"crawl/" + account.text()};
}
inline std::string crawler_key(std::string_view name) {
  return "c/" + std::string(name);
}
inline std::string history_prefix(std::string_view name) {
  return "h/" + std::string(name) + '\0';
}
std::string history_key(std::string_view name, const Crawl& crawl);

// Does one crawl as `access`; fills the counts of `crawl`. Throws Error with what the crawl failed of.
Task<void> run_crawl(const Dependencies& deps, const policy::Access& access, const AccountId& account,
                     const Crawler& crawler, Crawl& crawl, std::stop_token stop);

// Throws InvalidInputException for what is no cron(…).
void check_schedule(const std::string& expression);

// A role's ARN, from one or from its name.
std::string role_arn(const AccountId& account, const std::string& role);

// Lines of a crawl's log, flushed with its end.
class CrawlLog {
 public:
  CrawlLog(logs::Logs& logs, const Clock& wall, AccountId account, std::string crawler, std::string crawl_id)
      : logs_(logs),
        wall_(wall),
        account_(std::move(account)),
        crawler_(std::move(crawler)),
        id_(std::move(crawl_id)) {}
  void info(const std::string& message) { add("INFO", message); }
  void benchmark(const std::string& message) { add("BENCHMARK", message); }
  void error(const std::string& message) { add("ERROR", message); }
  Task<void> flush();

 private:
  void add(const char* level, const std::string& message) {
    lines_.push_back({.timestamp = wall_.now(), .message = "[" + id_ + "] " + level + " : " + message});
  }
  logs::Logs& logs_;
  const Clock& wall_;
  AccountId account_;
  std::string crawler_, id_;
  std::vector<logs::Event> lines_;
};

}  // namespace tarn::crawl
