// Deleting databases and tables, whose rows lie in several partitions: what a crash leaves of it is finished later.
//
// The commit that takes a name away leaves a row that says what is still to be removed, "x/<database>" or "g/<table's
// id>", which goes once nothing is left. A database of the name cannot be made before.
#pragma once

#include <string>

#include "base/task.h"
#include "meta/store.h"

namespace tarn::catalog {

// Of a database whose own row is gone: its tables, and then its x/ row.
Task<void> finish_database_deletion(meta::Store& store, meta::Partition catalog, std::string database);

// Of a table whose head is gone: the rows of its partition, and then its g/ row.
Task<void> finish_table_deletion(meta::Store& store, meta::Partition catalog, std::string table_id);

// What processes before this one did not finish, in all catalogs. How many databases and tables that were.
Task<std::size_t> finish_deletions(meta::Store& store);

}  // namespace tarn::catalog
