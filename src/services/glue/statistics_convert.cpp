#include "services/glue/statistics_convert.h"

#include "aws/json.h"
#include "base/encoding.h"

namespace tarn::glue {

std::vector<catalog::ColumnStatistics> statistics_from(std::vector<ColumnStatistics> list) {
  std::vector<catalog::ColumnStatistics> result;
  for (ColumnStatistics& each : list) {
    result.push_back({.column = std::move(each.column_name),
                      .type = std::move(each.column_type),
                      .analyzed = each.analyzed_time,
                      .data = aws::write_json(shape_of(&each.statistics_data), &each.statistics_data)});
  }
  return result;
}

void statistics_to(std::vector<catalog::ColumnStatistics> found, const std::vector<std::string>& wanted,
                   std::optional<std::vector<ColumnStatistics>>& list,
                   std::optional<std::vector<ColumnError>>& missing) {
  list.emplace();
  missing.emplace();
  for (const std::string& column : wanted) {
    const auto at = std::ranges::find_if(
        found, [&](const catalog::ColumnStatistics& each) { return equal_ignoring_case(each.column, column); });
    if (at == found.end()) {
      ColumnError error;
      error.column_name = column;
      error.error = error_detail(errors::entity_not_found_exception, "Statistics do not exist for column " + column);
      missing->push_back(std::move(error));
      continue;
    }
    ColumnStatistics out;
    out.column_name = at->column;
    out.column_type = at->type;
    out.analyzed_time = at->analyzed;
    aws::Reading reading;
    aws::read_json(shape_of(&out.statistics_data), &out.statistics_data, at->data, reading);
    list->push_back(std::move(out));
  }
}

}  // namespace tarn::glue
