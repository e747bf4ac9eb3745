#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "catalog/found.h"
#include "crawl/codec.h"
#include "crawl/event_queue.h"
#include "crawl/missing.h"
#include "crawl/state.h"

namespace tarn::crawl {
namespace {

namespace errors = catalog::errors;
using nlohmann::json;

constexpr int max_attempts = 20;

// https://docs.aws.amazon.com/glue/latest/dg/crawler-s3-event-notifications.html: one target, its queue, no sampling.
void check_event_mode(const CrawlerInput& input) {
  const bool by_events = input.recrawl == RecrawlBehavior::crawl_event_mode;
  for (const S3Target& target : input.targets) {
    if (by_events != target.event_queue_arn.has_value()) {
      throw Error(errors::invalid_input, by_events ? "CRAWL_EVENT_MODE needs the target's EventQueueArn."
                                                   : "EventQueueArn goes with CRAWL_EVENT_MODE.");
    }
    if (target.dead_letter_queue_arn && !by_events) {
      throw Error(errors::invalid_input, "DlqEventQueueArn goes with CRAWL_EVENT_MODE.");
    }
    if (!by_events) continue;
    if (input.targets.size() > 1) throw Error(errors::invalid_input, "CRAWL_EVENT_MODE takes a single target.");
    if (target.sample_size) throw Error(errors::invalid_input, "CRAWL_EVENT_MODE does not go with SampleSize.");
    event_queue_address(*target.event_queue_arn);
    if (target.dead_letter_queue_arn) event_queue_address(*target.dead_letter_queue_arn);
  }
}

void check(const CrawlerInput& input) {
  if (input.targets.empty()) throw Error(errors::invalid_input, "A crawler needs at least one S3 target.");
  if (!input.database) throw Error(errors::invalid_input, "Missing database name: DatabaseName is required.");
  for (const S3Target& target : input.targets) {
    const bool has_scheme = target.path.starts_with("s3://");
    const std::string rest = has_scheme ? target.path.substr(5) : target.path;
    const std::string bucket = rest.substr(0, rest.find('/'));
    if (!BucketName::parse(bucket))
      throw Error(errors::invalid_input, "The S3 path " + target.path + " names no bucket.");
    if (target.sample_size && (*target.sample_size < 1 || *target.sample_size > 249)) {
      throw Error(errors::invalid_input, "SampleSize must be 1 to 249.");
    }
  }
  CrawlSettings::parse(input.configuration.value_or(""));
  if (input.schedule) check_schedule(*input.schedule);
  check_event_mode(input);
}

}  // namespace

std::string history_key(std::string_view name, const Crawl& crawl) {
  char text[24];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(~to_millis(crawl.started)));
  return history_prefix(name) + text + crawl.id;
}

std::string role_arn(const AccountId& account, const std::string& role) {
  return role.starts_with("arn:") ? role : "arn:aws:iam::" + account.text() + ":role/" + role;
}

Task<void> CrawlLog::flush() {
  if (lines_.empty()) co_return;
  co_await logs_.write(account_, log_group, crawler_, std::move(lines_));
  lines_.clear();
}

Crawlers::Crawlers(Dependencies dependencies) : state_(new State{std::move(dependencies), {}, {}, {}, {}}) {
  state_->watch_schedules();
  state_->deps.queue.handle("crawl", [state = state_.get()](const work::Item& item) { return state->work(item); },
                            {.max_running = 2});
}

Crawlers::~Crawlers() = default;

void Crawlers::on_crawl_ended(CrawlEnded ended) {
  state_->ended = std::move(ended);
}

std::string Crawlers::arn(const AccountId& account, std::string_view name) const {
  return "arn:aws:glue:" + state_->deps.region + ":" + account.text() + ":crawler/" + std::string(name);
}

