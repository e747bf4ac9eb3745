// The handlers over a lake in memory: what clients send becomes the domain's, and back.
#include "services/athena/athena.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/athena/batch_get_named_query.h"
#include "api/athena/batch_get_query_execution.h"
#include "api/athena/create_named_query.h"
#include "api/athena/create_prepared_statement.h"
#include "api/athena/create_work_group.h"
#include "api/athena/delete_named_query.h"
#include "api/athena/delete_prepared_statement.h"
#include "api/athena/delete_work_group.h"
#include "api/athena/get_data_catalog.h"
#include "api/athena/get_database.h"
#include "api/athena/get_prepared_statement.h"
#include "api/athena/get_query_execution.h"
#include "api/athena/get_query_results.h"
#include "api/athena/get_query_runtime_statistics.h"
#include "api/athena/get_table_metadata.h"
#include "api/athena/get_work_group.h"
#include "api/athena/list_databases.h"
#include "api/athena/list_named_queries.h"
#include "api/athena/list_prepared_statements.h"
#include "api/athena/list_query_executions.h"
#include "api/athena/list_table_metadata.h"
#include "api/athena/list_work_groups.h"
#include "api/athena/start_query_execution.h"
#include "api/athena/stop_query_execution.h"
#include "api/athena/update_named_query.h"
#include "api/athena/update_prepared_statement.h"
#include "api/athena/update_work_group.h"
#include "query/testing.h"

namespace tarn::athena {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class AthenaTest : public ::testing::Test {
 protected:
  std::string start(const std::string& sql) {
    StartQueryExecutionRequest request{.query_string = sql};
    request.query_execution_context = QueryExecutionContext{.database = "db"};
    request.result_configuration = ResultConfiguration{.output_location = "s3://lake/results"};
    return *sync_wait(start_query_execution(athena, std::move(request))).query_execution_id;
  }
  std::string finished(const std::string& sql) {
    const auto id = start(sql);
    lake.wait(id);
    return id;
  }
  QueryExecution told(const std::string& id) {
    return *sync_wait(get_query_execution(athena, {.query_execution_id = id})).query_execution;
  }
  template <typename Call>
  std::string refusal(Call call) {
    try {
      call();
    } catch (const Error& error) {
      return std::string(error.code().name);
    }
    return "(none)";
  }

