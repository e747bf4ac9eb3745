#include "query/date_pattern.h"

#include <algorithm>

namespace tarn::query {
namespace {

constexpr std::string_view known_letters = "yuMdHmsS";

std::string padded(std::int64_t number, std::size_t width) {
  std::string text = std::to_string(number);
  if (text.size() < width) text.insert(0, width - text.size(), '0');
  return text;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The fields of a moment, by the pattern's letters.
struct Fields {
  int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0, millis = 0;

  static Fields of(Timestamp time) {
    const auto days = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(days);
    const std::chrono::hh_mm_ss clock(time - days);
    return {.year = static_cast<int>(date.year()),
            .month = static_cast<int>(static_cast<unsigned>(date.month())),
            .day = static_cast<int>(static_cast<unsigned>(date.day())),
            .hour = static_cast<int>(clock.hours().count()),
            .minute = static_cast<int>(clock.minutes().count()),
            .second = static_cast<int>(clock.seconds().count()),
            .millis = static_cast<int>(clock.subseconds().count())};
  }

  std::optional<Timestamp> time() const {
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
    return Timestamp(std::chrono::sys_days(date).time_since_epoch()) + std::chrono::hours(hour) +
           std::chrono::minutes(minute) + std::chrono::seconds(second) + Milliseconds(millis);
  }

  int& by(char letter) {
    switch (letter) {
      case 'M':
        return month;
      case 'd':
        return day;
      case 'H':
        return hour;
      case 'm':
        return minute;
      case 's':
        return second;
      case 'S':
        return millis;
      default:
        return year;
    }
  }
};

}  // namespace

std::optional<DatePattern> DatePattern::parse(std::string_view pattern) {
  DatePattern result;
  const auto literal = [&](char c) {
    if (result.parts_.empty() || !std::holds_alternative<std::string>(result.parts_.back())) {
      result.parts_.emplace_back(std::string());
    }
    std::get<std::string>(result.parts_.back()) += c;
  };
  for (std::size_t i = 0; i < pattern.size();) {
    const char c = pattern[i];
    if (c == '\'') {
      // Text in quotes; two of them are one, inside and outside.
      if (pattern.substr(i).starts_with("''")) {
        literal('\'');
        i += 2;
        continue;
      }
      for (++i;; ++i) {
        if (i == pattern.size()) return std::nullopt;
        if (pattern[i] != '\'') {
          literal(pattern[i]);
        } else if (pattern.substr(i).starts_with("''")) {
          literal(pattern[i++]);
        } else {
          break;
        }
      }
      ++i;
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      std::size_t width = 1;
      while (i + width < pattern.size() && pattern[i + width] == c) ++width;
      const std::size_t most = c == 'y' || c == 'u' ? 4 : c == 'S' ? 3 : 2;
      if (known_letters.find(c) == known_letters.npos || width > most) return std::nullopt;
      result.parts_.emplace_back(Number{.letter = c, .width = width});
      i += width;
    } else {
      literal(c);
      ++i;
    }
  }
  const bool dated = std::ranges::any_of(result.parts_, [](const Part& part) { return part.index() == 1; });
  return dated ? std::optional(std::move(result)) : std::nullopt;
}

std::string DatePattern::format(Timestamp time) const {
  Fields fields = Fields::of(time);
  std::string text;
  for (const Part& part : parts_) {
    if (const auto* literal = std::get_if<std::string>(&part)) {
      text += *literal;
      continue;
    }
    const Number& number = std::get<Number>(part);
    const int value = fields.by(number.letter);
    if (number.letter == 'S') {
      text += padded(value, 3).substr(0, number.width);
    } else if ((number.letter == 'y' || number.letter == 'u') && number.width == 2) {
      text += padded(value % 100, 2);
    } else {
      text += padded(value, number.width);
    }
  }
  return text;
}

std::optional<Timestamp> DatePattern::read(std::string_view text) const {
  Fields fields;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (const auto* literal = std::get_if<std::string>(&parts_[i])) {
      if (!text.starts_with(*literal)) return std::nullopt;
      text.remove_prefix(literal->size());
      continue;
    }
    const Number& number = std::get<Number>(parts_[i]);
    // A lone letter takes all digits that follow, two and more their own number: yyyyMMdd has no signs between.
    const bool open = number.width == 1 && (i + 1 == parts_.size() || parts_[i + 1].index() == 0);
    std::size_t length = 0;
    while (length < text.size() && is_digit(text[length]) && length < (open ? 9 : number.width)) ++length;
    if (length < number.width) return std::nullopt;
    int value = 0;
    for (const char c : text.substr(0, length)) value = value * 10 + (c - '0');
    if (number.letter == 'S') {
      for (std::size_t digits = length; digits < 3; ++digits) value *= 10;
    }
    if ((number.letter == 'y' || number.letter == 'u') && number.width == 2) value += 2000;
    fields.by(number.letter) = value;
    text.remove_prefix(length);
  }
  return text.empty() ? fields.time() : std::nullopt;
}

DatePattern::Precision DatePattern::precision() const {
  Precision finest = Precision::year;
  for (const Part& part : parts_) {
    const auto* number = std::get_if<Number>(&part);
    if (!number) continue;
    const char letter = number->letter;
    const Precision mine = letter == 'y' || letter == 'u' ? Precision::year
                           : letter == 'M'                ? Precision::month
                           : letter == 'd'                ? Precision::day
                                                          : Precision::finer;
    finest = std::max(finest, mine);
  }
  return finest;
}

}  // namespace tarn::query
