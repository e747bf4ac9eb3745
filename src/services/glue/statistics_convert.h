// Column statistics: the catalog keeps their data as the API's own JSON.
#pragma once

#include "api/glue/errors.h"
#include "api/glue/types/column_error.h"
#include "api/glue/types/column_statistics.h"
#include "services/glue/convert.h"

namespace tarn::glue {

std::vector<catalog::ColumnStatistics> statistics_from(std::vector<ColumnStatistics> list);
// What is there, and an error for each column that has none.
void statistics_to(std::vector<catalog::ColumnStatistics> found, const std::vector<std::string>& wanted,
                   std::optional<std::vector<ColumnStatistics>>& list,
                   std::optional<std::vector<ColumnError>>& missing);

}  // namespace tarn::glue