  query::testing::TestLake lake;
  Athena athena{.access = *lake.caller, .queries = lake.queries, .catalog = lake.catalog};
};

TEST_F(AthenaTest, TellsAnExecutionAsClientsReadIt) {
  const auto id = finished("SELECT 1 AS a, NULL AS b");
  const QueryExecution execution = told(id);
  EXPECT_EQ(execution.status->state, QueryExecutionState::succeeded);
  EXPECT_TRUE(execution.status->submission_date_time && execution.status->completion_date_time);
  EXPECT_EQ(execution.statement_type, StatementType::dml);
  EXPECT_EQ(execution.substatement_type, "SELECT");
  EXPECT_EQ(execution.work_group, "primary");
  EXPECT_EQ(execution.result_configuration->output_location, "s3://lake/results/" + id + ".csv");
  EXPECT_EQ(execution.query_execution_context->database, "db");
  EXPECT_EQ(execution.engine_version->effective_engine_version, "Athena engine version 3");
  EXPECT_FALSE(execution.statistics->result_reuse_information->reused_previous_result);
  const auto results = sync_wait(get_query_results(athena, {.query_execution_id = id}));
  const auto& rows = *results.result_set->rows;
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ((*rows[0].data)[1].var_char_value, "b");
  EXPECT_EQ((*rows[1].data)[0].var_char_value, "1");
  EXPECT_EQ((*rows[1].data)[1].var_char_value, std::nullopt);
  const auto& columns = *results.result_set->result_set_metadata->column_info;
  EXPECT_EQ(columns[0].type, "integer");
  EXPECT_EQ(columns[0].label, "a");
  EXPECT_EQ(columns[0].nullable, ColumnNullable::unknown);
  EXPECT_EQ(results.next_token, std::nullopt);
  EXPECT_TRUE(sync_wait(get_query_runtime_statistics(athena, {.query_execution_id = id})).query_runtime_statistics);
}

TEST_F(AthenaTest, TellsAFailureWithItsReason) {
  const QueryExecution failed = told(finished("SELECT 1 / 0"));
  EXPECT_EQ(failed.status->state, QueryExecutionState::failed);
  EXPECT_THAT(*failed.status->state_change_reason, HasSubstr("DIVISION_BY_ZERO"));
  EXPECT_EQ(failed.status->athena_error->error_category, 2);
  EXPECT_EQ(failed.status->athena_error->retryable, false);
  const GetQueryResultsRequest results{.query_execution_id = *failed.query_execution_id};
  EXPECT_EQ(refusal([&] { sync_wait(get_query_results(athena, results)); }), "InvalidRequestException");
  EXPECT_EQ(refusal([&] { start("SELEC 1"); }), "InvalidRequestException");
  EXPECT_EQ(refusal([&] { told("no-such-id"); }), "InvalidRequestException");
}

TEST_F(AthenaTest, RefusesWhatItWouldNotDo) {
  const auto encrypted = [](std::optional<EncryptionOption> option) {
    StartQueryExecutionRequest request{.query_string = "SELECT 1"};
    request.result_configuration = ResultConfiguration{.encryption_configuration = EncryptionConfiguration{}};
    if (option) request.result_configuration->encryption_configuration->encryption_option = *option;
    return request;
  };
  EXPECT_EQ(refusal([&] { sync_wait(start_query_execution(athena, encrypted(EncryptionOption::sse_kms))); }),
            "NotImplemented");
  EXPECT_EQ(refusal([&] { sync_wait(start_query_execution(athena, encrypted(EncryptionOption::cse_kms))); }),
            "NotImplemented");
  StartQueryExecutionRequest elsewhere{.query_string = "SELECT 1"};
  elsewhere.query_execution_context = QueryExecutionContext{.catalog = "lambda"};
  EXPECT_EQ(refusal([&] { sync_wait(start_query_execution(athena, elsewhere)); }), "InvalidRequestException");
}

TEST_F(AthenaTest, ListsAndStops) {
  const auto id = finished("SELECT 1");
  const auto listed = sync_wait(list_query_executions(athena, {}));
  EXPECT_THAT(*listed.query_execution_ids, ElementsAre(id));
  sync_wait(stop_query_execution(athena, {.query_execution_id = id}));
  EXPECT_EQ(told(id).status->state, QueryExecutionState::succeeded);
  const auto batch = sync_wait(batch_get_query_execution(athena, {.query_execution_ids = {id, "nope"}}));
  EXPECT_THAT(*batch.query_executions, SizeIs(1));
  EXPECT_EQ((*batch.unprocessed_query_execution_ids)[0].query_execution_id, "nope");
}

TEST_F(AthenaTest, KeepsWorkGroups) {
  const auto primary = sync_wait(get_work_group(athena, {.work_group = "primary"}));
  EXPECT_EQ(primary.work_group->configuration->enforce_work_group_configuration, false);
  EXPECT_EQ(primary.work_group->configuration->managed_query_results_configuration->enabled, false);
  CreateWorkGroupRequest create{.name = "team"};
  create.configuration.emplace();
  create.configuration->result_configuration = ResultConfiguration{.output_location = "s3://lake/team/"};
  create.configuration->bytes_scanned_cutoff_per_query = 10'000'000;
  sync_wait(create_work_group(athena, create));
  EXPECT_EQ(refusal([&] { sync_wait(create_work_group(athena, create)); }), "InvalidRequestException");
  UpdateWorkGroupRequest update{.work_group = "team", .description = "ours", .state = WorkGroupState::disabled};
  update.configuration_updates.emplace();
  update.configuration_updates->remove_bytes_scanned_cutoff_per_query = true;
  sync_wait(update_work_group(athena, update));
  const auto team = sync_wait(get_work_group(athena, {.work_group = "team"}));
  EXPECT_EQ(team.work_group->state, WorkGroupState::disabled);
  EXPECT_EQ(team.work_group->description, "ours");
  EXPECT_EQ(team.work_group->configuration->enforce_work_group_configuration, true);
  EXPECT_EQ(team.work_group->configuration->bytes_scanned_cutoff_per_query, std::nullopt);
  EXPECT_EQ(team.work_group->configuration->result_configuration->output_location, "s3://lake/team/");
  EXPECT_THAT(*sync_wait(list_work_groups(athena, {})).work_groups, SizeIs(2));
  sync_wait(delete_work_group(athena, {.work_group = "team"}));
  EXPECT_EQ(refusal([&] { sync_wait(get_work_group(athena, {.work_group = "team"})); }), "InvalidRequestException");
  EXPECT_EQ(refusal([&] { sync_wait(delete_work_group(athena, {.work_group = "primary"})); }),
            "InvalidRequestException");
}

TEST_F(AthenaTest, KeepsNamedQueries) {
  const auto id = *sync_wait(create_named_query(athena, {.name = "n", .database = "db", .query_string = "SELECT 1"}))
                       .named_query_id;
  EXPECT_THAT(*sync_wait(list_named_queries(athena, {})).named_query_ids, ElementsAre(id));
  sync_wait(update_named_query(athena, {.named_query_id = id, .name = "m", .query_string = "SELECT 2"}));
  const auto batch = sync_wait(batch_get_named_query(athena, {.named_query_ids = {id, "nope"}}));
  EXPECT_EQ((*batch.named_queries)[0].name, "m");
  EXPECT_THAT(*batch.unprocessed_named_query_ids, SizeIs(1));
  sync_wait(delete_named_query(athena, {.named_query_id = id}));
  EXPECT_THAT(*sync_wait(list_named_queries(athena, {})).named_query_ids, SizeIs(0));
}

TEST_F(AthenaTest, KeepsPreparedStatements) {
  const CreatePreparedStatementRequest create{
      .statement_name = "p", .work_group = "primary", .query_statement = "SELECT ?"};
  sync_wait(create_prepared_statement(athena, create));
  EXPECT_EQ(refusal([&] { sync_wait(create_prepared_statement(athena, create)); }), "InvalidRequestException");
  sync_wait(update_prepared_statement(
      athena, {.statement_name = "p", .work_group = "primary", .query_statement = "SELECT ? AS x"}));
  const auto found = sync_wait(get_prepared_statement(athena, {.statement_name = "p", .work_group = "primary"}));
  EXPECT_EQ(found.prepared_statement->query_statement, "SELECT ? AS x");
  EXPECT_THAT(*sync_wait(list_prepared_statements(athena, {.work_group = "primary"})).prepared_statements, SizeIs(1));
  EXPECT_EQ(told(finished("EXECUTE p USING 5")).status->state, QueryExecutionState::succeeded);
  sync_wait(delete_prepared_statement(athena, {.statement_name = "p", .work_group = "primary"}));
  EXPECT_EQ(
      refusal([&] { sync_wait(get_prepared_statement(athena, {.statement_name = "p", .work_group = "primary"})); }),
      "ResourceNotFoundException");
}

TEST_F(AthenaTest, ShowsTheCatalog) {
  finished("CREATE EXTERNAL TABLE t (a int COMMENT 'x') PARTITIONED BY (p string) LOCATION 's3://lake/t/'");
  EXPECT_EQ(sync_wait(get_data_catalog(athena, {.name = "AwsDataCatalog"})).data_catalog->type, DataCatalogType::glue);
  EXPECT_EQ(sync_wait(get_database(athena, {.catalog_name = "awsdatacatalog", .database_name = "db"})).database->name,
            "db");
  EXPECT_THAT(*sync_wait(list_databases(athena, {.catalog_name = "AwsDataCatalog"})).database_list, SizeIs(1));
  const auto tables = sync_wait(
      list_table_metadata(athena, {.catalog_name = "AwsDataCatalog", .database_name = "db", .expression = "^t$"}));
  ASSERT_THAT(*tables.table_metadata_list, SizeIs(1));
  const auto& table = (*tables.table_metadata_list)[0];
  EXPECT_EQ((*table.columns)[0].comment, "x");
  EXPECT_EQ((*table.partition_keys)[0].name, "p");
  EXPECT_EQ(table.parameters->at("location"), "s3://lake/t/");
  EXPECT_EQ(refusal([&] {
              sync_wait(get_table_metadata(
                  athena, {.catalog_name = "AwsDataCatalog", .database_name = "db", .table_name = "nope"}));
            }),
            "MetadataException");
  try {
    sync_wait(
        get_table_metadata(athena, {.catalog_name = "AwsDataCatalog", .database_name = "db", .table_name = "no"}));
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::MatchesRegex(".*[(]Service: AmazonDataCatalog; Status Code: 400; Error Code: "
                                                      "EntityNotFoundException; [^()]*[)]"));
  }
  EXPECT_EQ(refusal([&] { sync_wait(list_databases(athena, {.catalog_name = "other"})); }), "InvalidRequestException");
}

}  // namespace
}  // namespace tarn::athena
