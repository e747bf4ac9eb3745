// Time as Tarn keeps it: milliseconds since the epoch, UTC, and the spellings that AWS's protocols use.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn {

using Milliseconds = std::chrono::milliseconds;
using Timestamp = std::chrono::sys_time<Milliseconds>;

inline std::int64_t to_millis(Timestamp time) {
  return time.time_since_epoch().count();
}
inline Timestamp from_millis(std::int64_t millis) {
  return Timestamp(Milliseconds(millis));
}

std::string iso8601(Timestamp time);          // 2013-01-15T10:30:00.000Z
std::string iso8601_seconds(Timestamp time);  // 2013-01-15T10:30:00Z
std::string iso8601_basic(Timestamp time);    // 20130115T103000Z
std::string http_date(Timestamp time);        // Tue, 15 Jan 2013 10:30:00 GMT

// ISO 8601 with or without fraction and offset (Z, +hh:mm), date alone, or the basic form; none if it is not one.
std::optional<Timestamp> parse_iso8601(std::string_view text);
// RFC 7231's three forms.
std::optional<Timestamp> parse_http_date(std::string_view text);

}  // namespace tarn
