#include "query/partition_projection.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/encoding.h"
#include "duck/engine.h"
#include "query/date_pattern.h"
#include "query/storage.h"

namespace tarn::query {
namespace {

constexpr std::string_view template_property = "storage.location.template";
// A range that is wider before conditions are looked at is taken for a mistake.
constexpr std::size_t max_values = 200'000;
// So many folders one statement looks at.
constexpr std::size_t max_partitions = 100'000;

[[noreturn]] void refuse(std::string name, std::string message) {
  throw duck::SqlError(std::move(name), std::move(message));
}

[[noreturn]] void wrong(const std::string& key, const std::string& what) {
  refuse("INVALID_TABLE_PROPERTY", "Partition projection of column '" + key + "' is invalid: " + what);
}

const std::string* property(const catalog::Table& table, std::string_view name) {
  const auto found = table.parameters.find(std::string(name));
  return found == table.parameters.end() ? nullptr : &found->second;
}

// The projection's settings of one key.
class Settings {
 public:
  Settings(const catalog::Table& table, std::string key) : table_(table), key_(std::move(key)) {}

  const std::string& key() const { return key_; }
  const std::string* find(std::string_view name) const {
    return property(table_, "projection." + key_ + "." + std::string(name));
  }
  const std::string& need(std::string_view name) const {
    const std::string* found = find(name);
    if (!found) wrong(key_, "projection." + key_ + "." + std::string(name) + " is missing");
    return *found;
  }
  std::int64_t number(std::string_view name, std::int64_t otherwise) const {
    const std::string* found = find(name);
    return found ? parsed(*found, name) : otherwise;
  }
  std::int64_t parsed(std::string_view text, std::string_view name) const {
    const std::string_view trimmed = trim(text);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), value);
    if (error != std::errc{} || end != trimmed.data() + trimmed.size()) {
      wrong(key_, std::string(name) + " '" + std::string(text) + "' is no whole number");
    }
    return value;
  }
  // "from,to"
  std::pair<std::string, std::string> range() const {
    const std::string& text = need("range");
    const auto comma = text.find(',');
    if (comma == text.npos || text.find(',', comma + 1) != text.npos) {
      wrong(key_, "range '" + text + "' is not of the form 'from,to'");
    }
    return {std::string(trim(text.substr(0, comma))), std::string(trim(text.substr(comma + 1)))};
  }

 private:
  const catalog::Table& table_;
  const std::string key_;
};

std::vector<std::string> enum_values(const Settings& settings) {
  std::vector<std::string> values;
  std::string_view rest = settings.need("values");
  for (bool more = true; more;) {
    const auto comma = rest.find(',');
    more = comma != rest.npos;
    values.emplace_back(trim(rest.substr(0, comma)));
    if (more) rest.remove_prefix(comma + 1);
  }
  return values;
}

std::vector<std::string> integer_values(const Settings& settings) {
  const auto [first, last] = settings.range();
  const std::int64_t from = settings.parsed(first, "range"), to = settings.parsed(last, "range");
  const std::int64_t step = settings.number("interval", 1), digits = settings.number("digits", 0);
  if (step < 1) wrong(settings.key(), "interval must be 1 or more");
  if (digits < 0 || digits > 19) wrong(settings.key(), "digits must be 1 to 19");
  if (from > to) wrong(settings.key(), "range ends before it begins");
  const auto count =
      (static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from)) / static_cast<std::uint64_t>(step);
  if (count >= max_values) wrong(settings.key(), "range has more than 200000 values");
  std::vector<std::string> values;
  for (std::uint64_t i = 0; i <= count; ++i) {
    const std::int64_t value = from + static_cast<std::int64_t>(i) * step;
    std::string text = std::to_string(value < 0 ? -value : value);
    if (text.size() < static_cast<std::size_t>(digits))
      text.insert(0, static_cast<std::size_t>(digits) - text.size(), '0');
    values.push_back(value < 0 ? "-" + text : text);
  }
  return values;
}

enum class Unit { millis, seconds, minutes, hours, days, weeks, months, years };

