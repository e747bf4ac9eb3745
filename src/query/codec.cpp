#include "query/codec.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace tarn::query {
namespace {

using nlohmann::json;

constexpr char format_version = 1;

std::string row_of(const json& value) {
  return format_version + value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json value_of(std::string_view row) {
  if (row.empty() || row[0] != format_version)
    throw std::runtime_error("a row of athena has an unknown format version");
  return json::parse(row.substr(1));
}

json json_of(const Statistics& statistics) {
  return {{"queue", statistics.queue_ms},          {"planning", statistics.planning_ms},
          {"engine", statistics.engine_ms},        {"service", statistics.service_ms},
          {"total", statistics.total_ms},          {"scanned", statistics.scanned_bytes},
          {"output_rows", statistics.output_rows}, {"output_bytes", statistics.output_bytes},
          {"manifest", statistics.manifest}};
}

Statistics statistics_of(const json& in) {
  return {.queue_ms = in.at("queue"),
          .planning_ms = in.at("planning"),
          .engine_ms = in.at("engine"),
          .service_ms = in.at("service"),
          .total_ms = in.at("total"),
          .scanned_bytes = in.at("scanned"),
          .output_rows = in.at("output_rows"),
          .output_bytes = in.at("output_bytes"),
          .manifest = in.at("manifest")};
}

json json_of(const ResultColumn& column) {
  return {column.name, column.type, column.precision, column.scale, column.case_sensitive};
}

}  // namespace

std::string_view name_of(State state) {
  switch (state) {
    case State::queued:
      return "QUEUED";
    case State::running:
      return "RUNNING";
    case State::succeeded:
      return "SUCCEEDED";
    case State::failed:
      return "FAILED";
    case State::cancelled:
      return "CANCELLED";
  }
  return {};
}

std::string_view name_of(StatementType type) {
  switch (type) {
    case StatementType::ddl:
      return "DDL";
    case StatementType::dml:
      return "DML";
    case StatementType::utility:
      return "UTILITY";
  }
  return {};
}

std::string encode(const Execution& execution) {
  json out{{"id", execution.id},
           {"workgroup", execution.workgroup},
           {"query", execution.query},
           {"parameters", execution.parameters},
           {"database", execution.database},
           {"catalog", execution.catalog},
           {"type", static_cast<int>(execution.type)},
           {"subtype", execution.subtype},
           {"folder", execution.folder},
           {"location", execution.location},
           {"bucket_owner", execution.expected_bucket_owner},
           {"sse_s3", execution.sse_s3},
           {"state", static_cast<int>(execution.state)},
           {"reason", execution.reason},
           {"submitted", to_millis(execution.submitted)},
           {"statistics", json_of(execution.statistics)},
           {"update_count", execution.update_count},
           {"partial", execution.partial}};
  if (execution.completed) out["completed"] = to_millis(*execution.completed);
  if (const auto& failure = execution.failure) {
    out["failure"] = {failure->category, failure->type, failure->retryable, failure->message};
  }
  auto& columns = out["columns"] = json::array();
  for (const auto& column : execution.columns) columns.push_back(json_of(column));
  return row_of(out);
}

Execution decode_execution(std::string_view row) {
  const json in = value_of(row);
  Execution execution{.id = in.at("id"),
                      .workgroup = in.at("workgroup"),
                      .query = in.at("query"),
                      .parameters = in.at("parameters"),
                      .database = in.at("database"),
                      .catalog = in.at("catalog"),
                      .type = static_cast<StatementType>(in.at("type").get<int>()),
                      .subtype = in.at("subtype"),
                      .folder = in.at("folder"),
                      .location = in.at("location"),
                      .expected_bucket_owner = in.at("bucket_owner"),
                      .sse_s3 = in.value("sse_s3", false),
                      .state = static_cast<State>(in.at("state").get<int>()),
                      .reason = in.at("reason"),
                      .submitted = from_millis(in.at("submitted")),
                      .statistics = statistics_of(in.at("statistics")),
                      .update_count = in.at("update_count"),
                      .partial = in.at("partial")};
  if (const auto at = in.find("completed"); at != in.end()) execution.completed = from_millis(*at);
  if (const auto at = in.find("failure"); at != in.end()) {
    execution.failure = Failure{at->at(0), at->at(1), at->at(2), at->at(3)};
  }
  for (const auto& column : in.at("columns")) {
    execution.columns.push_back({column.at(0), column.at(1), column.at(2), column.at(3), column.at(4)});
  }
  return execution;
}

std::string encode(const WorkGroup& group) {
  json out{{"name", group.name},
           {"description", group.description},
           {"enabled", group.enabled},
           {"enforce", group.enforce},
           {"output", group.output_location},
           {"sse_s3", group.sse_s3},
           {"metrics", group.publish_metrics},
           {"requester_pays", group.requester_pays},
           {"tags", group.tags},
           {"created", to_millis(group.created)}};
  if (group.scan_limit_bytes) out["scan_limit"] = *group.scan_limit_bytes;
  return row_of(out);
}

WorkGroup decode_workgroup(std::string_view row) {
  const json in = value_of(row);
  WorkGroup group{.name = in.at("name"),
                  .description = in.at("description"),
                  .enabled = in.at("enabled"),
                  .enforce = in.at("enforce"),
                  .output_location = in.at("output"),
                  .sse_s3 = in.value("sse_s3", false),
                  .publish_metrics = in.at("metrics"),
                  .requester_pays = in.at("requester_pays"),
                  .tags = in.at("tags"),
                  .created = from_millis(in.at("created"))};
  if (const auto at = in.find("scan_limit"); at != in.end()) group.scan_limit_bytes = at->get<std::uint64_t>();
  return group;
}

std::string encode(const NamedQuery& query) {
  return row_of({{"id", query.id},
                 {"name", query.name},
                 {"description", query.description},
                 {"database", query.database},
                 {"query", query.query},
                 {"workgroup", query.workgroup}});
}

NamedQuery decode_named_query(std::string_view row) {
  const json in = value_of(row);
  return {.id = in.at("id"),
          .name = in.at("name"),
          .description = in.at("description"),
          .database = in.at("database"),
          .query = in.at("query"),
          .workgroup = in.at("workgroup")};
}

std::string encode(const PreparedStatement& statement) {
  return row_of({{"name", statement.name},
                 {"workgroup", statement.workgroup},
                 {"query", statement.query},
                 {"description", statement.description},
                 {"modified", to_millis(statement.modified)}});
}

PreparedStatement decode_prepared_statement(std::string_view row) {
  const json in = value_of(row);
  return {.name = in.at("name"),
          .workgroup = in.at("workgroup"),
          .query = in.at("query"),
          .description = in.at("description"),
          .modified = from_millis(in.at("modified"))};
}

}  // namespace tarn::query
