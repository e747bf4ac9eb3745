// Partition projection: partitions that a table's properties tell, in place of rows in the catalog.
//
// projection.enabled and projection.<key>.type (enum, integer, date, injected) with what each needs, and
// storage.location.template, as the Athena guide describes them under "Partition projection".
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "catalog/types.h"
#include "query/partition_pruning.h"

namespace tarn::query {

bool is_projected(const catalog::Table& table);
// Partitions lie where the table's template says, not in folders named key=value.
bool has_location_template(const catalog::Table& table);

struct ProjectedPartition {
  std::vector<std::string> values;  // In the order of the keys.
  std::string location;             // With its slash.
};

// All that the pruner does not leave out, in the order of the properties. `now` is what NOW means. Throws SqlError
// INVALID_TABLE_PROPERTY for properties that are wrong or missing, CONSTRAINT_VIOLATION where an injected key has no
// value, EXCEEDED_PARTITION_LIMIT where the conditions leave more than a statement can look at.
std::vector<ProjectedPartition> projected_partitions(const catalog::Table& table, const PartitionPruner& pruner,
                                                     Timestamp now);

// One key's values. Throws as above. Parts of projected_partitions, for tests.
std::vector<std::string> projected_values(const catalog::Table& table, const std::string& key, Timestamp now);

}  // namespace tarn::query
