// Workflows and triggers: what starts crawlers.
//
// ON_DEMAND, EVENT and SCHEDULED triggers start a workflow's run; CONDITIONAL ones go on when crawls of the run have
// ended as they ask. An EVENT trigger collects events until its batch is full or its window has passed since the first,
// then starts one run. Events, runs and their steps are rows; a run goes on after a restart.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "crawl/crawler.h"
#include "events/events.h"

namespace tarn::crawl {

enum class TriggerType { on_demand, event, conditional, scheduled };

struct TriggerCondition {
  std::string crawler;
  CrawlState state = CrawlState::succeeded;
};

struct EventBatching {
  std::int64_t size = 1;              // 1 to 100.
  std::int64_t window_seconds = 900;  // 1 to 900.
};

struct Trigger {
  std::string name;
  std::string workflow;  // Empty: on its own.
  TriggerType type = TriggerType::on_demand;
  bool activated = false;  // Conditional and scheduled ones fire only then.
  std::optional<std::string> description;
  std::vector<std::string> crawlers;  // Its actions.
  bool any = false;                   // Predicate: one condition is enough.
  std::vector<TriggerCondition> conditions;
  std::optional<EventBatching> batching;
  std::map<std::string, std::string> tags;
  std::optional<std::string> schedule;  // cron(…), of scheduled ones.
  std::string schedule_id;              // New whenever the schedule begins anew; empty while it is not activated.
};

enum class RunState { running, completed, stopping, stopped, error };

struct RunStep {
  std::string trigger;
  std::string crawler;
  std::optional<CrawlState> ended;  // None while it runs; failed where the crawler is missing.
  std::string crawl_id;
};

struct WorkflowRun {
  std::string id;
  std::string workflow;
  RunState state = RunState::running;
  Timestamp started;
  std::optional<Timestamp> ended;
  std::string error;
  std::map<std::string, std::string> properties;
  std::vector<std::string> event_ids;  // Of the batch that started it.
  std::vector<RunStep> steps;
};

struct Workflow {
  std::string name;
  std::optional<std::string> description;
  std::map<std::string, std::string> default_properties;
  std::optional<std::int64_t> max_concurrent_runs;
  Timestamp created;
  Timestamp updated;
  std::map<std::string, std::string> tags;
  std::optional<std::string> last_run;
};

class Workflows : public events::Target {
 public:
  // Registers its kinds of work with the queue and itself with `crawlers`. Stop the queue first.
  Workflows(meta::Store& store, work::Queue& queue, Crawlers& crawlers, Clocks clocks, Random& random,
            std::string region);
  ~Workflows() override;

  Task<void> create_workflow(const policy::Access& access, Workflow workflow);
  Task<Workflow> get_workflow(const policy::Access& access, std::string name);
  Task<catalog::Page<Workflow>> list_workflows(const policy::Access& access, std::string after, std::size_t max);
  Task<void> update_workflow(const policy::Access& access, Workflow workflow);
  // With its triggers and runs. Nothing happens where there is none.
  Task<void> delete_workflow(const policy::Access& access, std::string name);

  Task<void> create_trigger(const policy::Access& access, Trigger trigger);
  Task<Trigger> get_trigger(const policy::Access& access, std::string name);
  // All, in the order of their names; those of one workflow where it is named.
  Task<std::vector<Trigger>> list_triggers(const policy::Access& access, std::string workflow = {});
  Task<void> update_trigger(const policy::Access& access, Trigger trigger);
  Task<void> delete_trigger(const policy::Access& access, std::string name);
  // An on-demand trigger fires; a conditional one is activated.
  Task<void> start_trigger(const policy::Access& access, std::string name);
  Task<void> stop_trigger(const policy::Access& access, std::string name);

  // Starts what has an on-demand trigger; its id.
  Task<std::string> start_run(const policy::Access& access, std::string workflow,
                              std::map<std::string, std::string> properties);
  Task<WorkflowRun> get_run(const policy::Access& access, std::string workflow, std::string id);
  // Newest first.
  Task<catalog::Page<WorkflowRun>> list_runs(const policy::Access& access, std::string workflow, std::string after,
                                             std::size_t max);
  Task<void> stop_run(const policy::Access& access, std::string workflow, std::string id);

  // As Crawlers has them.
  Task<Tags> workflow_tags(AccountId account, std::string name, ChangeTags change = {});
  Task<Tags> trigger_tags(AccountId account, std::string name, ChangeTags change = {});

  // events::Target: arn:aws:glue:REGION:ACCOUNT:workflow/NAME.
  bool owns(std::string_view arn) const override;
  bool needs_role() const override { return true; }
  Task<void> deliver(events::Delivery delivery) override;

  // At start, before the queue: schedules whose item was never written begin.
  Task<void> recover();

  std::string workflow_arn(const AccountId& account, std::string_view name) const;
  std::string trigger_arn(const AccountId& account, std::string_view name) const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace tarn::crawl
