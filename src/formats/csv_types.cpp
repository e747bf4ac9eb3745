#include "formats/csv_types.h"

#include <algorithm>
#include <charconv>

#include "base/encoding.h"

namespace tarn::formats {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_bigint(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t value;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc{} && end == text.data() + text.size() && is_digit(text.back());
}

bool is_double(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  // Words (inf, nan) and whole numbers that no bigint holds (identifiers, mostly) stay text.
  if (!std::ranges::all_of(
          text, [](char c) { return is_digit(c) || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E'; })) {
    return false;
  }
  if (text.find_first_of(".eE") == text.npos && !is_bigint(text)) return false;
  double value;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc{} && end == text.data() + text.size();
}

bool two_digits(std::string_view text, std::size_t at, int most) {
  return is_digit(text[at]) && is_digit(text[at + 1]) && (text[at] - '0') * 10 + (text[at + 1] - '0') <= most;
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  if (!std::all_of(text.begin(), text.begin() + 4, is_digit)) return false;
  if (!two_digits(text, 5, 12) || !two_digits(text, 8, 31)) return false;
  const int year = (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
  const int month = (text[5] - '0') * 10 + (text[6] - '0'), day = (text[8] - '0') * 10 + (text[9] - '0');
  constexpr int days[]{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month >= 1 && day >= 1 && day <= days[month - 1] && (month != 2 || day < 29 || leap);
}

// 2013-01-01 10:00:00[.fff], and with `iso` also 2013-01-01T10:00:00[.fff][Z].
bool is_timestamp(std::string_view text, bool iso, bool* is_iso = nullptr) {
  if (text.size() < 19 || !is_date(text.substr(0, 10))) return false;
  const bool t = text[10] == 'T';
  if (text[10] != ' ' && !(t && iso)) return false;
  if (!two_digits(text, 11, 23) || text[13] != ':' || !two_digits(text, 14, 59) || text[16] != ':' ||
      !two_digits(text, 17, 59)) {
    return false;
  }
  std::string_view rest = text.substr(19);
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    std::size_t digits = 0;
    while (digits < rest.size() && is_digit(rest[digits])) ++digits;
    if (digits == 0 || digits > 9) return false;
    rest.remove_prefix(digits);
  }
  if (t && rest == "Z") rest = {};
  if (is_iso) *is_iso = t;
  return rest.empty();
}

}  // namespace

bool fits(CsvType type, std::string_view text, bool iso) {
  switch (type) {
    case CsvType::bigint:
      return is_bigint(text);
    case CsvType::double_:
      return is_double(text);
    case CsvType::boolean:
      return equal_ignoring_case(text, "true") || equal_ignoring_case(text, "false");
    case CsvType::date:
      return is_date(text);
    case CsvType::timestamp:
      return is_timestamp(text, iso);
    case CsvType::string:
      return true;
  }
  return false;
}

bool is_null_text(std::string_view text) {
  for (const std::string_view spelling : {"NA", "N/A", "n/a", "null", "NULL", "Null", "\\N", "NaN", "nan"}) {
    if (text == spelling) return true;
  }
  return false;
}

void ColumnVote::add(std::string_view value) {
  if (value.empty()) return;
  ++values_;
  if (only_string_) return;
  bool any = false;
  for (std::size_t i = 0; i < possible_.size(); ++i) {
    if (!possible_[i]) continue;
    const auto type = static_cast<CsvType>(i);
    if (type == CsvType::timestamp) {
      bool iso = false;
      possible_[i] = is_timestamp(value, iso_, &iso);
      saw_iso_ = saw_iso_ || (possible_[i] && iso);
    } else {
      possible_[i] = fits(type, value, iso_);
    }
    any = any || possible_[i];
  }
  if (any) return;
  only_string_ = true;
  witness_ = std::string(value.substr(0, 60));
}

CsvType ColumnVote::type() const {
  if (values_ == 0) return CsvType::string;
  for (std::size_t i = 0; i < possible_.size(); ++i) {
    if (possible_[i]) return static_cast<CsvType>(i);
  }
  return CsvType::string;
}

std::string_view hive_name(CsvType type) {
  switch (type) {
    case CsvType::bigint:
      return "bigint";
    case CsvType::double_:
      return "double";
    case CsvType::boolean:
      return "boolean";
    case CsvType::date:
      return "date";
    case CsvType::timestamp:
      return "timestamp";
    case CsvType::string:
      return "string";
  }
  return "string";
}

}  // namespace tarn::formats
