// SCHEDULED triggers: https://docs.aws.amazon.com/glue/latest/dg/trigger-job.html
#include "base/log.h"
#include "catalog/found.h"
#include "crawl/workflow_state.h"

namespace tarn::crawl {

void Workflows::State::watch_schedules() {
  schedules = std::make_unique<work::Recurring>(
      queue, clocks.lake, "trigger-schedule",
      [this](AccountId account, std::string name) -> Task<std::optional<work::Plan>> {
        const auto row = co_await store.get(workflow_partition(account), trigger_key(name));
        if (!row) co_return std::nullopt;
        const Trigger trigger = decode_trigger(row->value);
        if (!trigger.schedule || trigger.schedule_id.empty()) co_return std::nullopt;
        co_return work::Plan{.id = trigger.schedule_id, .expression = *trigger.schedule};
      },
      [this](work::Firing firing) { return fire(std::move(firing)); });
}

void Workflows::State::plan(Trigger& trigger, const Trigger& before) {
  const bool goes_on = before.schedule == trigger.schedule && !before.schedule_id.empty();
  trigger.schedule_id = !trigger.schedule || !trigger.activated ? "" : goes_on ? before.schedule_id : random.uuid();
}

Task<void> Workflows::State::begin_schedule(AccountId account, Trigger trigger) {
  if (!trigger.schedule || trigger.schedule_id.empty()) co_return;
  co_await schedules->begin(account, trigger.name, {.id = trigger.schedule_id, .expression = *trigger.schedule});
}

// The run has the firing's id, so that a firing that is told twice is one run.
Task<void> Workflows::State::fire(work::Firing firing) {
  const auto row = co_await store.get(workflow_partition(firing.account), trigger_key(firing.name));
  if (!row) co_return;
  const Trigger trigger = decode_trigger(row->value);
  if (trigger.workflow.empty()) {
    for (const std::string& crawler : trigger.crawlers) {
      if (!co_await crawlers.start_for_workflow(firing.account, crawler, "", ""))
        log::warning("a trigger names a crawler that is not there", {{"trigger", trigger.name}, {"crawler", crawler}});
    }
    co_return;
  }
  const std::string run = "wr_" + firing.id;
  if (co_await find_run(firing.account, trigger.workflow, run)) co_return;
  std::string refusal;
  try {
    co_await begin_run(firing.account, trigger.workflow, run, {}, {});
  } catch (const Error& error) {
    // As many runs as it may have, or the workflow is gone: the next time comes.
    if (error.code().name == catalog::errors::concurrent_modification.name) throw;
    refusal = error.message();
  }
  if (!refusal.empty())
    log::warning("a scheduled trigger started no run", {{"trigger", trigger.name}, {"reason", refusal}});
}

Task<void> Workflows::recover() {
  const auto partitions = co_await state_->store.partitions("workflow/", "", 100'000);
  for (const meta::Partition& partition : partitions) {
    const AccountId account = AccountId::trusted(partition.name.substr(9));
    const auto triggers = co_await state_->triggers_of(account, "");
    for (const Trigger& trigger : triggers) co_await state_->begin_schedule(account, trigger);
  }
}

}  // namespace tarn::crawl
