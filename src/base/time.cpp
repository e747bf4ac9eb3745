#include "base/time.h"

#include <array>
#include <charconv>
#include <ctime>

namespace tarn {
namespace {

using namespace std::chrono;

constexpr std::array<const char*, 7> weekday_names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Parts {
  year_month_day date;
  hh_mm_ss<Milliseconds> time;
  weekday day;
};

Parts parts_of(Timestamp time) {
  const auto days = floor<std::chrono::days>(time);
  return {year_month_day(days), hh_mm_ss<Milliseconds>(time - days), weekday(days)};
}

// `value` with at least `width` digits. Lists write thousands of times, and printf takes longer than all else of an
// item.
void add_number(std::string& text, std::int64_t value, std::size_t width) {
  std::array<char, 20> digits;
  if (value >= 0 && (value < 100 ? width == 2 : value >= 1000 && value < 10000 && width == 4)) {
    for (std::size_t at = width; at > 0; value /= 10) digits[--at] = static_cast<char>('0' + value % 10);
    text.append(digits.data(), width);
    return;
  }
  if (value < 0) text += '-';
  std::size_t count = 0;
  for (std::uint64_t left = value < 0 ? -std::uint64_t(value) : std::uint64_t(value); left || count < width;
       left /= 10) {
    digits[count++] = static_cast<char>('0' + left % 10);
  }
  while (count) text += digits[--count];
}

void add_clock(std::string& text, const hh_mm_ss<Milliseconds>& clock, std::string_view between) {
  add_number(text, clock.hours().count(), 2);
  text += between;
  add_number(text, clock.minutes().count(), 2);
  text += between;
  add_number(text, clock.seconds().count(), 2);
}

// The date of an ISO 8601 text, and the T behind it.
std::string day_text(year_month_day date, std::string_view between) {
  std::string text;
  text.reserve(32);
  add_number(text, int(date.year()), 4);
  text += between;
  add_number(text, unsigned(date.month()), 2);
  text += between;
  add_number(text, unsigned(date.day()), 2);
  text += 'T';
  return text;
}

// Reads from the front of `text`; each step says whether it found what it wanted.
struct Cursor {
  std::string_view text;

  bool digits(std::size_t count, int& out) {
    if (text.size() < count) return false;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + count, out);
    if (failure != std::errc{} || end != text.data() + count || text[0] == '-') return false;
    text.remove_prefix(count);
    return true;
  }
  bool literal(char wanted) {
    if (text.empty() || text[0] != wanted) return false;
    text.remove_prefix(1);
    return true;
  }
};

std::optional<Timestamp> assemble(int year, int month, int day, int hour, int minute, int second, int millis) {
  const year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return Timestamp(sys_days(date)) + hours(hour) + minutes(minute) + seconds(second) + Milliseconds(millis);
}

}  // namespace

std::string iso8601(Timestamp time) {
  const auto [date, clock, day] = parts_of(time);
  std::string text = day_text(date, "-");
  add_clock(text, clock, ":");
  text += '.';
  add_number(text, clock.subseconds().count(), 3);
  text += 'Z';
  return text;
}

std::string iso8601_seconds(Timestamp time) {
  const auto [date, clock, day] = parts_of(time);
  std::string text = day_text(date, "-");
  add_clock(text, clock, ":");
  text += 'Z';
  return text;
}

std::string iso8601_basic(Timestamp time) {
  const auto [date, clock, day] = parts_of(time);
  std::string text = day_text(date, "");
  add_clock(text, clock, "");
  text += 'Z';
  return text;
}

std::string http_date(Timestamp time) {
  const auto [date, clock, day] = parts_of(time);
  std::string text(weekday_names[day.c_encoding()]);
  text.reserve(32);
  text += ", ";
  add_number(text, unsigned(date.day()), 2);
  text += ' ';
  text += month_names[unsigned(date.month()) - 1];
  text += ' ';
  add_number(text, int(date.year()), 4);
  text += ' ';
  add_clock(text, clock, ":");
  text += " GMT";
  return text;
}

std::optional<Timestamp> parse_iso8601(std::string_view text) {
  Cursor in{text};
  int year, month, day, hour = 0, minute = 0, second = 0, millis = 0;
  if (!in.digits(4, year)) return std::nullopt;
  const bool extended = in.literal('-');
  if (!in.digits(2, month) || (extended && !in.literal('-')) || !in.digits(2, day)) return std::nullopt;
  if (in.text.empty()) return assemble(year, month, day, 0, 0, 0, 0);
  if (!in.literal('T') && !in.literal(' ')) return std::nullopt;
  if (!in.digits(2, hour) || (extended && !in.literal(':')) || !in.digits(2, minute)) return std::nullopt;
  if ((extended ? in.literal(':') : !in.text.empty()) && !in.digits(2, second)) return std::nullopt;
  if (in.literal('.')) {
    int scale = 100;
    if (in.text.empty() || in.text[0] < '0' || in.text[0] > '9') return std::nullopt;
    for (; !in.text.empty() && in.text[0] >= '0' && in.text[0] <= '9'; in.text.remove_prefix(1), scale /= 10) {
      millis += (in.text[0] - '0') * scale;
    }
  }
  auto time = assemble(year, month, day, hour, minute, second, millis);
  if (!time) return std::nullopt;
  if (in.literal('Z')) return in.text.empty() ? time : std::nullopt;
  if (in.text.empty()) return time;
  const bool ahead = in.text[0] == '+';
  if (!in.literal('+') && !in.literal('-')) return std::nullopt;
  int offset_hours, offset_minutes = 0;
  if (!in.digits(2, offset_hours)) return std::nullopt;
  in.literal(':');
  if (!in.text.empty() && !in.digits(2, offset_minutes)) return std::nullopt;
  if (!in.text.empty()) return std::nullopt;
  const auto offset = hours(offset_hours) + minutes(offset_minutes);
  return ahead ? *time - offset : *time + offset;
}

std::optional<Timestamp> parse_http_date(std::string_view text) {
  for (const char* form : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    std::tm parsed{};
    const std::string owned(text);
    const char* end = strptime(owned.c_str(), form, &parsed);
    if (end && *end == '\0') {
      return assemble(parsed.tm_year + 1900, parsed.tm_mon + 1, parsed.tm_mday, parsed.tm_hour, parsed.tm_min,
                      parsed.tm_sec, 0);
    }
  }
  return std::nullopt;
}

}  // namespace tarn
