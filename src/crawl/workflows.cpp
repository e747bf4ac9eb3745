#include <algorithm>
#include <nlohmann/json.hpp>

#include "catalog/found.h"
#include "crawl/missing.h"
#include "crawl/workflow_state.h"

namespace tarn::crawl {
namespace {

namespace errors = catalog::errors;

void check(const Trigger& trigger) {
  if (trigger.crawlers.empty()) throw Error(errors::invalid_input, "A trigger needs at least one action.");
  if (trigger.type == TriggerType::event && trigger.workflow.empty()) {
    throw Error(errors::invalid_input, "An EVENT trigger must be part of a workflow.");
  }
  if (trigger.type == TriggerType::conditional && trigger.conditions.empty()) {
    throw Error(errors::invalid_input, "A CONDITIONAL trigger needs a predicate.");
  }
  if ((trigger.type == TriggerType::scheduled) != trigger.schedule.has_value()) {
    throw Error(errors::invalid_input,
                trigger.schedule ? "A Schedule is for SCHEDULED triggers." : "A SCHEDULED trigger needs a Schedule.");
  }
  if (trigger.schedule) check_schedule(*trigger.schedule);
  if (trigger.type != TriggerType::event && trigger.batching) {
    throw Error(errors::invalid_input, "EventBatchingCondition is for EVENT triggers.");
  }
  if (trigger.batching && (trigger.batching->size < 1 || trigger.batching->size > 100 ||
                           trigger.batching->window_seconds < 1 || trigger.batching->window_seconds > 900)) {
    throw Error(errors::invalid_input, "BatchSize is 1 to 100 and BatchWindow 1 to 900 seconds.");
  }
}

bool starts_workflow(const Trigger& trigger) {
  return trigger.type != TriggerType::conditional;
}

}  // namespace

Workflows::Workflows(meta::Store& store, work::Queue& queue, Crawlers& crawlers, Clocks clocks, Random& random,
                     std::string region)
    : state_(new State{store, queue, crawlers, clocks, random, std::move(region), {}}) {
  state_->watch_schedules();
  queue.handle("workflow-window",
               [state = state_.get()](const work::Item& item) { return state->window_passed(item); });
  queue.handle("workflow-run", [state = state_.get()](const work::Item& item) { return state->run_work(item); });
  crawlers.on_crawl_ended([state = state_.get()](const AccountId& account, const Crawler& crawler, const Crawl& crawl) {
    return state->crawl_ended(account, crawler, crawl);
  });
}

Workflows::~Workflows() = default;

std::string Workflows::workflow_arn(const AccountId& account, std::string_view name) const {
  return "arn:aws:glue:" + state_->region + ":" + account.text() + ":workflow/" + std::string(name);
}
std::string Workflows::trigger_arn(const AccountId& account, std::string_view name) const {
  return "arn:aws:glue:" + state_->region + ":" + account.text() + ":trigger/" + std::string(name);
}

Task<void> Workflows::create_workflow(const policy::Access& access, Workflow workflow) {
  const AccountId account = account_of(access);
  co_await access.require("glue:CreateWorkflow", workflow_arn(account, workflow.name));
  workflow.created = workflow.updated = state_->clocks.lake.now();
  const std::string key = workflow_key(workflow.name);
  meta::Batch batch;
  batch.require_absent(key).put(key, encode(workflow));
  const auto commit = co_await state_->store.commit(workflow_partition(account), std::move(batch));
  if (!commit.applied) throw Error(errors::already_exists, "Workflow with name " + workflow.name + " already exists");
}

Task<Workflow> Workflows::get_workflow(const policy::Access& access, std::string name) {
  const AccountId account = account_of(access);
  co_await access.require("glue:GetWorkflow", workflow_arn(account, name));
  const auto row = co_await state_->store.get(workflow_partition(account), workflow_key(name));
  if (!row) no_workflow(name);
  co_return decode_workflow(row->value);
}

Task<catalog::Page<Workflow>> Workflows::list_workflows(const policy::Access& access, std::string after,
                                                        std::size_t max) {
  const AccountId account = account_of(access);
  catalog::Page<Workflow> page;
  const std::string first = after.empty() ? "w/" : workflow_key(after) + '\0';
  const auto rows =
      co_await state_->store.scan(workflow_partition(account), first, meta::end_of_prefix("w/"), {.max_rows = max + 1});
  for (const meta::Row& row : rows) {
    if (page.items.size() == max) {
      page.next = page.items.back().name;
      break;
    }
    page.items.push_back(decode_workflow(row.value));
  }
  co_return page;
}

Task<void> Workflows::update_workflow(const policy::Access& access, Workflow workflow) {
  const AccountId account = account_of(access);
  co_await access.require("glue:UpdateWorkflow", workflow_arn(account, workflow.name));
  const std::string key = workflow_key(workflow.name);
  const auto row = co_await state_->store.get(workflow_partition(account), key);
  if (!row) no_workflow(workflow.name);
  const Workflow before = decode_workflow(row->value);
  workflow.created = before.created;
  workflow.tags = before.tags;
  workflow.last_run = before.last_run;
  workflow.updated = state_->clocks.lake.now();
  meta::Batch batch;
  batch.require_version(key, row->version).put(key, encode(workflow));
  const auto commit = co_await state_->store.commit(workflow_partition(account), std::move(batch));
  if (!commit.applied) throw Error(errors::concurrent_modification, "The workflow was changed at the same time.");
}

Task<void> Workflows::delete_workflow(const policy::Access& access, std::string name) {
  const AccountId account = account_of(access);
  co_await access.require("glue:DeleteWorkflow", workflow_arn(account, name));
  meta::Batch batch;
  batch.remove(workflow_key(name)).remove(batch_key(name));
  const auto triggers = co_await state_->triggers_of(account, name);
  for (const Trigger& trigger : triggers) batch.remove(trigger_key(trigger.name));
  const auto runs = co_await state_->store.scan(workflow_partition(account), runs_prefix(name),
                                                meta::end_of_prefix(runs_prefix(name)), {.max_rows = 100'000});
  for (const meta::Row& run : runs) batch.remove(run.key);
  (void)co_await state_->store.commit(workflow_partition(account), std::move(batch));
}

Task<std::vector<Trigger>> Workflows::State::triggers_of(AccountId account, std::string workflow) {
  std::vector<Trigger> triggers;
  const auto rows =
      co_await store.scan(workflow_partition(account), "t/", meta::end_of_prefix("t/"), {.max_rows = 100'000});
  for (const meta::Row& row : rows) {
    Trigger trigger = decode_trigger(row.value);
    if (workflow.empty() || trigger.workflow == workflow) triggers.push_back(std::move(trigger));
  }
  co_return triggers;
}

Task<void> Workflows::create_trigger(const policy::Access& access, Trigger trigger) {
  const AccountId account = account_of(access);
  co_await access.require("glue:CreateTrigger", trigger_arn(account, trigger.name));
  check(trigger);
  state_->plan(trigger, {});
  const std::string key = trigger_key(trigger.name);
  meta::Batch batch;
  if (!trigger.workflow.empty()) {
    batch.require_present(workflow_key(trigger.workflow));
    const auto others = co_await state_->triggers_of(account, trigger.workflow);
    if (starts_workflow(trigger) && std::ranges::any_of(others, starts_workflow)) {
      throw Error(errors::invalid_input, "The workflow " + trigger.workflow + " already has a trigger that starts it.");
    }
  }
  batch.require_absent(key).put(key, encode(trigger));
  const auto commit = co_await state_->store.commit(workflow_partition(account), std::move(batch));
  if (commit.applied) co_return co_await state_->begin_schedule(account, trigger);
  if (commit.failed_check == key) {
    throw Error(errors::already_exists, "Trigger with name " + trigger.name + " already submitted");
  }
  no_workflow(trigger.workflow);
}

Task<Trigger> Workflows::get_trigger(const policy::Access& access, std::string name) {
  const AccountId account = account_of(access);
  co_await access.require("glue:GetTrigger", trigger_arn(account, name));
  const auto row = co_await state_->store.get(workflow_partition(account), trigger_key(name));
  if (!row) no_trigger(name);
  co_return decode_trigger(row->value);
}

Task<std::vector<Trigger>> Workflows::list_triggers(const policy::Access& access, std::string workflow) {
  co_return co_await state_->triggers_of(account_of(access), std::move(workflow));
}

Task<void> Workflows::update_trigger(const policy::Access& access, Trigger trigger) {
  const AccountId account = account_of(access);
  co_await access.require("glue:UpdateTrigger", trigger_arn(account, trigger.name));
  const std::string key = trigger_key(trigger.name);
  const auto row = co_await state_->store.get(workflow_partition(account), key);
  if (!row) no_trigger(trigger.name);
  const Trigger before = decode_trigger(row->value);
  trigger.workflow = before.workflow;
  trigger.type = before.type;
  trigger.activated = before.activated;
  trigger.tags = before.tags;
  check(trigger);
  state_->plan(trigger, before);
  meta::Batch batch;
  batch.require_version(key, row->version).put(key, encode(trigger));
  const auto commit = co_await state_->store.commit(workflow_partition(account), std::move(batch));
  if (!commit.applied) throw Error(errors::concurrent_modification, "The trigger was changed at the same time.");
  co_await state_->begin_schedule(account, trigger);
}

Task<void> Workflows::delete_trigger(const policy::Access& access, std::string name) {
  const AccountId account = account_of(access);
  co_await access.require("glue:DeleteTrigger", trigger_arn(account, name));
  meta::Batch batch;
  batch.remove(trigger_key(name));
  (void)co_await state_->store.commit(workflow_partition(account), std::move(batch));
}

Task<void> Workflows::start_trigger(const policy::Access& access, std::string name) {
  const AccountId account = account_of(access);
  co_await access.require("glue:StartTrigger", trigger_arn(account, name));
  const std::string key = trigger_key(name);
  const auto row = co_await state_->store.get(workflow_partition(account), key);
  if (!row) no_trigger(name);
  Trigger trigger = decode_trigger(row->value);
  if (trigger.type == TriggerType::on_demand) {
    if (!trigger.workflow.empty()) {
      co_await state_->begin_run(account, trigger.workflow, "wr_" + state_->random.uuid(), {}, {});
      co_return;
    }
    for (const std::string& crawler : trigger.crawlers) {
      if (!co_await state_->crawlers.start_for_workflow(account, crawler, "", "")) {
        no_crawler(crawler);
      }
    }
    co_return;
  }
  const Trigger before = trigger;
  trigger.activated = true;
  state_->plan(trigger, before);
  meta::Batch batch;
  batch.require_version(key, row->version).put(key, encode(trigger));
  const auto commit = co_await state_->store.commit(workflow_partition(account), std::move(batch));
  if (!commit.applied) throw Error(errors::concurrent_modification, "The trigger was changed at the same time.");
  co_await state_->begin_schedule(account, trigger);
}

Task<void> Workflows::stop_trigger(const policy::Access& access, std::string name) {
  const AccountId account = account_of(access);
  co_await access.require("glue:StopTrigger", trigger_arn(account, name));
  const std::string key = trigger_key(name);
  const auto row = co_await state_->store.get(workflow_partition(account), key);
  if (!row) no_trigger(name);
  Trigger trigger = decode_trigger(row->value);
  trigger.activated = false;
  trigger.schedule_id.clear();
  meta::Batch batch;
  batch.require_version(key, row->version).put(key, encode(trigger));
  const auto commit = co_await state_->store.commit(workflow_partition(account), std::move(batch));
  if (!commit.applied) throw Error(errors::concurrent_modification, "The trigger was changed at the same time.");
}

}  // namespace tarn::crawl
