// INTERVAL literals: '3' MONTH, '1-6' YEAR TO MONTH, '2 10:30:00.5' DAY TO SECOND.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tarn::sql {

struct Interval {
  bool year_to_month = false;
  std::int64_t amount = 0;  // Months, or milliseconds.
};

// Units in lower case; `to` is empty for a single unit. None if the text or the pair of units is not an interval.
std::optional<Interval> parse_interval(std::string_view text, std::string_view from, std::string_view to);

}  // namespace tarn::sql