Task<void> Crawlers::recover() {
  const auto partitions = co_await state_->deps.store.partitions("crawl/", "", 100'000);
  for (const meta::Partition& partition : partitions) {
    const AccountId account = AccountId::trusted(partition.name.substr(6));
    const auto rows =
        co_await state_->deps.store.scan(partition, "c/", meta::end_of_prefix("c/"), {.max_rows = 100'000});
    for (const meta::Row& row : rows) {
      const Crawler crawler = decode_crawler(row.value);
      if (crawler.current) co_await state_->enqueue(account, crawler.name, crawler.current->id);
      co_await state_->begin_schedule(account, crawler);
    }
  }
}

Task<void> Crawlers::State::enqueue(AccountId account, std::string name, std::string crawl_id) {
  const json payload{{"account", account.text()}, {"crawler", name}, {"crawl", crawl_id}};
  co_await deps.queue.enqueue({.id = "crawl/" + crawl_id, .kind = "crawl", .payload = payload.dump()});
}

Task<std::optional<Crawler>> Crawlers::State::change(AccountId account, std::string name,
                                                     std::function<bool(Crawler&)> change) {
  const std::string key = crawler_key(name);
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    const auto row = co_await deps.store.get(partition_of(account), key);
    if (!row) co_return std::nullopt;
    Crawler crawler = decode_crawler(row->value);
    if (!change(crawler)) co_return crawler;
    meta::Batch batch;
    batch.require_version(key, row->version).put(key, encode_crawler(crawler));
    const auto commit = co_await deps.store.commit(partition_of(account), std::move(batch));
    if (commit.applied) co_return crawler;
  }
  throw Error(errors::concurrent_modification, "The crawler " + name + " was changed at the same time.");
}

Task<void> Crawlers::create(const policy::Access& access, CrawlerInput input) {
  const AccountId account = account_of(access);
  co_await access.require("glue:CreateCrawler", arn(account, input.name));
  check(input);
  Crawler crawler;
  static_cast<CrawlerInput&>(crawler) = std::move(input);
  crawler.created = crawler.updated = state_->deps.clocks.lake.now();
  if (crawler.schedule) crawler.schedule_id = state_->deps.random.uuid();
  const std::string key = crawler_key(crawler.name);
  meta::Batch batch;
  batch.require_absent(key).put(key, encode_crawler(crawler));
  const auto commit = co_await state_->deps.store.commit(partition_of(account), std::move(batch));
  if (!commit.applied) throw Error(errors::already_exists, "Crawler with name " + crawler.name + " already exists");
  co_await state_->begin_schedule(account, crawler);
}

Task<Crawler> Crawlers::get(const policy::Access& access, std::string name) {
  const AccountId account = account_of(access);
  co_await access.require("glue:GetCrawler", arn(account, name));
  const auto row = co_await state_->deps.store.get(partition_of(account), crawler_key(name));
  if (!row) no_crawler(name);
  co_return decode_crawler(row->value);
}

Task<catalog::Page<Crawler>> Crawlers::list(const policy::Access& access, std::string after, std::size_t max) {
  const AccountId account = account_of(access);
  catalog::Page<Crawler> page;
  const std::string first = after.empty() ? "c/" : crawler_key(after) + '\0';
  const auto rows =
      co_await state_->deps.store.scan(partition_of(account), first, meta::end_of_prefix("c/"), {.max_rows = max + 1});
  for (const meta::Row& row : rows) {
    if (page.items.size() == max) {
      page.next = page.items.back().name;
      break;
    }
    page.items.push_back(decode_crawler(row.value));
  }
  co_return page;
}

Task<void> Crawlers::update(const policy::Access& access, CrawlerInput input) {
  const AccountId account = account_of(access);
  co_await access.require("glue:UpdateCrawler", arn(account, input.name));
  check(input);
  const std::string name = input.name;
  const std::string schedule_id = state_->deps.random.uuid();
  const Timestamp now = state_->deps.clocks.lake.now();
  const auto changed = co_await state_->change(account, name, [&](Crawler& crawler) {
    if (crawler.state != CrawlerState::ready) {
      throw Error(errors::crawler_running, "Cannot update crawler while it is running: " + name);
    }
    const auto tags = crawler.tags;
    if (crawler.schedule != input.schedule) crawler.schedule_id = input.schedule ? schedule_id : "";
    static_cast<CrawlerInput&>(crawler) = input;
    crawler.tags = tags;
    crawler.updated = now;
    crawler.seen_all = false;
    ++crawler.version;
    return true;
  });
  if (!changed) no_crawler(name);
  co_await state_->begin_schedule(account, *changed);
}

Task<void> Crawlers::remove(const policy::Access& access, std::string name) {
  const AccountId account = account_of(access);
  co_await access.require("glue:DeleteCrawler", arn(account, name));
  const auto row = co_await state_->deps.store.get(partition_of(account), crawler_key(name));
  if (!row) no_crawler(name);
  if (decode_crawler(row->value).state != CrawlerState::ready) {
    throw Error(errors::crawler_running, "Cannot delete crawler while it is running: " + name);
  }
  meta::Batch batch;
  batch.require_version(row->key, row->version).remove(row->key);
  const auto commit = co_await state_->deps.store.commit(partition_of(account), std::move(batch));
  if (!commit.applied) throw Error(errors::crawler_running, "The crawler " + name + " has just been started.");
}

Task<void> Crawlers::start(const policy::Access& access, std::string name) {
  const AccountId account = account_of(access);
  co_await access.require("glue:StartCrawler", arn(account, name));
  Crawl crawl{.id = state_->deps.random.uuid(), .started = state_->deps.clocks.lake.now()};
  const auto changed = co_await state_->change(account, name, [&](Crawler& crawler) {
    if (crawler.state == CrawlerState::stopping) {
      throw Error(errors::crawler_stopping, "Crawler with name " + name + " is stopping");
    }
    if (crawler.state == CrawlerState::running) {
      throw Error(errors::crawler_running, "Crawler with name " + name + " has already started");
    }
    crawler.state = CrawlerState::running;
    crawler.current = crawl;
    return true;
  });
  if (!changed) no_crawler(name);
  co_await state_->enqueue(account, name, crawl.id);
}

Task<bool> Crawlers::start_for_workflow(AccountId account, std::string name, std::string workflow, std::string run) {
  Crawl crawl{.id = state_->deps.random.uuid(), .started = state_->deps.clocks.lake.now()};
  crawl.workflow = workflow;
  crawl.workflow_run = run;
  const auto changed = co_await state_->change(account, name, [&](Crawler& crawler) {
    // The same run asks twice after a crash: its crawl is there.
    if (crawler.current && crawler.current->workflow_run == run) return false;
    if (crawler.state == CrawlerState::ready) {
      crawler.state = CrawlerState::running;
      crawler.current = crawl;
    } else {
      crawler.again = true;
      crawler.again_workflow = workflow;
      crawler.again_workflow_run = run;
    }
    return true;
  });
  if (!changed) co_return false;
  if (changed->current && changed->current->id == crawl.id) co_await state_->enqueue(account, name, crawl.id);
  co_return true;
}

Task<void> Crawlers::stop(const policy::Access& access, std::string name) {
  const AccountId account = account_of(access);
  co_await access.require("glue:StopCrawler", arn(account, name));
  const auto changed = co_await state_->change(account, name, [&](Crawler& crawler) {
    if (crawler.state == CrawlerState::ready) {
      throw Error(errors::crawler_not_running, "Crawler with name " + name + " isn't running");
    }
    if (crawler.state == CrawlerState::stopping) {
      throw Error(errors::crawler_stopping, "Crawler with name " + name + " is already stopping");
    }
    crawler.state = CrawlerState::stopping;
    crawler.again = false;
    return true;
  });
  if (!changed) no_crawler(name);
  const std::lock_guard lock(state_->mutex);
  const auto running = state_->running.find(changed->current->id);
  if (running != state_->running.end()) running->second.request_stop();
}

Task<catalog::Page<Crawl>> Crawlers::history(const policy::Access& access, std::string name, std::string after,
                                             std::size_t max) {
  const AccountId account = account_of(access);
  co_await access.require("glue:ListCrawls", arn(account, name));
  const auto row = co_await state_->deps.store.get(partition_of(account), crawler_key(name));
  if (!row) no_crawler(name);
  catalog::Page<Crawl> page;
  const Crawler crawler = decode_crawler(row->value);
  if (after.empty() && crawler.current) page.items.push_back(*crawler.current);
  const std::string prefix = history_prefix(name);
  const std::string first = after.empty() ? prefix : prefix + after + '\0';
  const auto rows = co_await state_->deps.store.scan(partition_of(account), first, meta::end_of_prefix(prefix),
                                                     {.max_rows = max + 1});
  for (const meta::Row& each : rows) {
    if (page.items.size() == max) {
      page.next = history_key(name, page.items.back()).substr(prefix.size());
      break;
    }
    page.items.push_back(decode_crawl(each.value));
  }
  co_return page;
}

Task<work::Outcome> Crawlers::State::work(const work::Item& item) {
  const json payload = json::parse(item.payload);
  const AccountId account = AccountId::trusted(payload.at("account"));
  const std::string name = payload.at("crawler"), id = payload.at("crawl");
  const auto row = co_await deps.store.get(partition_of(account), crawler_key(name));
  if (!row) co_return work::Done{};
  const Crawler crawler = decode_crawler(row->value);
  // Another crawl is the current one: this one has ended, and its item outlived it.
  if (!crawler.current || crawler.current->id != id) co_return work::Done{};
  Crawl crawl = *crawler.current;

  std::stop_source source;
  {
    const std::lock_guard lock(mutex);
    running[id] = source;
  }
  if (crawler.state == CrawlerState::stopping) source.request_stop();
  // The server's own end stops it too; then it is no failure, and is crawled again after the restart.
  const std::stop_token server = co_await current_stop_token();
  const std::stop_callback forward(server, [&source] { source.request_stop(); });
  try {
    const auto access = co_await deps.assume(role_arn(account, crawler.role), "AWS-Crawler");
    co_await run_crawl(deps, *access, account, crawler, crawl, source.get_token());
    crawl.state = CrawlState::succeeded;
  } catch (const Error& error) {
    crawl.state = CrawlState::failed;
    crawl.error = error.message();
  } catch (const std::exception& error) {
    log::error("a crawl failed", {{"crawler", name}, {"crawl", id}, {"error", error.what()}});
    crawl.state = CrawlState::failed;
    crawl.error = "Internal Service Exception";
  }
  {
    const std::lock_guard lock(mutex);
    running.erase(id);
  }
  if (server.stop_requested()) throw std::runtime_error("the server stops");
  if (source.stop_requested()) crawl.state = CrawlState::cancelled;
  crawl.ended = deps.clocks.lake.now();
  co_await finish(account, crawler, std::move(crawl));
  co_return work::Done{};
}

// The order makes it safe to be cut off anywhere: who waits is told first, the next crawl's row and this one's end are
// one commit, and its item follows or is made good at the next start.
Task<void> Crawlers::State::finish(AccountId account, Crawler crawler, Crawl crawl) {
  CrawlLog log(deps.logs, deps.clocks.wall, account, crawler.name, crawl.id);
  if (!crawl.error.empty()) log.error(crawl.error);
  log.benchmark("Crawler has finished running and is in state READY");
  co_await log.flush();
  if (ended) co_await ended(account, crawler, crawl);
  meta::Batch history;
  history.put(history_key(crawler.name, crawl), encode_crawl(crawl));
  (void)co_await deps.store.commit(partition_of(account), std::move(history));
  Crawl next{.id = deps.random.uuid(), .started = deps.clocks.lake.now()};
  const auto changed = co_await change(account, crawler.name, [&](Crawler& current) {
    if (!current.current || current.current->id != crawl.id) return false;
    current.last = crawl;
    if (crawl.state == CrawlState::succeeded) current.seen_all = true;
    current.current.reset();
    current.state = CrawlerState::ready;
    if (current.again) {
      next.workflow = current.again_workflow;
      next.workflow_run = current.again_workflow_run;
      current.again = false;
      current.state = CrawlerState::running;
      current.current = next;
    }
    return true;
  });
  if (changed && changed->current && changed->current->id == next.id) co_await enqueue(account, crawler.name, next.id);
}

}  // namespace tarn::crawl
