// A table as it was read, with what a commit must check to be sure that it still is.
#pragma once

#include "catalog/catalog.h"
#include "catalog/types.h"

namespace tarn::catalog {

struct Catalog::Found {
  Table table;
  AccountId account;
  std::uint64_t row_version = 0;
};

// Glue and Hive fold names to lower case.
std::string folded(std::string_view name);

// Hands every row of [first, end) to `visit` until it returns false. Pages are read one after the other, so changes
// between two pages may be seen.
Task<void> for_each_row(meta::Store& store, meta::Partition partition, std::string first, std::string end,
                        std::function<bool(const meta::Row&)> visit);

}  // namespace tarn::catalog