std::optional<Unit> unit_of(std::string_view text) {
  std::string name = to_lower(trim(text));
  if (name.ends_with('s') && name != "millis") name.pop_back();
  for (const auto& [known, unit] :
       {std::pair("milli", Unit::millis), std::pair("millis", Unit::millis), std::pair("second", Unit::seconds),
        std::pair("minute", Unit::minutes), std::pair("hour", Unit::hours), std::pair("day", Unit::days),
        std::pair("week", Unit::weeks), std::pair("month", Unit::months), std::pair("year", Unit::years)}) {
    if (name == known) return unit;
  }
  return std::nullopt;
}

// Months and years count on the calendar; the last day of a shorter month stands for one that it lacks.
Timestamp plus(Timestamp time, std::int64_t count, Unit unit) {
  switch (unit) {
    case Unit::millis:
      return time + Milliseconds(count);
    case Unit::seconds:
      return time + std::chrono::seconds(count);
    case Unit::minutes:
      return time + std::chrono::minutes(count);
    case Unit::hours:
      return time + std::chrono::hours(count);
    case Unit::days:
      return time + std::chrono::days(count);
    case Unit::weeks:
      return time + std::chrono::weeks(count);
    default:
      break;
  }
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto months = std::chrono::months(static_cast<int>(unit == Unit::years ? count * 12 : count));
  const auto month = date.year() / date.month() + months;
  const std::chrono::year_month_day_last last(month.year() / month.month() / std::chrono::last);
  const std::chrono::year_month_day moved(month.year(), month.month(), std::min(date.day(), last.day()));
  return Timestamp(std::chrono::sys_days(moved).time_since_epoch()) + (time - day);
}

// A date by the format, or NOW, NOW-3YEARS, NOW + 1 DAY.
Timestamp bound(const Settings& settings, const std::string& text, const DatePattern& format, Timestamp now) {
  const std::string upper = [&] {
    std::string folded = text;
    std::ranges::transform(folded, folded.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
    return folded;
  }();
  if (!upper.starts_with("NOW")) {
    const auto time = format.read(text);
    if (!time) wrong(settings.key(), "'" + text + "' in its range does not fit its format");
    return *time;
  }
  std::string rest = upper.substr(3);
  std::erase(rest, ' ');
  if (rest.empty()) return now;
  const auto digits = rest.find_first_not_of("0123456789", 1);
  const auto unit = digits == rest.npos ? std::nullopt : unit_of(rest.substr(digits));
  if ((rest[0] != '+' && rest[0] != '-') || digits < 2 || digits > 9 || !unit) {
    wrong(settings.key(), "'" + text + "' in its range is neither a date nor NOW, NOW-3YEARS or the like");
  }
  const std::int64_t count = std::stoll(rest.substr(1, digits - 1));
  return plus(now, rest[0] == '-' ? -count : count, *unit);
}

std::vector<std::string> date_values(const Settings& settings, Timestamp now) {
  const std::string& pattern = settings.need("format");
  const auto format = DatePattern::parse(pattern);
  if (!format) wrong(settings.key(), "format '" + pattern + "' is none that is supported: digits only, without names");
  const auto [first, last] = settings.range();
  const Timestamp from = bound(settings, first, *format, now), to = bound(settings, last, *format, now);
  if (from > to) wrong(settings.key(), "range ends before it begins");
  const std::string* unit_text = settings.find("interval.unit");
  const auto precision = format->precision();
  std::optional<Unit> unit = unit_text ? unit_of(*unit_text) : std::nullopt;
  if (unit_text && !unit) wrong(settings.key(), "interval.unit '" + *unit_text + "' is unknown");
  if (!unit && precision == DatePattern::Precision::day) unit = Unit::days;
  if (!unit && precision == DatePattern::Precision::month) unit = Unit::months;
  if (!unit || (precision != DatePattern::Precision::day && precision != DatePattern::Precision::month &&
                !settings.find("interval"))) {
    wrong(settings.key(), "interval and interval.unit are needed for a format that is not of days or months");
  }
  const std::int64_t step = settings.number("interval", 1);
  if (step < 1) wrong(settings.key(), "interval must be 1 or more");
  std::vector<std::string> values;
  // Each counts from the first, so that a month without a 31st does not move those behind it.
  for (std::int64_t i = 0;; ++i) {
    const Timestamp time = plus(from, i * step, *unit);
    if (time > to) break;
    if (i == static_cast<std::int64_t>(max_values)) wrong(settings.key(), "range has more than 200000 values");
    std::string value = format->format(time);
    if (values.empty() || values.back() != value) values.push_back(std::move(value));
  }
  return values;
}

std::string with_slash(std::string location) {
  if (!location.ends_with('/')) location += '/';
  return location;
}

std::string location_of(const catalog::Table& table, const std::vector<std::string>& values) {
  const std::string* pattern = property(table, template_property);
  if (!pattern) {
    return with_slash(with_slash(table.storage->location.value_or("")) + partition_path(table.partition_keys, values));
  }
  std::string location = *pattern;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string place = "${" + table.partition_keys[i].name + "}";
    std::size_t at = location.find(place);
    if (at == location.npos) {
      refuse("INVALID_TABLE_PROPERTY", "storage.location.template '" + *pattern + "' lacks " + place);
    }
    for (; at != location.npos; at = location.find(place, at + values[i].size())) {
      location.replace(at, place.size(), values[i]);
    }
  }
  return with_slash(location);
}

}  // namespace

