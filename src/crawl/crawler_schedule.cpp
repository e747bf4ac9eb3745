// Crawlers on a schedule: https://docs.aws.amazon.com/glue/latest/dg/schedule-crawler.html
#include "catalog/found.h"
#include "crawl/missing.h"
#include "crawl/state.h"
#include "work/schedule.h"

namespace tarn::crawl {
namespace {

namespace errors = catalog::errors;

constexpr ErrorCode no_schedule{"NoScheduleException", 400};
constexpr ErrorCode scheduler_running{"SchedulerRunningException", 400};
constexpr ErrorCode scheduler_not_running{"SchedulerNotRunningException", 400};

}  // namespace

void check_schedule(const std::string& expression) {
  if (expression.starts_with("cron(") && work::Schedule::parse(expression)) return;
  throw Error(errors::invalid_input, "Invalid cron expression: " + expression);
}

void Crawlers::State::watch_schedules() {
  schedules = std::make_unique<work::Recurring>(
      deps.queue, deps.clocks.lake, "crawler-schedule",
      [this](AccountId account, std::string name) -> Task<std::optional<work::Plan>> {
        const auto crawler = co_await change(account, name, [](Crawler&) { return false; });
        if (!crawler || !crawler->schedule || crawler->schedule_id.empty()) co_return std::nullopt;
        co_return work::Plan{.id = crawler->schedule_id, .expression = *crawler->schedule};
      },
      [this](work::Firing firing) { return fire(std::move(firing)); });
}

Task<void> Crawlers::State::begin_schedule(AccountId account, Crawler crawler) {
  if (!crawler.schedule || crawler.schedule_id.empty()) co_return;
  co_await schedules->begin(account, crawler.name, {.id = crawler.schedule_id, .expression = *crawler.schedule});
}

// The crawl has the firing's id, so that a firing that is told twice is one crawl.
Task<void> Crawlers::State::fire(work::Firing firing) {
  Crawl crawl{.id = firing.id, .started = deps.clocks.lake.now()};
  const auto changed = co_await change(firing.account, firing.name, [&](Crawler& crawler) {
    if (crawler.state != CrawlerState::ready || (crawler.last && crawler.last->id == firing.id)) return false;
    crawler.state = CrawlerState::running;
    crawler.current = crawl;
    return true;
  });
  if (changed && changed->current && changed->current->id == firing.id)
    co_await enqueue(firing.account, firing.name, firing.id);
}

Task<void> Crawlers::start_schedule(const policy::Access& access, std::string name) {
  const AccountId account = account_of(access);
  co_await access.require("glue:StartCrawlerSchedule", arn(account, name));
  const std::string id = state_->deps.random.uuid();
  const auto changed = co_await state_->change(account, name, [&](Crawler& crawler) {
    if (!crawler.schedule) throw Error(no_schedule, "Crawler with name " + name + " has no schedule");
    if (!crawler.schedule_id.empty())
      throw Error(scheduler_running, "The schedule of crawler " + name + " is already running");
    crawler.schedule_id = id;
    return true;
  });
  if (!changed) no_crawler(name);
  co_await state_->begin_schedule(account, *changed);
}

Task<void> Crawlers::stop_schedule(const policy::Access& access, std::string name) {
  const AccountId account = account_of(access);
  co_await access.require("glue:StopCrawlerSchedule", arn(account, name));
  const auto changed = co_await state_->change(account, name, [&](Crawler& crawler) {
    if (crawler.schedule_id.empty())
      throw Error(scheduler_not_running, "The schedule of crawler " + name + " is not running");
    crawler.schedule_id.clear();
    return true;
  });
  if (!changed) no_crawler(name);
}

Task<void> Crawlers::update_schedule(const policy::Access& access, std::string name,
                                     std::optional<std::string> schedule) {
  const AccountId account = account_of(access);
  co_await access.require("glue:UpdateCrawlerSchedule", arn(account, name));
  if (schedule && schedule->empty()) schedule.reset();
  if (schedule) check_schedule(*schedule);
  const std::string id = state_->deps.random.uuid();
  const auto changed = co_await state_->change(account, name, [&](Crawler& crawler) {
    crawler.schedule = schedule;
    crawler.schedule_id = schedule ? id : "";
    return true;
  });
  if (!changed) no_crawler(name);
  co_await state_->begin_schedule(account, *changed);
}

}  // namespace tarn::crawl
