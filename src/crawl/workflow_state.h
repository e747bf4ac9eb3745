// What the files of workflows share.
//
// Rows of partition workflow/<account>:
//   w/<workflow>                   a workflow
//   t/<trigger>                    a trigger
//   b/<workflow>                   events that its trigger has collected and not yet used
//   r/<workflow>\0<~start><id>     a run, newest first
#pragma once

#include "crawl/workflow.h"
#include "work/recurring.h"

namespace tarn::crawl {

// Events that wait for their batch to be full.
struct EventBatch {
  std::string id;  // New for each batch, so that a late window does not end the next one.
  Timestamp first;
  std::vector<std::string> event_ids;
};

struct Workflows::State {
  meta::Store& store;
  work::Queue& queue;
  Crawlers& crawlers;
  Clocks clocks;
  Random& random;
  std::string region;
  std::unique_ptr<work::Recurring> schedules;

  // Schedules of triggers: crawl/trigger_schedule.cpp.
  void watch_schedules();
  // Gives an activated trigger's schedule an id, and takes it from another's.
  void plan(Trigger& trigger, const Trigger& before);
  Task<void> begin_schedule(AccountId account, Trigger trigger);
  Task<void> fire(work::Firing firing);
  Task<std::vector<Trigger>> triggers_of(AccountId account, std::string workflow);
  Task<std::string> begin_run(AccountId account, std::string workflow, std::string run_id,
                              std::map<std::string, std::string> properties, std::vector<std::string> event_ids);
  Task<void> close_batch(AccountId account, std::string workflow, std::string batch_id);
  Task<work::Outcome> window_passed(const work::Item& item);
  Task<work::Outcome> run_work(const work::Item& item);
  Task<void> crawl_ended(AccountId account, const Crawler& crawler, const Crawl& crawl);
  // Starts the steps that are to be started, and ends the run when none is left.
  Task<void> advance(AccountId account, std::string workflow, std::string run_id);
  Task<std::optional<std::pair<WorkflowRun, meta::Row>>> find_run(AccountId account, std::string workflow,
                                                                  std::string id);
};

inline meta::Partition workflow_partition(const AccountId& account) {
  return {"workflow/" + account.text()};
}
inline std::string workflow_key(std::string_view name) {
  return "w/" + std::string(name);
}
inline std::string trigger_key(std::string_view name) {
  return "t/" + std::string(name);
}
inline std::string batch_key(std::string_view workflow) {
  return "b/" + std::string(workflow);
}
inline std::string runs_prefix(std::string_view workflow) {
  return "r/" + std::string(workflow) + '\0';
}
std::string run_key(const WorkflowRun& run);
// Throws InvalidInputException for what is no cron(…).
void check_schedule(const std::string& expression);

std::string encode(const Workflow& workflow);
std::string encode(const Trigger& trigger);
std::string encode(const WorkflowRun& run);
std::string encode(const EventBatch& batch);
Workflow decode_workflow(std::string_view row);
Trigger decode_trigger(std::string_view row);
WorkflowRun decode_run(std::string_view row);
EventBatch decode_batch(std::string_view row);

}  // namespace tarn::crawl
