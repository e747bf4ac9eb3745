#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/log.h"
#include "catalog/found.h"
#include "crawl/missing.h"
#include "crawl/workflow_state.h"

namespace tarn::crawl {
namespace {

namespace errors = catalog::errors;
using nlohmann::json;

constexpr int max_attempts = 20;

bool is_over(RunState state) {
  return state != RunState::running && state != RunState::stopping;
}

// Has the trigger what it waits for, in this run?
bool fires(const Trigger& trigger, const WorkflowRun& run) {
  if (trigger.type != TriggerType::conditional || !trigger.activated) return false;
  const auto holds = [&run](const TriggerCondition& condition) {
    return std::ranges::any_of(run.steps, [&](const RunStep& step) {
      return step.crawler == condition.crawler && step.ended == condition.state;
    });
  };
  return trigger.any ? std::ranges::any_of(trigger.conditions, holds) : std::ranges::all_of(trigger.conditions, holds);
}

bool has_fired(const Trigger& trigger, const WorkflowRun& run) {
  return std::ranges::any_of(run.steps, [&](const RunStep& step) { return step.trigger == trigger.name; });
}

std::string payload_of(const AccountId& account, const std::string& workflow, const std::string& id) {
  return json{{"account", account.text()}, {"workflow", workflow}, {"id", id}}.dump();
}

}  // namespace

Task<std::optional<std::pair<WorkflowRun, meta::Row>>> Workflows::State::find_run(AccountId account,
                                                                                  std::string workflow,
                                                                                  std::string id) {
  std::string first = runs_prefix(workflow);
  while (true) {
    const auto rows = co_await store.scan(workflow_partition(account), first,
                                          meta::end_of_prefix(runs_prefix(workflow)), meta::ScanLimits{});
    if (rows.empty()) co_return std::nullopt;
    for (const meta::Row& row : rows) {
      if (row.key.ends_with(id)) co_return std::pair(decode_run(row.value), row);
    }
    first = rows.back().key + '\0';
  }
}

Task<std::string> Workflows::State::begin_run(AccountId account, std::string workflow, std::string run_id,
                                              std::map<std::string, std::string> properties,
                                              std::vector<std::string> event_ids) {
  const auto row = co_await store.get(workflow_partition(account), workflow_key(workflow));
  if (!row) no_workflow(workflow);
  Workflow definition = decode_workflow(row->value);
  if (definition.max_concurrent_runs) {
    const auto runs = co_await store.scan(workflow_partition(account), runs_prefix(workflow),
                                          meta::end_of_prefix(runs_prefix(workflow)), {.max_rows = 10'000});
    const auto running =
        std::ranges::count_if(runs, [](const meta::Row& run) { return !is_over(decode_run(run.value).state); });
    if (running >= *definition.max_concurrent_runs) {
      throw Error(errors::concurrent_runs,
                  "The workflow " + workflow + " has as many runs as MaxConcurrentRuns allows.");
    }
  }
  WorkflowRun run{.id = run_id, .workflow = workflow, .started = clocks.lake.now()};
  run.properties = definition.default_properties;
  for (auto& [name, value] : properties) run.properties[name] = std::move(value);
  run.event_ids = std::move(event_ids);
  const auto triggers = co_await triggers_of(account, workflow);
  for (const Trigger& trigger : triggers) {
    if (trigger.type == TriggerType::conditional) continue;
    for (const std::string& crawler : trigger.crawlers) {
      run.steps.push_back({.trigger = trigger.name, .crawler = crawler, .ended = {}, .crawl_id = {}});
    }
  }
  if (run.steps.empty())
    throw Error(errors::invalid_input, "The workflow " + workflow + " has no trigger that starts it.");
  definition.last_run = run_id;
  meta::Batch batch;
  batch.require_present(workflow_key(workflow)).require_absent(run_key(run)).put(run_key(run), encode(run));
  batch.put(workflow_key(workflow), encode(definition));
  const auto commit = co_await store.commit(workflow_partition(account), std::move(batch));
  if (!commit.applied) throw Error(errors::concurrent_modification, "The workflow was changed at the same time.");
  co_await queue.enqueue(
      {.id = "workflow-run/" + run_id, .kind = "workflow-run", .payload = payload_of(account, workflow, run_id)});
  co_return run_id;
}

Task<work::Outcome> Workflows::State::run_work(const work::Item& item) {
  const json payload = json::parse(item.payload);
  co_await advance(AccountId::trusted(payload.at("account")), payload.at("workflow"), payload.at("id"));
  co_return work::Done{};
}

// What is started twice does no harm: a crawler knows the run that it crawls for.
Task<void> Workflows::State::advance(AccountId account, std::string workflow, std::string run_id) {
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    auto found = co_await find_run(account, workflow, run_id);
    if (!found || is_over(found->first.state)) co_return;
    WorkflowRun& run = found->first;
    if (run.state == RunState::running) {
      const auto triggers = co_await triggers_of(account, workflow);
      for (const Trigger& trigger : triggers) {
        if (has_fired(trigger, run) || !fires(trigger, run)) continue;
        for (const std::string& crawler : trigger.crawlers) {
          run.steps.push_back({.trigger = trigger.name, .crawler = crawler, .ended = {}, .crawl_id = {}});
        }
      }
    }
    for (RunStep& step : run.steps) {
      if (step.ended || run.state != RunState::running) continue;
      if (!co_await crawlers.start_for_workflow(account, step.crawler, workflow, run_id)) {
        step.ended = CrawlState::failed;
        run.error = "Crawler with name " + step.crawler + " does not exist";
      }
    }
    const bool all_ended = std::ranges::all_of(run.steps, [](const RunStep& step) { return step.ended.has_value(); });
    if (all_ended) {
      run.state = run.state == RunState::stopping ? RunState::stopped
                  : run.error.empty()             ? RunState::completed
                                                  : RunState::error;
      run.ended = clocks.lake.now();
    }
    meta::Batch batch;
    batch.require_version(found->second.key, found->second.version).put(found->second.key, encode(run));
    const auto commit = co_await store.commit(workflow_partition(account), std::move(batch));
    if (commit.applied) co_return;
  }
  throw std::runtime_error("a workflow's run changes too often");
}

Task<void> Workflows::State::crawl_ended(AccountId account, const Crawler& crawler, const Crawl& crawl) {
  if (crawl.workflow_run.empty()) co_return;
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    auto found = co_await find_run(account, crawl.workflow, crawl.workflow_run);
    if (!found) co_return;
    WorkflowRun& run = found->first;
    for (RunStep& step : run.steps) {
      if (step.crawler != crawler.name || step.ended) continue;
      step.ended = crawl.state;
      step.crawl_id = crawl.id;
    }
    meta::Batch batch;
    batch.require_version(found->second.key, found->second.version).put(found->second.key, encode(run));
    const auto commit = co_await store.commit(workflow_partition(account), std::move(batch));
    if (!commit.applied) continue;
    co_await queue.enqueue({.id = "workflow-run/" + run.id + "/" + crawl.id,
                            .kind = "workflow-run",
                            .payload = payload_of(account, run.workflow, run.id)});
    co_return;
  }
  throw std::runtime_error("a workflow's run changes too often");
}

bool Workflows::owns(std::string_view arn) const {
  return arn.starts_with("arn:aws:glue:" + state_->region + ":") && arn.find(":workflow/") != arn.npos;
}

// An event joins its workflow's batch; the one that fills it starts a run, and so does the window's end.
Task<void> Workflows::deliver(events::Delivery delivery) {
  const std::string& arn = delivery.arn;
  const std::string& event_id = delivery.event_id;
  if (!delivery.role) throw Error(tarn::errors::access_denied, "A workflow is a target for a rule with a role only.");
  co_await delivery.role->require("glue:notifyEvent", arn);
  const auto colon = arn.find(":workflow/");
  const AccountId account = AccountId::trusted(arn.substr(colon - 12, 12));
  const std::string workflow = arn.substr(colon + 10);
  const auto triggers = co_await state_->triggers_of(account, workflow);
  const auto trigger = std::ranges::find(triggers, TriggerType::event, &Trigger::type);
  if (trigger == triggers.end()) {
    throw Error(errors::entity_not_found, "The workflow " + workflow + " has no EVENT trigger.");
  }
  const EventBatching batching = trigger->batching.value_or(EventBatching{});
  const std::string key = batch_key(workflow);
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    const auto row = co_await state_->store.get(workflow_partition(account), key);
    EventBatch batch =
        row ? decode_batch(row->value)
            : EventBatch{.id = state_->random.uuid(), .first = state_->clocks.lake.now(), .event_ids = {}};
    // Told twice.
    if (std::ranges::find(batch.event_ids, event_id) != batch.event_ids.end()) co_return;
    batch.event_ids.push_back(event_id);
    meta::Batch change;
    if (row) {
      change.require_version(key, row->version);
    } else {
      change.require_absent(key);
      // The window's end is durable before the batch is.
      co_await state_->queue.enqueue({.id = "workflow-window/" + batch.id,
                                      .kind = "workflow-window",
                                      .payload = payload_of(account, workflow, batch.id),
                                      .not_before = batch.first + std::chrono::seconds(batching.window_seconds)});
    }
    change.put(key, encode(batch));
    const auto commit = co_await state_->store.commit(workflow_partition(account), std::move(change));
    if (!commit.applied) continue;
    if (static_cast<std::int64_t>(batch.event_ids.size()) >= batching.size) {
      co_await state_->close_batch(account, workflow, batch.id);
    }
    co_return;
  }
  throw std::runtime_error("a workflow's batch of events changes too often");
}

