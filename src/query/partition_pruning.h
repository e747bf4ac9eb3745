// Which partitions a query can do without, told from its text: conditions that compare a partition key with constants.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/types.h"
#include "query/sql/printer.h"

namespace tarn::query {

// What a condition says of a partition: nothing, unless it can be told from the partition's values alone.
enum class Verdict { holds, fails, unknown };

class PartitionPruner {
 public:
  // `use` and what it points at must outlive the pruner.
  PartitionPruner(const std::vector<catalog::Column>& keys, const sql::TableUse& use) : keys_(keys), use_(use) {}

  // May rows of the partition matter? `values` stand in the order of the keys.
  bool keeps(const std::vector<std::string>& values) const;

  // May rows matter whose key has this value, whatever the other keys'?
  bool may_be(std::size_t key, const std::string& value) const;

  // The constants of which the key must be one: `key = 'x'`, `key IN (1, 2)`. Empty: none are told.
  std::vector<std::string> listed(std::size_t key) const;

  // Values that the first keys must have, letter by letter: of text keys that are held to be equal to a constant.
  std::vector<std::string> leading() const;

 private:
  Verdict judge(const sql::Expression& condition, const std::vector<std::string>& values) const;
  std::optional<std::size_t> key_of(const sql::Expression& expression) const;
  const sql::Expression& resolved(const sql::Expression& expression) const;
  Verdict compare(sql::ComparisonOperator op, const sql::Expression& left, const sql::Expression& right,
                  const std::vector<std::string>& values) const;

  const std::vector<catalog::Column>& keys_;
  const sql::TableUse& use_;
};

}  // namespace tarn::query
