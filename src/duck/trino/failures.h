// DuckDB's failures as Trino's.
#pragma once

#include "duck/engine.h"
#include "duck/trino/duckdb.h"

namespace tarn::duck {

SqlError sql_error(const ::duckdb::ErrorData& error);

}  // namespace tarn::duck