Task<work::Outcome> Workflows::State::window_passed(const work::Item& item) {
  const json payload = json::parse(item.payload);
  co_await close_batch(AccountId::trusted(payload.at("account")), payload.at("workflow"), payload.at("id"));
  co_return work::Done{};
}

// The run's id is the batch's, so that closing twice starts one run. The run is there before the batch goes.
Task<void> Workflows::State::close_batch(AccountId account, std::string workflow, std::string batch_id) {
  const std::string key = batch_key(workflow);
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    const auto row = co_await store.get(workflow_partition(account), key);
    if (!row) co_return;
    const EventBatch batch = decode_batch(row->value);
    if (batch.id != batch_id) co_return;
    std::optional<std::string> refusal;
    if (!co_await find_run(account, workflow, "wr_" + batch_id)) {
      try {
        co_await begin_run(account, workflow, "wr_" + batch_id, {}, batch.event_ids);
      } catch (const Error& error) {
        refusal = error.message();
      }
    }
    if (refusal) log::warning("events started no run", {{"workflow", workflow}, {"reason", *refusal}});
    meta::Batch change;
    change.require_version(key, row->version).remove(key);
    const auto commit = co_await store.commit(workflow_partition(account), std::move(change));
    if (commit.applied) co_return;
    // An event came while the run began: it belongs to the next batch.
    const auto later = co_await store.get(workflow_partition(account), key);
    if (!later) co_return;
    EventBatch next = decode_batch(later->value);
    if (next.id != batch_id) co_return;
    std::erase_if(next.event_ids, [&](const std::string& id) {
      return std::ranges::find(batch.event_ids, id) != batch.event_ids.end();
    });
    next.id = random.uuid();
    next.first = clocks.lake.now();
    co_await queue.enqueue({.id = "workflow-window/" + next.id,
                            .kind = "workflow-window",
                            .payload = payload_of(account, workflow, next.id),
                            .not_before = next.first + std::chrono::seconds(1)});
    meta::Batch renewal;
    renewal.require_version(key, later->version).put(key, encode(next));
    const auto renewed = co_await store.commit(workflow_partition(account), std::move(renewal));
    if (renewed.applied) co_return;
  }
  throw std::runtime_error("a workflow's batch of events changes too often");
}

