// The functions of system.trino: trino_functions.md says what each of them means.
#pragma once

#include "duck/trino/duckdb.h"

namespace tarn::duck {

void register_trino_functions(::duckdb::DatabaseInstance& database);

}  // namespace tarn::duck
