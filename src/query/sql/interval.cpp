#include "query/sql/interval.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tarn::sql {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t size;           // In months, or milliseconds.
  std::string_view separator;  // Before this unit's digits, when it is not the first.
};
constexpr std::array<Unit, 2> month_units = {{{"year", 12, ""}, {"month", 1, "-"}}};
constexpr std::array<Unit, 4> time_units = {
    {{"day", 86'400'000, ""}, {"hour", 3'600'000, " "}, {"minute", 60'000, ":"}, {"second", 1'000, ":"}}};

// Takes digits off the front of `text` and adds them; false if there are none or the sum leaves 64 bits.
bool take_number(std::string_view& text, std::int64_t size, std::int64_t& sum) {
  std::int64_t count = 0;
  if (text.empty() || text.front() < '0' || text.front() > '9') return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  std::int64_t product = 0;
  return !__builtin_mul_overflow(count, size, &product) && !__builtin_add_overflow(sum, product, &sum);
}

// ".5" of a second, to the millisecond; further digits are cut.
bool take_fraction(std::string_view& text, std::int64_t& sum) {
  if (text.empty() || text.front() != '.') return true;
  text.remove_prefix(1);
  if (text.empty()) return false;
  std::int64_t weight = 100;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), weight /= 10) {
    sum += (text.front() - '0') * weight;
  }
  return text.empty();
}

template <std::size_t Count>
std::optional<std::int64_t> parse_fields(std::string_view text, const std::array<Unit, Count>& units,
                                         std::string_view from, std::string_view to) {
  const auto first = std::ranges::find(units, from, &Unit::name);
  const auto last = std::ranges::find(units, to.empty() ? from : to, &Unit::name);
  if (first == units.end() || last == units.end() || last < first) return std::nullopt;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::int64_t sum = 0;
  for (auto unit = first; unit <= last; ++unit) {
    if (unit != first) {
      if (!text.starts_with(unit->separator)) return std::nullopt;
      text.remove_prefix(unit->separator.size());
    }
    if (!take_number(text, unit->size, sum)) return std::nullopt;
  }
  if (last->name == "second" && !take_fraction(text, sum)) return std::nullopt;
  if (!text.empty()) return std::nullopt;
  return negative ? -sum : sum;
}

}  // namespace

std::optional<Interval> parse_interval(std::string_view text, std::string_view from, std::string_view to) {
  if (from == "week") {
    if (!to.empty()) return std::nullopt;
    const auto days = parse_fields(text, time_units, "day", "");
    std::int64_t weeks = 0;
    if (!days || __builtin_mul_overflow(*days, 7, &weeks)) return std::nullopt;
    return Interval{false, weeks};
  }
  if (const auto months = parse_fields(text, month_units, from, to)) {
    // An engine's interval counts months in 32 bits.
    if (*months > INT32_MAX || *months < -INT32_MAX) return std::nullopt;
    return Interval{true, *months};
  }
  if (const auto milliseconds = parse_fields(text, time_units, from, to)) return Interval{false, *milliseconds};
  return std::nullopt;
}

}  // namespace tarn::sql
