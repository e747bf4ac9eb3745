#include "services/athena/shapes.h"

#include "base/encoding.h"

namespace tarn::athena {
namespace {

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

Column column_shape(const catalog::Column& column) {
  return {.name = column.name, .type = column.type, .comment = column.comment};
}

std::optional<EncryptionConfiguration> encryption_shape(bool sse_s3) {
  if (!sse_s3) return std::nullopt;
  return EncryptionConfiguration{.encryption_option = EncryptionOption::sse_s3};
}

QueryExecutionStatus status_shape(const query::Execution& execution) {
  QueryExecutionStatus status{.state = static_cast<QueryExecutionState>(execution.state),
                              .state_change_reason = unless_empty(execution.reason),
                              .submission_date_time = execution.submitted,
                              .completion_date_time = execution.completed};
  if (const auto& failure = execution.failure) {
    status.athena_error = AthenaError{.error_category = failure->category,
                                      .error_type = failure->type,
                                      .retryable = failure->retryable,
                                      .error_message = failure->message};
  }
  return status;
}

QueryExecutionStatistics statistics_shape(const query::Statistics& statistics) {
  return {.engine_execution_time_in_millis = statistics.engine_ms,
          .data_scanned_in_bytes = static_cast<std::int64_t>(statistics.scanned_bytes),
          .data_manifest_location = unless_empty(statistics.manifest),
          .total_execution_time_in_millis = statistics.total_ms,
          .query_queue_time_in_millis = statistics.queue_ms,
          .service_pre_processing_time_in_millis = 0,
          .query_planning_time_in_millis = statistics.planning_ms,
          .service_processing_time_in_millis = statistics.service_ms,
          .result_reuse_information = ResultReuseInformation{.reused_previous_result = false}};
}

}  // namespace

static_assert(static_cast<int>(query::State::cancelled) == static_cast<int>(QueryExecutionState::cancelled));
static_assert(static_cast<int>(query::StatementType::utility) == static_cast<int>(StatementType::utility));

QueryExecution query_execution_shape(const query::Execution& execution) {
  QueryExecution shape{.query_execution_id = execution.id,
                       .query = execution.query,
                       .statement_type = static_cast<StatementType>(execution.type),
                       .result_configuration = ResultConfiguration{.output_location = execution.location},
                       .query_execution_context = QueryExecutionContext{.database = execution.database,
                                                                        .catalog = to_lower(execution.catalog)},
                       .status = status_shape(execution),
                       .statistics = statistics_shape(execution.statistics),
                       .work_group = execution.workgroup,
                       .engine_version = engine_version_shape(),
                       .substatement_type = execution.subtype};
  shape.result_configuration->encryption_configuration = encryption_shape(execution.sse_s3);
  shape.result_configuration->expected_bucket_owner = unless_empty(execution.expected_bucket_owner);
  if (!execution.parameters.empty()) shape.execution_parameters = execution.parameters;
  return shape;
}

NamedQuery named_query_shape(const query::NamedQuery& query) {
  return {.name = query.name,
          .description = unless_empty(query.description),
          .database = query.database,
          .query_string = query.query,
          .named_query_id = query.id,
          .work_group = query.workgroup};
}

PreparedStatement prepared_statement_shape(const query::PreparedStatement& statement) {
  return {.statement_name = statement.name,
          .query_statement = statement.query,
          .work_group_name = statement.workgroup,
          .description = unless_empty(statement.description),
          .last_modified_time = statement.modified};
}

EngineVersion engine_version_shape() {
  return {.selected_engine_version = "AUTO", .effective_engine_version = std::string(query::engine_version)};
}

WorkGroupConfiguration configuration_shape(const query::WorkGroup& group) {
  WorkGroupConfiguration shape;
  shape.result_configuration = ResultConfiguration{.output_location = unless_empty(group.output_location)};
  shape.result_configuration->encryption_configuration = encryption_shape(group.sse_s3);
  shape.managed_query_results_configuration = ManagedQueryResultsConfiguration{.enabled = false};
  shape.enforce_work_group_configuration = group.enforce;
  shape.publish_cloud_watch_metrics_enabled = group.publish_metrics;
  if (group.scan_limit_bytes) shape.bytes_scanned_cutoff_per_query = static_cast<std::int64_t>(*group.scan_limit_bytes);
  shape.requester_pays_enabled = group.requester_pays;
  shape.engine_version = engine_version_shape();
  return shape;
}

Database database_shape(const catalog::Database& database) {
  Database shape{.name = database.name, .description = database.description};
  if (!database.parameters.empty()) shape.parameters = database.parameters;
  return shape;
}

TableMetadata table_shape(const catalog::Table& table) {
  TableMetadata shape{.name = table.name,
                      .create_time = table.created,
                      .last_access_time = table.last_access,
                      .table_type = table.table_type,
                      .columns = std::vector<Column>(),
                      .partition_keys = std::vector<Column>(),
                      .parameters = table.parameters};
  if (table.storage) {
    for (const auto& column : table.storage->columns) shape.columns->push_back(column_shape(column));
    auto& parameters = *shape.parameters;
    if (table.storage->location) parameters["location"] = *table.storage->location;
    if (table.storage->input_format) parameters["inputformat"] = *table.storage->input_format;
    if (table.storage->output_format) parameters["outputformat"] = *table.storage->output_format;
    if (const auto& serde = table.storage->serde) {
      if (serde->library) parameters["serde.serialization.lib"] = *serde->library;
      for (const auto& [key, value] : serde->parameters) parameters["serde.param." + key] = value;
    }
  }
  for (const auto& key : table.partition_keys) shape.partition_keys->push_back(column_shape(key));
  return shape;
}

void not_implemented(std::string_view what) {
  throw Error(errors::not_implemented, "Tarn does not implement " + std::string(what) + " of Athena.");
}

bool wants_sse_s3(const std::optional<EncryptionConfiguration>& configuration) {
  if (!configuration) return false;
  if (configuration->encryption_option == EncryptionOption::sse_s3) return true;
  not_implemented("EncryptionConfiguration with keys of KMS (SSE_KMS, CSE_KMS)");
}

bool wants_sse_s3(const std::optional<ResultConfiguration>& configuration) {
  return configuration && wants_sse_s3(configuration->encryption_configuration);
}

void refuse_unsupported(const std::optional<ResultConfiguration>& configuration) {
  if (!configuration) return;
  if (configuration->acl_configuration) not_implemented("AclConfiguration");
}

std::string place_after(std::string_view list, const std::optional<std::string>& next_token) {
  if (!next_token) return {};
  auto place = page_place(list, *next_token);
  if (!place) throw Error(errors::invalid_request_exception, "Invalid NextToken");
  return std::move(*place);
}

void require_data_catalog(std::string_view name) {
  if (equal_ignoring_case(name, data_catalog)) return;
  throw Error(errors::invalid_request_exception, "DataCatalog " + std::string(name) + " was not found");
}

}  // namespace tarn::athena
