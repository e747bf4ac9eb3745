// Tables and databases as answers tell them.
#pragma once

#include "api/glue/create_database.h"
#include "api/glue/get_database.h"
#include "api/glue/get_table.h"
#include "services/glue/convert.h"

namespace tarn::glue {

Table table_to(catalog::Table table, const AccountId& account);
Database database_to(catalog::Database database, const AccountId& account);
catalog::DatabaseInput database_from(DatabaseInput input);

}  // namespace tarn::glue
