// Glue's words into the catalog's and back.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "api/glue/errors.h"
#include "api/glue/types/column.h"
#include "api/glue/types/error_detail.h"
#include "api/glue/types/partition.h"
#include "api/glue/types/partition_error.h"
#include "api/glue/types/partition_input.h"
#include "api/glue/types/storage_descriptor.h"
#include "api/glue/types/table_input.h"
#include "base/page_token.h"
#include "catalog/catalog.h"
#include "services/glue/glue.h"

namespace tarn::glue {

// The caller's account; anonymous callers never get here.
const AccountId& account_of(const Glue& glue);

// Only the caller's own catalog is here: another CatalogId is refused.
void check_catalog(const Glue& glue, const std::optional<std::string>& catalog_id);

// What a member asks for that Tarn would not do is refused, never kept in silence.
template <typename T>
void refuse_if(const std::optional<T>& member, const char* name) {
  if (member) throw Error(errors::not_implemented, std::string("Tarn does not support ") + name + ".");
}

// Pages: the caller's size within the operation's limit.
inline std::size_t page_size(const std::optional<std::int32_t>& wanted, std::size_t most) {
  return wanted && *wanted > 0 ? std::min<std::size_t>(static_cast<std::size_t>(*wanted), most) : most;
}
// Where a list goes on, from and to a NextToken. `list` names the operation and what else the place depends on; another
// list's token, or none of ours, is InvalidInputException. AWS takes an empty one for none.
std::string place_after(std::string_view list, const std::optional<std::string>& next_token);

ErrorDetail error_detail(const ErrorCode& code, std::string message);

// The answer to a batch of partitions, of which some failed; `values` has those of all that were asked for.
template <typename Output>
Output with_failed_partitions(std::vector<catalog::ItemError> failed,
                              const std::vector<std::vector<std::string>>& values) {
  Output output;
  output.errors.emplace();
  for (catalog::ItemError& item : failed) {
    PartitionError each;
    each.partition_values = values[item.index];
    each.error_detail = error_detail(item.code, std::move(item.message));
    output.errors->push_back(std::move(each));
  }
  return output;
}

catalog::StorageDescriptor storage_from(StorageDescriptor storage);
StorageDescriptor storage_to(catalog::StorageDescriptor storage);
std::vector<catalog::Column> columns_from(std::optional<std::vector<Column>> columns);
std::vector<Column> columns_to(std::vector<catalog::Column> columns);
catalog::TableInput table_from(TableInput input);
catalog::PartitionInput partition_from(PartitionInput input);
Partition partition_to(catalog::Partition partition, const AccountId& account, const std::string& database,
                       const std::string& table);

// A list or map that is empty is left out of answers.
template <typename T>
std::optional<T> unless_empty(T value) {
  return value.empty() ? std::nullopt : std::optional(std::move(value));
}

}  // namespace tarn::glue
