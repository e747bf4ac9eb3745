// crawl: crawlers that fill the Data Catalog from what lies in S3, and the workflows that start them.
//
// A crawl is durable work: its crawler is RUNNING and its item is a row before StartCrawler answers; after a stop it is
// run again from the start, which is harmless, because what it writes depends on the objects alone. A crawl acts as the
// crawler's role and can do nothing else. It never writes half a catalog silently: what it could not read or would not
// merge is in its log, with the reason.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/names.h"
#include "base/os/clock.h"
#include "base/os/random.h"
#include "base/task.h"
#include "catalog/catalog.h"
#include "logs/logs.h"
#include "meta/store.h"
#include "objects/objects.h"
#include "policy/access.h"
#include "work/work.h"

namespace tarn::queues {
class Queues;
}

namespace tarn::crawl {

struct S3Target {
  std::string path;  // s3://bucket/prefix
  std::vector<std::string> exclusions;
  std::optional<std::int64_t> sample_size;  // Files read per leaf folder, 1 to 249.
  // Of event mode: the queue that the bucket tells of its changes, and another for what of it cannot be read.
  std::optional<std::string> event_queue_arn;
  std::optional<std::string> dead_letter_queue_arn;
};

enum class UpdateBehavior { update_in_database, log };
enum class DeleteBehavior { deprecate_in_database, delete_from_database, log };
enum class RecrawlBehavior { crawl_everything, crawl_new_folders_only, crawl_event_mode };

// What the crawler's Configuration document says.
struct CrawlSettings {
  bool merge_new_columns = false;
  bool partitions_inherit = false;
  bool combine_compatible = false;
  std::optional<std::int64_t> table_threshold;
  std::optional<std::int64_t> table_level;
  // AWS's own answers where Tarn's are better: no NA as null, no header of an all-text file.
  bool strict = false;

  // Throws Error(InvalidInputException) that names what is wrong. An empty document is the defaults.
  static CrawlSettings parse(const std::string& configuration);
};

struct CrawlerInput {
  std::string name;
  std::string role;  // An ARN or a role's name.
  std::vector<S3Target> targets;
  std::optional<std::string> database;
  std::optional<std::string> description;
  std::optional<std::string> table_prefix;
  UpdateBehavior on_update = UpdateBehavior::update_in_database;
  DeleteBehavior on_delete = DeleteBehavior::deprecate_in_database;
  RecrawlBehavior recrawl = RecrawlBehavior::crawl_everything;
  std::optional<std::string> configuration;
  std::optional<std::string> schedule;  // cron(…)
  std::map<std::string, std::string> tags;
};

enum class CrawlState { running, succeeded, failed, cancelled };

struct Crawl {
  std::string id;
  CrawlState state = CrawlState::running;
  Timestamp started;
  std::optional<Timestamp> ended;
  std::string error;
  std::string workflow;  // Of the run that started it, or empty.
  std::string workflow_run;
  std::int64_t tables_created = 0, tables_updated = 0, tables_deleted = 0;
  std::int64_t partitions_created = 0;
};

enum class CrawlerState { ready, running, stopping };

struct Crawler : CrawlerInput {
  CrawlerState state = CrawlerState::ready;
  Timestamp created;
  Timestamp updated;
  std::int64_t version = 1;
  std::optional<Crawl> current;
  std::optional<Crawl> last;
  // Something asked for a crawl while one ran: exactly one further follows.
  bool again = false;
  std::string again_workflow;
  std::string again_workflow_run;
  // Event mode: everything was looked at once, so that what has changed since is enough.
  bool seen_all = false;
  // New whenever its schedule begins anew; empty: the crawler has none, or it was stopped.
  std::string schedule_id;
};

// Who waits for a crawl's end. Called at least once, before the crawl's item is done.
using CrawlEnded = std::function<Task<void>(const AccountId& account, const Crawler& crawler, const Crawl& crawl)>;

struct Dependencies {
  meta::Store& store;
  objects::Objects& objects;
  catalog::Catalog& catalog;
  logs::Logs& logs;
  work::Queue& queue;
  Clocks clocks;
  Random& random;
  std::string region;
  // Makes the Access of a crawler's role, as glue.amazonaws.com; `role` is an ARN.
  std::function<Task<std::shared_ptr<const policy::Access>>(std::string role, std::string session)> assume;
  // For crawlers in event mode; without it they are refused.
  queues::Queues* queues = nullptr;
};

using Tags = std::map<std::string, std::string>;
using ChangeTags = std::function<void(Tags&)>;

class Crawlers {
 public:
  // Registers its kind of work with the queue. Stop the queue first.
  explicit Crawlers(Dependencies dependencies);
  ~Crawlers();

  void on_crawl_ended(CrawlEnded ended);
  // At start, before the queue: crawls whose item was never written are enqueued again.
  Task<void> recover();

  Task<void> create(const policy::Access& access, CrawlerInput input);
  Task<Crawler> get(const policy::Access& access, std::string name);
  Task<catalog::Page<Crawler>> list(const policy::Access& access, std::string after, std::size_t max);
  // Refused while it runs (CrawlerRunningException).
  Task<void> update(const policy::Access& access, CrawlerInput input);
  Task<void> remove(const policy::Access& access, std::string name);
  // CrawlerRunningException while it runs.
  Task<void> start(const policy::Access& access, std::string name);
  Task<void> stop(const policy::Access& access, std::string name);
  // Newest first.
  Task<catalog::Page<Crawl>> history(const policy::Access& access, std::string name, std::string after,
                                     std::size_t max);

  // NoScheduleException, SchedulerRunningException, SchedulerNotRunningException where there is nothing to do. What
  // update_schedule() sets begins; none takes the schedule away.
  Task<void> start_schedule(const policy::Access& access, std::string name);
  Task<void> stop_schedule(const policy::Access& access, std::string name);
  Task<void> update_schedule(const policy::Access& access, std::string name, std::optional<std::string> schedule);

  // The tags after `change` (if there is one) had them. Tags have permissions of their own, which the request asked
  // for; this asks for none.
  Task<Tags> tags(AccountId account, std::string name, ChangeTags change = {});

  // For a workflow: the same, but one that runs already is crawled once more afterwards. False: there is no such
  // crawler.
  Task<bool> start_for_workflow(AccountId account, std::string name, std::string workflow, std::string run);

  std::string arn(const AccountId& account, std::string_view name) const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

inline constexpr const char* log_group = "/aws-glue/crawlers";

}  // namespace tarn::crawl
