// What the lake can do, from the bottom up; who does it where is chosen here.
#include <fstream>
#include <thread>

#include "app/lake.h"
#include "base/log.h"
#include "base/os/machine.h"
#include "catalog/deletion.h"

namespace tarn::app {

namespace {

// The operator's list, or the one that is built in.
tiers::Prices prices_in(const std::string& path) {
  std::ifstream file(path);
  if (!file) return tiers::built_in_prices();
  const std::string text(std::istreambuf_iterator<char>(file), {});
  try {
    return tiers::parse_prices(text);
  } catch (const std::runtime_error& problem) {
    throw std::runtime_error(path + ": " + problem.what());
  }
}

duck::EngineOptions engine_options(const ServeOptions& options, const std::string& folder) {
  const std::uint64_t quarter = memory_of_machine() / 4;
  duck::EngineOptions engine;
  engine.memory_bytes = options.query_memory_mib ? std::uint64_t{*options.query_memory_mib} << 20
                                                 : std::max<std::uint64_t>(quarter, 256 << 20);
  const unsigned cores = std::max(std::thread::hardware_concurrency(), 1u);
  engine.threads = static_cast<int>(options.query_threads > 0 ? options.query_threads : cores);
  if (options.query_spill_mib > 0) engine.spill_directory = folder + "/spill";
  engine.spill_bytes = std::uint64_t{options.query_spill_mib} << 20;
  return engine;
}

}  // namespace

void Lake::make_domains() {
  queue_ = std::make_unique<work::Queue>(*meta_, lake_clock_);
  const Clocks clocks{.wall = wall_, .lake = lake_clock_};
  queues_ = std::make_unique<queues::Queues>(queues::Dependencies{
      .store = *meta_, .queue = *queue_, .lake = lake_clock_, .random = random_, .region = options_.region});
  queue_policies_ = std::make_unique<queues::QueuePolicies>(*queues_);
  resource_policies_.add("sqs", *queue_policies_);
  events_ =
      std::make_unique<events::Events>(*meta_, *queue_, clocks, random_, options_.region, [this](std::string role) {
        return identity_->assume_for_service(std::move(role), "events.amazonaws.com", "tarn-events");
      });
  make_notifier();
  make_objects();
  notifier_->watch(*objects_);
  make_replicator();
  make_audit();
  logs_ = std::make_unique<logs::Logs>(*meta_, wall_);
  catalog_ = std::make_unique<catalog::Catalog>(*meta_, clocks, random_, options_.region);
  make_crawlers();
  make_queries();
  make_traffic();
  make_training();
}

// Whom events and changes of buckets may reach.
void Lake::make_notifier() {
  queue_target_ = std::make_unique<notify::QueueTarget>(*queues_, [this](std::string service, policy::Facts facts) {
    return service_access(std::move(service), std::move(facts));
  });
  std::map<std::string, notify::Webhook> webhooks;
  for (const auto& [name, url] : options_.webhooks) {
    const auto secret = options_.webhook_secrets.find(name);
    webhooks[name] = {.url = *http::Url::parse(url),
                      .secret = secret == options_.webhook_secrets.end() ? "" : secret->second};
  }
  webhook_target_ = std::make_unique<notify::WebhookTarget>(std::move(webhooks));
  notifier_ = std::make_unique<notify::Notifier>(
      *meta_, *queue_, *events_, wall_,
      [this](std::vector<notify::LogLine> lines) { return keep_lines("/tarn/s3/notifications", std::move(lines)); });
  for (events::Target* target :
       {static_cast<events::Target*>(queue_target_.get()), static_cast<events::Target*>(webhook_target_.get())}) {
    events_->add_target(*target);
    notifier_->add_target(*target);
  }
}

// A service that acts by itself, as resource policies know it.
std::shared_ptr<const policy::Access> Lake::service_access(std::string service, policy::Facts circumstances) const {
  policy::Principal principal;
  principal.kind = policy::Principal::Kind::service;
  principal.arn = std::move(service);
  return identity_->access(policy::make_rights(std::move(principal)), std::move(circumstances));
}

// What a domain logs of a bucket: in a log group of the bucket's owner, a stream a bucket.
template <typename LogLine>
Task<void> Lake::keep_lines(std::string group, std::vector<LogLine> lines) {
  std::map<std::pair<AccountId, std::string>, std::vector<logs::Event>> by_bucket;
  for (LogLine& line : lines) {
    by_bucket[{line.account, line.bucket}].push_back({.timestamp = line.time, .message = std::move(line.text)});
  }
  for (auto& [where, events] : by_bucket) {
    co_await logs_->write(where.first, group, where.second, std::move(events));
  }
}

void Lake::make_replicator() {
  std::map<std::string, replicate::Remote> remotes;
  for (const auto& [name, url] : options_.replication_targets) {
    const std::string& key = options_.replication_keys.at(name);
    const std::size_t colon = key.find(':');
    remotes[name] = {.url = *http::Url::parse(url),
                     .access_key_id = key.substr(0, colon),
                     .secret_access_key = key.substr(colon + 1),
                     .region = options_.region};
  }
  replicator_ = std::make_unique<replicate::Replicator>(replicate::Dependencies{
      .store = *meta_,
      .queue = *queue_,
      .objects = *objects_,
      .wall = wall_,
      .metrics = metrics_,
      .remotes = std::move(remotes),
      .assume =
          [this](std::string role) {
            return identity_->assume_for_service(std::move(role), "s3.amazonaws.com", "s3-replication");
          },
      .require_pass_role =
          [this](const policy::Access& caller, std::string role) {
            return identity_->require_pass_role(caller, std::move(role), "s3.amazonaws.com");
          },
      .keep_log =
          [this](std::vector<replicate::LogLine> lines) {
            return keep_lines("/tarn/s3/replication", std::move(lines));
          }});
  replicator_->start();
}

void Lake::make_objects() {
  objects::Options options{.region = options_.region, .relaxed = options_.relaxed, .sealed = options_.sealed};
  for (std::uint8_t number = first_storage_class; number <= last_storage_class; ++number) {
    options.tiers[number] = blob::Tier{number};
  }
  objects_ = std::make_unique<objects::Objects>(objects::Dependencies{.meta = *meta_,
                                                                      .blobs = *blobs_,
                                                                      .clock = lake_clock_,
                                                                      .random = random_,
                                                                      .hook = notifier_.get(),
                                                                      .keys = keyring_.get(),
                                                                      .options = options});
  bucket_policies_ = std::make_unique<objects::BucketPolicies>(*objects_);
  resource_policies_.add("s3", *bucket_policies_);
  identity_->use_resource_policies(resource_policies_);
  // Finds something after a crash only, and in the background: a walk over all rows, for copies, takes a while.
  queue_->every("sweep orphans", std::chrono::hours(24), [this]() -> Task<void> {
    return [](objects::Objects& objects) -> Task<void> {
      const std::size_t orphans = co_await objects.sweep_orphans();
      if (orphans > 0) log::info("removed blobs that nothing names", {{"count", orphans}});
    }(*objects_);
  });
  queue_->every("finish deletions of the catalog", std::chrono::hours(24), [this]() -> Task<void> {
    return [](meta::Store& rows) -> Task<void> { (void)co_await catalog::finish_deletions(rows); }(*meta_);
  });
  queue_->every("collect garbage", std::chrono::minutes(1), [this]() -> Task<void> {
    return [](objects::Objects& objects) -> Task<void> { co_await objects.collect_garbage(10'000); }(*objects_);
  });
  scrubber_ = std::make_unique<objects::Scrubber>(*meta_, *blobs_, wall_);
  if (const std::uint64_t rate = std::uint64_t{options_.scrub_mib_per_second} << 20) {
    queue_->every("scrub", std::chrono::seconds(1), [this, rate] { return scrubber_->step(rate); });
  }
  tiers::SweepOptions sweep_options;
  if (options_.lifecycle_day_seconds) sweep_options.day = std::chrono::seconds(*options_.lifecycle_day_seconds);
  sweep_ = std::make_unique<tiers::Sweep>(*objects_, lake_clock_, sweep_options);
  sweep_->install(*queue_);
  prices_ = prices_in(folder_.prices());
}

void Lake::make_audit() {
  audit_ = std::make_unique<audit::Audit>(*meta_, wall_, random_);
  audit_seam_ = std::make_unique<AuditSeam>(*audit_, *identity_, wall_);
  trail_buckets_ = std::make_unique<TrailBuckets>(*objects_, *identity_);
  audit_->trails().use_sink(*trail_buckets_);
  identity_->use_denial_listener(*audit_seam_);
  sync_wait(audit_->open());
  queue_->every("write the audit", std::chrono::milliseconds(500), [this] { return audit_->flush(); });
  queue_->every("deliver trails", std::chrono::minutes(1), [this] { return audit_->trails().deliver_all(); });
  queue_->every("forget old audit records", std::chrono::hours(24), [this] { return audit_->expire(); });
}

void Lake::make_crawlers() {
  const Clocks clocks{.wall = wall_, .lake = lake_clock_};
  crawlers_ = std::make_unique<crawl::Crawlers>(crawl::Dependencies{
      .store = *meta_,
      .objects = *objects_,
      .catalog = *catalog_,
      .logs = *logs_,
      .queue = *queue_,
      .clocks = clocks,
      .random = random_,
      .region = options_.region,
      .assume =
          [this](std::string role, std::string session) {
            return identity_->assume_for_service(std::move(role), "glue.amazonaws.com", std::move(session));
          },
      .queues = queues_.get()});
  workflows_ = std::make_unique<crawl::Workflows>(*meta_, *queue_, *crawlers_, clocks, random_, options_.region);
  events_->add_target(*workflows_);
}

void Lake::make_queries() {
  engine_ = std::make_unique<duck::Engine>(engine_options(options_, folder_.path()));
  inventories_ = std::make_unique<inventory::Inventories>(inventory::Dependencies{
      .store = *meta_,
      .objects = *objects_,
      .queue = *queue_,
      .engine = *engine_,
      .lake = lake_clock_,
      .random = random_,
      .owner_access = [this](const AccountId& owner) { return root_access(owner); },
      .service_access = [this](std::string service,
                               policy::Facts facts) { return service_access(std::move(service), std::move(facts)); }});
  queries_ = std::make_unique<query::Queries>(
      query::Dependencies{.meta = *meta_,
                          .catalog = *catalog_,
                          .objects = *objects_,
                          .queue = *queue_,
                          .engine = *engine_,
                          .clocks = {.wall = wall_, .lake = lake_clock_},
                          .random = random_,
                          .region = options_.region,
                          .keep = [this](const policy::Access& access) { return identity_->keep(access); },
                          .service_access = [this](const AccountId& account) { return root_access(account); }});
}

void Lake::make_traffic() {
  traffic_ = std::make_unique<traffic::Traffic>(
      traffic::Dependencies{.objects = *objects_,
                            .queue = *queue_,
                            .lake = lake_clock_,
                            .random = random_,
                            .service_access = [this](std::string service, policy::Facts facts) {
                              return service_access(std::move(service), std::move(facts));
                            }});
  sync_wait(traffic_->open());
}

// The server's own rights in an account, for what it does unasked.
std::shared_ptr<const policy::Access> Lake::root_access(const AccountId& account) const {
  policy::Principal root;
  root.kind = policy::Principal::Kind::root;
  root.account = account;
  root.arn = policy::root_arn(account);
  root.user_id = account.text();
  return identity_->access(policy::make_rights(std::move(root)), {});
}

// What a process before this one left undone; then work goes on.
Task<void> Lake::recover() {
  co_await events_->recover();
  co_await crawlers_->recover();
  co_await workflows_->recover();
  co_await queries_->recover();
  co_await queue_->start();
  co_await training_->start();
}

}  // namespace tarn::app
