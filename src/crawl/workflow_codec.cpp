#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "crawl/workflow_state.h"

namespace tarn::crawl {
namespace {

using nlohmann::json;

constexpr char format_version = 1;

json value_of(std::string_view row) {
  if (row.empty() || row[0] != format_version)
    throw std::runtime_error("a workflow's row has an unknown format version");
  return json::parse(row.substr(1));
}

std::string row_of(const json& value) {
  return std::string(1, format_version) + value.dump();
}

template <typename T>
std::optional<T> take(const json& in, const char* name) {
  const auto at = in.find(name);
  return at == in.end() ? std::nullopt : std::optional(at->get<T>());
}

}  // namespace

std::string run_key(const WorkflowRun& run) {
  char text[24];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(~to_millis(run.started)));
  return runs_prefix(run.workflow) + text + run.id;
}

std::string encode(const Workflow& workflow) {
  json out{{"name", workflow.name},
           {"properties", workflow.default_properties},
           {"created", to_millis(workflow.created)},
           {"updated", to_millis(workflow.updated)},
           {"tags", workflow.tags}};
  if (workflow.description) out["description"] = *workflow.description;
  if (workflow.max_concurrent_runs) out["max_runs"] = *workflow.max_concurrent_runs;
  if (workflow.last_run) out["last_run"] = *workflow.last_run;
  return row_of(out);
}

Workflow decode_workflow(std::string_view row) {
  const json in = value_of(row);
  return {.name = in.at("name"),
          .description = take<std::string>(in, "description"),
          .default_properties = in.at("properties"),
          .max_concurrent_runs = take<std::int64_t>(in, "max_runs"),
          .created = from_millis(in.at("created")),
          .updated = from_millis(in.at("updated")),
          .tags = in.at("tags"),
          .last_run = take<std::string>(in, "last_run")};
}

std::string encode(const Trigger& trigger) {
  json out{{"name", trigger.name},           {"workflow", trigger.workflow}, {"type", static_cast<int>(trigger.type)},
           {"activated", trigger.activated}, {"crawlers", trigger.crawlers}, {"any", trigger.any},
           {"tags", trigger.tags},           {"conditions", json::array()}};
  for (const TriggerCondition& condition : trigger.conditions) {
    out["conditions"].push_back({{"crawler", condition.crawler}, {"state", static_cast<int>(condition.state)}});
  }
  if (trigger.description) out["description"] = *trigger.description;
  if (trigger.schedule) out["schedule"] = *trigger.schedule;
  if (!trigger.schedule_id.empty()) out["schedule_id"] = trigger.schedule_id;
  if (trigger.batching)
    out["batching"] = {{"size", trigger.batching->size}, {"window", trigger.batching->window_seconds}};
  return row_of(out);
}

Trigger decode_trigger(std::string_view row) {
  const json in = value_of(row);
  Trigger trigger{.name = in.at("name"),
                  .workflow = in.at("workflow"),
                  .type = static_cast<TriggerType>(in.at("type").get<int>()),
                  .activated = in.at("activated"),
                  .description = take<std::string>(in, "description"),
                  .crawlers = in.at("crawlers"),
                  .any = in.at("any"),
                  .tags = in.at("tags")};
  for (const json& condition : in.at("conditions")) {
    trigger.conditions.push_back(
        {.crawler = condition.at("crawler"), .state = static_cast<CrawlState>(condition.at("state").get<int>())});
  }
  if (const auto at = in.find("batching"); at != in.end()) {
    trigger.batching = EventBatching{.size = at->at("size"), .window_seconds = at->at("window")};
  }
  trigger.schedule = take<std::string>(in, "schedule");
  trigger.schedule_id = in.value("schedule_id", "");
  return trigger;
}

std::string encode(const WorkflowRun& run) {
  json out{{"id", run.id},
           {"workflow", run.workflow},
           {"state", static_cast<int>(run.state)},
           {"started", to_millis(run.started)},
           {"error", run.error},
           {"properties", run.properties},
           {"events", run.event_ids},
           {"steps", json::array()}};
  if (run.ended) out["ended"] = to_millis(*run.ended);
  for (const RunStep& step : run.steps) {
    json each{{"trigger", step.trigger}, {"crawler", step.crawler}, {"crawl", step.crawl_id}};
    if (step.ended) each["ended"] = static_cast<int>(*step.ended);
    out["steps"].push_back(std::move(each));
  }
  return row_of(out);
}

WorkflowRun decode_run(std::string_view row) {
  const json in = value_of(row);
  WorkflowRun run{.id = in.at("id"),
                  .workflow = in.at("workflow"),
                  .state = static_cast<RunState>(in.at("state").get<int>()),
                  .started = from_millis(in.at("started")),
                  .error = in.at("error"),
                  .properties = in.at("properties"),
                  .event_ids = in.at("events")};
  if (in.contains("ended")) run.ended = from_millis(in.at("ended"));
  for (const json& each : in.at("steps")) {
    RunStep step{.trigger = each.at("trigger"), .crawler = each.at("crawler"), .crawl_id = each.at("crawl")};
    if (each.contains("ended")) step.ended = static_cast<CrawlState>(each.at("ended").get<int>());
    run.steps.push_back(std::move(step));
  }
  return run;
}

std::string encode(const EventBatch& batch) {
  return row_of(json{{"id", batch.id}, {"first", to_millis(batch.first)}, {"events", batch.event_ids}});
}

EventBatch decode_batch(std::string_view row) {
  const json in = value_of(row);
  return {.id = in.at("id"), .first = from_millis(in.at("first")), .event_ids = in.at("events")};
}

}  // namespace tarn::crawl
