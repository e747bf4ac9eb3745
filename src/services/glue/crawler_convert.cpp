#include "services/glue/crawler_convert.h"

namespace tarn::glue {
namespace {

crawl::CrawlState crawl_state_from(CrawlState state) {
  switch (state) {
    case CrawlState::succeeded:
      return crawl::CrawlState::succeeded;
    case CrawlState::cancelled:
      return crawl::CrawlState::cancelled;
    case CrawlState::failed:
      return crawl::CrawlState::failed;
    default:
      throw Error(errors::invalid_input_exception, "A condition waits for SUCCEEDED, CANCELLED or FAILED crawls.");
  }
}

CrawlState crawl_state_to(crawl::CrawlState state) {
  switch (state) {
    case crawl::CrawlState::running:
      return CrawlState::running;
    case crawl::CrawlState::succeeded:
      return CrawlState::succeeded;
    case crawl::CrawlState::cancelled:
      return CrawlState::cancelled;
    case crawl::CrawlState::failed:
      break;
  }
  return CrawlState::failed;
}

LastCrawlInfo last_crawl_to(const crawl::Crawler& crawler) {
  const crawl::Crawl& last = *crawler.last;
  LastCrawlInfo info;
  info.status = last.state == crawl::CrawlState::succeeded   ? LastCrawlStatus::succeeded
                : last.state == crawl::CrawlState::cancelled ? LastCrawlStatus::cancelled
                                                             : LastCrawlStatus::failed;
  if (!last.error.empty()) info.error_message = last.error;
  info.log_group = crawl::log_group;
  info.log_stream = crawler.name;
  info.message_prefix = last.id;
  info.start_time = last.started;
  return info;
}

}  // namespace

std::vector<crawl::S3Target> targets_from(CrawlerTargets in) {
  const auto none = [](const auto& list, const char* what) {
    if (list && !list->empty()) {
      throw Error(errors::invalid_input_exception,
                  std::string("Tarn's crawlers read S3 targets only, not ") + what + ".");
    }
  };
  none(in.jdbc_targets, "JdbcTargets");
  none(in.mongo_db_targets, "MongoDBTargets");
  none(in.dynamo_db_targets, "DynamoDBTargets");
  none(in.catalog_targets, "CatalogTargets");
  none(in.delta_targets, "DeltaTargets");
  none(in.iceberg_targets, "IcebergTargets");
  none(in.hudi_targets, "HudiTargets");
  std::vector<crawl::S3Target> targets;
  for (S3Target& target : in.s3_targets ? *in.s3_targets : std::vector<S3Target>{}) {
    if (target.connection_name && !target.connection_name->empty())
      refuse_if(target.connection_name, "network connections of S3 targets");
    if (!target.path) throw Error(errors::invalid_input_exception, "An S3 target needs a Path.");
    crawl::S3Target out{.path = std::move(*target.path),
                        .exclusions = std::move(target.exclusions).value_or(std::vector<std::string>{})};
    if (target.sample_size) out.sample_size = *target.sample_size;
    out.event_queue_arn = std::move(target.event_queue_arn);
    out.dead_letter_queue_arn = std::move(target.dlq_event_queue_arn);
    targets.push_back(std::move(out));
  }
  return targets;
}

void apply_policies(crawl::CrawlerInput& input, const std::optional<SchemaChangePolicy>& change,
                    const std::optional<RecrawlPolicy>& recrawl) {
  if (recrawl && recrawl->recrawl_behavior) {
    switch (*recrawl->recrawl_behavior) {
      case RecrawlBehavior::crawl_event_mode:
        input.recrawl = crawl::RecrawlBehavior::crawl_event_mode;
        break;
      case RecrawlBehavior::crawl_new_folders_only:
        input.recrawl = crawl::RecrawlBehavior::crawl_new_folders_only;
        break;
      case RecrawlBehavior::crawl_everything:
        input.recrawl = crawl::RecrawlBehavior::crawl_everything;
        break;
    }
  }
  if (change && change->update_behavior) {
    input.on_update = *change->update_behavior == UpdateBehavior::log ? crawl::UpdateBehavior::log
                                                                      : crawl::UpdateBehavior::update_in_database;
  }
  if (change && change->delete_behavior) {
    input.on_delete = *change->delete_behavior == DeleteBehavior::log ? crawl::DeleteBehavior::log
                      : *change->delete_behavior == DeleteBehavior::delete_from_database
                          ? crawl::DeleteBehavior::delete_from_database
                          : crawl::DeleteBehavior::deprecate_in_database;
  }
  // As on AWS: what was found before is left alone.
  if (input.recrawl == crawl::RecrawlBehavior::crawl_new_folders_only) {
    input.on_update = crawl::UpdateBehavior::log;
    input.on_delete = crawl::DeleteBehavior::log;
  }
}

Crawler crawler_to(crawl::Crawler in, Timestamp now) {
  Crawler out;
  out.last_crawl = in.last ? std::optional(last_crawl_to(in)) : std::nullopt;
  out.name = std::move(in.name);
  out.role = std::move(in.role);
  out.targets.emplace();
  out.targets->s3_targets.emplace();
  for (crawl::S3Target& target : in.targets) {
    S3Target each;
    each.path = std::move(target.path);
    each.exclusions = std::move(target.exclusions);
    if (target.sample_size) each.sample_size = static_cast<std::int32_t>(*target.sample_size);
    each.event_queue_arn = std::move(target.event_queue_arn);
    each.dlq_event_queue_arn = std::move(target.dead_letter_queue_arn);
    out.targets->s3_targets->push_back(std::move(each));
  }
  // Clients iterate over these without asking whether they are there.
  out.targets->jdbc_targets.emplace();
  out.targets->mongo_db_targets.emplace();
  out.targets->dynamo_db_targets.emplace();
  out.targets->catalog_targets.emplace();
  out.targets->delta_targets.emplace();
  out.targets->iceberg_targets.emplace();
  out.targets->hudi_targets.emplace();
  out.database_name = std::move(in.database);
  out.description = std::move(in.description);
  out.classifiers.emplace();
  out.recrawl_policy.emplace();
  out.recrawl_policy->recrawl_behavior =
      in.recrawl == crawl::RecrawlBehavior::crawl_everything   ? RecrawlBehavior::crawl_everything
      : in.recrawl == crawl::RecrawlBehavior::crawl_event_mode ? RecrawlBehavior::crawl_event_mode
                                                               : RecrawlBehavior::crawl_new_folders_only;
  out.schema_change_policy.emplace();
  out.schema_change_policy->update_behavior =
      in.on_update == crawl::UpdateBehavior::log ? UpdateBehavior::log : UpdateBehavior::update_in_database;
  out.schema_change_policy->delete_behavior = in.on_delete == crawl::DeleteBehavior::log ? DeleteBehavior::log
                                              : in.on_delete == crawl::DeleteBehavior::delete_from_database
                                                  ? DeleteBehavior::delete_from_database
                                                  : DeleteBehavior::deprecate_in_database;
  out.state = in.state == crawl::CrawlerState::ready     ? CrawlerState::ready
              : in.state == crawl::CrawlerState::running ? CrawlerState::running
                                                         : CrawlerState::stopping;
  out.table_prefix = std::move(in.table_prefix);
  out.crawl_elapsed_time = in.current ? (now - in.current->started).count() : 0;
  out.creation_time = in.created;
  out.last_updated = in.updated;
  out.version = in.version;
  out.configuration = std::move(in.configuration);
  if (in.schedule) {
    out.schedule.emplace();
    out.schedule->schedule_expression = std::move(in.schedule);
    out.schedule->state = in.schedule_id.empty() ? ScheduleState::not_scheduled : ScheduleState::scheduled;
  }
  return out;
}

std::vector<std::string> actions_from(const std::vector<Action>& actions) {
  std::vector<std::string> crawlers;
  for (const Action& action : actions) {
    if (action.job_name)
      throw Error(errors::not_implemented, "Tarn does not run Glue jobs: a trigger's actions start crawlers.");
    if (!action.crawler_name) throw Error(errors::invalid_input_exception, "An action needs a CrawlerName.");
    crawlers.push_back(*action.crawler_name);
  }
  return crawlers;
}

void apply_predicate(crawl::Trigger& trigger, const std::optional<Predicate>& predicate) {
  if (!predicate) return;
  trigger.any = predicate->logical == Logical::any;
  trigger.conditions.clear();
  for (const Condition& condition : predicate->conditions ? *predicate->conditions : std::vector<Condition>{}) {
    if (condition.job_name)
      throw Error(errors::not_implemented, "Tarn does not run Glue jobs: conditions wait for crawlers.");
    if (!condition.crawler_name || !condition.crawl_state) {
      throw Error(errors::invalid_input_exception, "A condition needs a CrawlerName and a CrawlState.");
    }
    trigger.conditions.push_back(
        {.crawler = *condition.crawler_name, .state = crawl_state_from(*condition.crawl_state)});
  }
}

std::optional<crawl::EventBatching> batching_from(const std::optional<EventBatchingCondition>& batching) {
  if (!batching) return std::nullopt;
  return crawl::EventBatching{.size = batching->batch_size, .window_seconds = batching->batch_window.value_or(900)};
}

Trigger trigger_to(crawl::Trigger in) {
  Trigger out;
  out.name = std::move(in.name);
  out.workflow_name = unless_empty(std::move(in.workflow));
  out.type = in.type == crawl::TriggerType::on_demand   ? TriggerType::on_demand
             : in.type == crawl::TriggerType::event     ? TriggerType::event
             : in.type == crawl::TriggerType::scheduled ? TriggerType::scheduled
                                                        : TriggerType::conditional;
  out.state = in.activated ? TriggerState::activated : TriggerState::created;
  out.description = std::move(in.description);
  out.schedule = std::move(in.schedule);
  out.actions.emplace();
  for (std::string& crawler : in.crawlers) {
    Action action;
    action.crawler_name = std::move(crawler);
    out.actions->push_back(std::move(action));
  }
  if (!in.conditions.empty()) {
    out.predicate.emplace();
    out.predicate->logical = in.any ? Logical::any : Logical::and_;
    out.predicate->conditions.emplace();
    for (crawl::TriggerCondition& condition : in.conditions) {
      Condition each;
      each.logical_operator = LogicalOperator::equals;
      each.crawler_name = std::move(condition.crawler);
      each.crawl_state = crawl_state_to(condition.state);
      out.predicate->conditions->push_back(std::move(each));
    }
  }
  if (in.batching) {
    out.event_batching_condition.emplace();
    out.event_batching_condition->batch_size = static_cast<std::int32_t>(in.batching->size);
    out.event_batching_condition->batch_window = static_cast<std::int32_t>(in.batching->window_seconds);
  }
  return out;
}

WorkflowRun run_to(crawl::WorkflowRun in) {
  WorkflowRun out;
  out.name = std::move(in.workflow);
  out.workflow_run_id = std::move(in.id);
  out.workflow_run_properties = std::move(in.properties);
  out.started_on = in.started;
  out.completed_on = in.ended;
  switch (in.state) {
    case crawl::RunState::running:
      out.status = WorkflowRunStatus::running;
      break;
    case crawl::RunState::completed:
      out.status = WorkflowRunStatus::completed;
      break;
    case crawl::RunState::stopping:
      out.status = WorkflowRunStatus::stopping;
      break;
    case crawl::RunState::stopped:
      out.status = WorkflowRunStatus::stopped;
      break;
    case crawl::RunState::error:
      out.status = WorkflowRunStatus::error;
      break;
  }
  out.error_message = unless_empty(std::move(in.error));
  WorkflowRunStatistics counts;
  counts.total_actions = static_cast<std::int32_t>(in.steps.size());
  const auto count = [&in](auto wanted) { return static_cast<std::int32_t>(std::ranges::count_if(in.steps, wanted)); };
  counts.succeeded_actions =
      count([](const crawl::RunStep& step) { return step.ended == crawl::CrawlState::succeeded; });
  counts.failed_actions = count([](const crawl::RunStep& step) { return step.ended == crawl::CrawlState::failed; });
  counts.stopped_actions = count([](const crawl::RunStep& step) { return step.ended == crawl::CrawlState::cancelled; });
  counts.running_actions = count([](const crawl::RunStep& step) { return !step.ended; });
  counts.timeout_actions = counts.errored_actions = counts.waiting_actions = 0;
  out.statistics = counts;
  if (!in.event_ids.empty()) {
    out.starting_event_batch_condition.emplace();
    out.starting_event_batch_condition->batch_size = static_cast<std::int32_t>(in.event_ids.size());
  }
  return out;
}

Task<Workflow> workflow_to(Glue& glue, crawl::Workflow in) {
  Workflow out;
  if (in.last_run) out.last_run = run_to(co_await glue.workflows.get_run(glue.access, in.name, *in.last_run));
  out.name = std::move(in.name);
  out.description = std::move(in.description);
  out.default_run_properties = unless_empty(std::move(in.default_properties));
  out.created_on = in.created;
  out.last_modified_on = in.updated;
  if (in.max_concurrent_runs) out.max_concurrent_runs = static_cast<std::int32_t>(*in.max_concurrent_runs);
  co_return out;
}

}  // namespace tarn::glue
