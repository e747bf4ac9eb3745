// The expression language of GetPartitions: an SQL WHERE clause over partition keys.
//
//   year = '2013' AND month BETWEEN 1 AND 6
//   ((k = 'v')) OR d >= '2013-01-01' OR name LIKE 'a%' OR m IN (1, 2) OR NOT x IS NULL
//
// Built from https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html. A pure function of bytes.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/types.h"

namespace tarn::catalog {

class PartitionFilter {
 public:
  // Throws Error(InvalidInputException) that says what is wrong and where: unknown column, a type that cannot be
  // compared, bad syntax. An empty or blank expression matches all. At most 2,048 characters and 64 levels deep.
  PartitionFilter(std::string_view expression, const std::vector<Column>& partition_keys);
  ~PartitionFilter();
  PartitionFilter(PartitionFilter&&) noexcept;

  // `values` stand in the order of the keys. A value that does not parse as its key's type compares as unknown.
  bool matches(const std::vector<std::string>& values) const;

  // The value that the first key must have for a match, if the expression pins it with an equality: prunes the scan.
  std::optional<std::string> pinned_first_value() const;

  struct Node;

 private:
  std::unique_ptr<Node> root_;
};

}  // namespace tarn::catalog
