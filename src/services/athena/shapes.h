// Athena's shapes that several handlers make or read.
#pragma once

#include "api/athena/enums.h"
#include "api/athena/errors.h"
#include "api/athena/types/database.h"
#include "api/athena/types/encryption_configuration.h"
#include "api/athena/types/named_query.h"
#include "api/athena/types/prepared_statement.h"
#include "api/athena/types/query_execution.h"
#include "api/athena/types/result_configuration.h"
#include "api/athena/types/table_metadata.h"
#include "api/athena/types/work_group_configuration.h"
#include "base/page_token.h"
#include "catalog/types.h"
#include "query/model.h"

namespace tarn::athena {

inline constexpr std::string_view data_catalog = "AwsDataCatalog";

QueryExecution query_execution_shape(const query::Execution& execution);
NamedQuery named_query_shape(const query::NamedQuery& query);
PreparedStatement prepared_statement_shape(const query::PreparedStatement& statement);
WorkGroupConfiguration configuration_shape(const query::WorkGroup& group);
EngineVersion engine_version_shape();
Database database_shape(const catalog::Database& database);
TableMetadata table_shape(const catalog::Table& table);

// What of a configuration Tarn would store and not act on, it refuses.
void refuse_unsupported(const std::optional<ResultConfiguration>& configuration);
// Is SSE_S3 asked for? What needs keys of KMS is refused.
bool wants_sse_s3(const std::optional<EncryptionConfiguration>& configuration);
bool wants_sse_s3(const std::optional<ResultConfiguration>& configuration);
[[noreturn]] void not_implemented(std::string_view what);

// Where a list goes on, from and to a NextToken. `list` names the operation and what else the place depends on; another
// list's token, or none of ours, is InvalidRequestException.
std::string place_after(std::string_view list, const std::optional<std::string>& next_token);

// The account has one data catalog; any other name is refused.
void require_data_catalog(std::string_view name);

}  // namespace tarn::athena