Task<std::string> Workflows::start_run(const policy::Access& access, std::string workflow,
                                       std::map<std::string, std::string> properties) {
  const AccountId account = account_of(access);
  co_await access.require("glue:StartWorkflowRun", workflow_arn(account, workflow));
  co_return co_await state_->begin_run(account, workflow, "wr_" + state_->random.uuid(), std::move(properties), {});
}

Task<WorkflowRun> Workflows::get_run(const policy::Access& access, std::string workflow, std::string id) {
  const AccountId account = account_of(access);
  co_await access.require("glue:GetWorkflowRun", workflow_arn(account, workflow));
  auto found = co_await state_->find_run(account, workflow, id);
  if (!found) throw Error(errors::entity_not_found, "Run " + id + " of workflow " + workflow + " does not exist");
  co_return std::move(found->first);
}

Task<catalog::Page<WorkflowRun>> Workflows::list_runs(const policy::Access& access, std::string workflow,
                                                      std::string after, std::size_t max) {
  const AccountId account = account_of(access);
  co_await access.require("glue:GetWorkflowRuns", workflow_arn(account, workflow));
  const auto definition = co_await state_->store.get(workflow_partition(account), workflow_key(workflow));
  if (!definition) no_workflow(workflow);
  catalog::Page<WorkflowRun> page;
  const std::string prefix = runs_prefix(workflow);
  const auto rows =
      co_await state_->store.scan(workflow_partition(account), after.empty() ? prefix : prefix + after + '\0',
                                  meta::end_of_prefix(prefix), {.max_rows = max + 1});
  for (const meta::Row& row : rows) {
    if (page.items.size() == max) {
      page.next = run_key(page.items.back()).substr(prefix.size());
      break;
    }
    page.items.push_back(decode_run(row.value));
  }
  co_return page;
}

Task<void> Workflows::stop_run(const policy::Access& access, std::string workflow, std::string id) {
  const AccountId account = account_of(access);
  co_await access.require("glue:StopWorkflowRun", workflow_arn(account, workflow));
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    auto found = co_await state_->find_run(account, workflow, id);
    if (!found) throw Error(errors::entity_not_found, "Run " + id + " of workflow " + workflow + " does not exist");
    if (is_over(found->first.state)) throw Error(errors::invalid_input, "The run " + id + " is over.");
    found->first.state = RunState::stopping;
    meta::Batch batch;
    batch.require_version(found->second.key, found->second.version).put(found->second.key, encode(found->first));
    const auto commit = co_await state_->store.commit(workflow_partition(account), std::move(batch));
    if (!commit.applied) continue;
    for (const RunStep& step : found->first.steps) {
      if (step.ended) continue;
      std::optional<std::string> refusal;
      try {
        co_await state_->crawlers.stop(access, step.crawler);
      } catch (const Error& error) {
        // It has ended by itself meanwhile; what matters is that it does not go on.
        refusal = error.message();
      }
    }
    co_return;
  }
}

}  // namespace tarn::crawl
