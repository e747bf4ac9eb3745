#include "work/schedule.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/encoding.h"

namespace tarn::work {
namespace {

namespace chrono = std::chrono;

constexpr unsigned first_year = 1970, last_year = 2199;

std::optional<unsigned> parse_number(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto at = text.find(by);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

// "rate(…)" without its word and parentheses.
std::optional<std::string_view> inside(std::string_view text, std::string_view word) {
  if (!text.starts_with(word) || text.size() < word.size() + 2 || text[word.size()] != '(' || !text.ends_with(')')) {
    return std::nullopt;
  }
  return text.substr(word.size() + 1, text.size() - word.size() - 2);
}

// What a field may hold: numbers, and names for them.
struct Field {
  unsigned lowest, highest;
  std::vector<std::string_view> names = {};  // Of `lowest` and on.

  std::optional<unsigned> value(std::string_view text) const {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (equal_ignoring_case(text, names[i])) return lowest + static_cast<unsigned>(i);
    }
    const auto number = parse_number(text);
    return number && *number >= lowest && *number <= highest ? number : std::nullopt;
  }
};

const Field minute_field{0, 59};
const Field hour_field{0, 23};
const Field day_field{1, 31};
const Field month_field{1, 12, {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}};
const Field weekday_field{1, 7, {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}};
const Field year_field{first_year, last_year};

// "*", "5", "1-5", "0/15", "*/5", "10-40/10", and lists of them. `base` is taken off each value.
template <std::size_t Size>
bool parse_set(std::string_view text, const Field& field, std::bitset<Size>& out, unsigned base = 0) {
  for (const std::string_view item : split(text, ',')) {
    const auto slash = item.find('/');
    const std::string_view range = item.substr(0, slash);
    unsigned step = 1;
    if (slash != std::string_view::npos) {
      const auto given = parse_number(item.substr(slash + 1));
      if (!given || *given == 0) return false;
      step = *given;
    }
    unsigned from = field.lowest, to = field.highest;
    if (range != "*") {
      const auto dash = range.find('-');
      const auto low = field.value(range.substr(0, dash));
      if (!low) return false;
      from = *low;
      if (dash != std::string_view::npos) {
        const auto high = field.value(range.substr(dash + 1));
        if (!high || *high < from) return false;
        to = *high;
      } else if (slash == std::string_view::npos) {
        to = from;
      }
    }
    for (unsigned value = from; value <= to; value += step) out.set(value - base);
  }
  return true;
}

unsigned weekday_number(chrono::year_month_day day) {
  return chrono::weekday(chrono::sys_days(day)).c_encoding() + 1;
}

unsigned last_day(chrono::year_month_day day) {
  return static_cast<unsigned>(chrono::year_month_day_last(day.year(), chrono::month_day_last(day.month())).day());
}

// The weekday nearest to day `wanted` of the month, without leaving it.
unsigned nearest_weekday_to(unsigned wanted, chrono::year_month_day month) {
  const unsigned last = last_day(month);
  const unsigned day = std::min(wanted, last);
  const unsigned weekday = weekday_number(month.year() / month.month() / chrono::day(day));
  if (weekday == 7) return day > 1 ? day - 1 : day + 2;     // A Saturday.
  if (weekday == 1) return day < last ? day + 1 : day - 2;  // A Sunday.
  return day;
}

}  // namespace

std::optional<Schedule> Schedule::parse(std::string_view text) {
  Schedule schedule;
  if (const auto rate = inside(text, "rate")) {
    const auto parts = split(*rate, ' ');
    if (parts.size() != 2) return std::nullopt;
    const auto value = parse_number(parts[0]);
    constexpr std::array<std::pair<std::string_view, unsigned>, 3> units{{{"minute", 1}, {"hour", 60}, {"day", 1440}}};
    for (const auto& [unit, minutes] : units) {
      // AWS insists on "1 minute" and "2 minutes".
      const bool fits = value && *value > 0 && *value <= 1'000'000 && parts[1].starts_with(unit) &&
                        parts[1].substr(unit.size()) == (*value == 1 ? "" : "s");
      if (!fits) continue;
      schedule.when_ = Rate{.period = chrono::minutes(std::int64_t{*value} * minutes)};
      return schedule;
    }
    return std::nullopt;
  }
  if (const auto at = inside(text, "at")) {
    const auto time = at->size() == 19 ? parse_iso8601(std::string(*at) + "Z") : std::nullopt;
    if (!time) return std::nullopt;
    schedule.when_ = At{.time = *time};
    return schedule;
  }
  if (const auto fields = inside(text, "cron")) {
    auto cron = parse_cron(*fields);
    if (!cron) return std::nullopt;
    schedule.when_ = *cron;
    return schedule;
  }
  return std::nullopt;
}

std::optional<Schedule::Cron> Schedule::parse_cron(std::string_view text) {
  std::vector<std::string_view> fields;
  for (const auto field : split(text, ' ')) {
    if (!field.empty()) fields.push_back(field);
  }
  if (fields.size() != 6) return std::nullopt;
  Cron cron;
  // One of the two day fields is "?": the other decides.
  if ((fields[2] == "?") == (fields[4] == "?")) return std::nullopt;
  cron.by_week = fields[2] == "?";
  const bool good = parse_set(fields[0], minute_field, cron.minutes) && parse_set(fields[1], hour_field, cron.hours) &&
                    (cron.by_week ? parse_day_of_week(fields[4], cron) : parse_day_of_month(fields[2], cron)) &&
                    parse_set(fields[3], month_field, cron.months) &&
                    parse_set(fields[5], year_field, cron.years, first_year);
  return good ? std::optional(cron) : std::nullopt;
}

bool Schedule::parse_day_of_month(std::string_view text, Cron& cron) {
  if (text == "L") return cron.last_day_of_month = true;
  if (text == "LW") {
    cron.nearest_weekday = 0;
    return true;
  }
  if (text.ends_with('W')) {
    cron.nearest_weekday = day_field.value(text.substr(0, text.size() - 1));
    return cron.nearest_weekday.has_value();
  }
  return parse_set(text, day_field, cron.days_of_month);
}

bool Schedule::parse_day_of_week(std::string_view text, Cron& cron) {
  if (text == "L") {
    cron.days_of_week.set(7);
    return true;
  }
  if (const auto hash = text.find('#'); hash != std::string_view::npos) {
    const auto weekday = weekday_field.value(text.substr(0, hash));
    const auto which = parse_number(text.substr(hash + 1));
    if (!weekday || !which || *which < 1 || *which > 5) return false;
    cron.nth_weekday = {*weekday, *which};
    return true;
  }
  if (text.ends_with('L')) {
    cron.last_weekday = weekday_field.value(text.substr(0, text.size() - 1));
    return cron.last_weekday.has_value();
  }
  return parse_set(text, weekday_field, cron.days_of_week);
}

bool Schedule::matches_day(const Cron& cron, chrono::year_month_day day) {
  const unsigned number = static_cast<unsigned>(day.day());
  if (cron.by_week) {
    const unsigned weekday = weekday_number(day);
    if (cron.nth_weekday) return weekday == cron.nth_weekday->first && (number - 1) / 7 + 1 == cron.nth_weekday->second;
    if (cron.last_weekday) return weekday == *cron.last_weekday && number + 7 > last_day(day);
    return cron.days_of_week.test(weekday);
  }
  if (cron.last_day_of_month) return number == last_day(day);
  if (cron.nearest_weekday) {
    return number == nearest_weekday_to(*cron.nearest_weekday == 0 ? 31 : *cron.nearest_weekday, day);
  }
  return cron.days_of_month.test(number);
}

std::optional<Timestamp> Schedule::next_of(const Cron& cron, Timestamp after) {
  // The first whole minute after it.
  const auto start = chrono::floor<chrono::minutes>(after) + chrono::minutes(1);
  auto day = chrono::floor<chrono::days>(start);
  unsigned minute = static_cast<unsigned>((start - day).count());
  while (true) {
    const chrono::year_month_day date(day);
    const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
    if (year > last_year) return std::nullopt;
    if (year < first_year || !cron.years.test(year - first_year) ||
        !cron.months.test(static_cast<unsigned>(date.month()))) {
      day = chrono::sys_days(date.year() / date.month() / 1) + chrono::days(last_day(date));
      minute = 0;
      continue;
    }
    if (matches_day(cron, date)) {
      for (; minute < 24 * 60; ++minute) {
        if (cron.hours.test(minute / 60) && cron.minutes.test(minute % 60)) return day + chrono::minutes(minute);
      }
    }
    day += chrono::days(1);
    minute = 0;
  }
}

std::optional<Timestamp> Schedule::next(Timestamp after) const {
  if (const auto* rate = std::get_if<Rate>(&when_)) return after + rate->period;
  if (const auto* at = std::get_if<At>(&when_)) return at->time > after ? std::optional(at->time) : std::nullopt;
  return next_of(std::get<Cron>(when_), after);
}

std::optional<Timestamp> Schedule::next_after(Timestamp fired, Timestamp now) const {
  const auto* rate = std::get_if<Rate>(&when_);
  if (!rate) return next(std::max(fired, now));
  const std::int64_t missed = now > fired ? (now - fired) / rate->period : 0;
  return fired + (missed + 1) * rate->period;
}

}  // namespace tarn::work