bool is_projected(const catalog::Table& table) {
  const std::string* enabled = property(table, "projection.enabled");
  return enabled && equal_ignoring_case(*enabled, "true") && !table.partition_keys.empty();
}

bool has_location_template(const catalog::Table& table) {
  return property(table, template_property) != nullptr;
}

std::vector<std::string> projected_values(const catalog::Table& table, const std::string& key, Timestamp now) {
  const Settings settings(table, key);
  const std::string type = to_lower(settings.need("type"));
  if (type == "enum") return enum_values(settings);
  if (type == "integer") return integer_values(settings);
  if (type == "date") return date_values(settings, now);
  wrong(key, "type '" + type + "' is none of enum, integer, date and injected");
}

std::vector<ProjectedPartition> projected_partitions(const catalog::Table& table, const PartitionPruner& pruner,
                                                     Timestamp now) {
  const std::size_t keys = table.partition_keys.size();
  std::vector<std::vector<std::string>> choices;
  std::size_t combinations = 1;
  for (std::size_t i = 0; i < keys; ++i) {
    const std::string& key = table.partition_keys[i].name;
    if (equal_ignoring_case(Settings(table, key).need("type"), "injected")) {
      choices.push_back(pruner.listed(i));
      if (choices.back().empty()) {
        refuse("CONSTRAINT_VIOLATION", "For the injected projected partition column " + key +
                                           ", the WHERE clause must contain only static equality conditions, and at "
                                           "least one such condition must be present.");
      }
    } else {
      choices.push_back(projected_values(table, key, now));
    }
    // What this key alone rules out.
    std::erase_if(choices.back(), [&](const std::string& value) { return !pruner.may_be(i, value); });
    if (choices.back().empty()) return {};
    combinations *= choices.back().size();
    if (combinations > max_partitions) {
      refuse("EXCEEDED_PARTITION_LIMIT", "The statement would look at more than 100000 projected partitions of '" +
                                             table.database + "." + table.name +
                                             "': please compare its partition columns with constants");
    }
  }
  std::vector<ProjectedPartition> partitions;
  for (std::size_t n = 0; n < combinations; ++n) {
    std::vector<std::string> values;
    std::size_t rest = n;
    values.resize(keys);
    for (std::size_t i = keys; i-- > 0;) {
      values[i] = choices[i][rest % choices[i].size()];
      rest /= choices[i].size();
    }
    if (!pruner.keeps(values)) continue;
    std::string location = location_of(table, values);
    partitions.push_back({.values = std::move(values), .location = std::move(location)});
  }
  return partitions;
}

}  // namespace tarn::query
