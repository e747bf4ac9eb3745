// What the values of a CSV column have in common: a vote that every value must agree with.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tarn::formats {

enum class CsvType { bigint, double_, boolean, date, timestamp, string };

// Could `text` be read as this type? double takes what bigint does; string takes all. `iso` also takes ISO 8601 times
// with T and Z as timestamps.
bool fits(CsvType type, std::string_view text, bool iso);

// Is it one of the spellings that stand for null: NA, N/A, null, \N, NaN (case as people write them)?
bool is_null_text(std::string_view text);

class ColumnVote {
 public:
  explicit ColumnVote(bool iso) : iso_(iso) { possible_.fill(true); }
  // An empty value says nothing.
  void add(std::string_view value);
  // The first of bigint, double, boolean, date, timestamp that every value fits, else string; string without values.
  CsvType type() const;
  std::uint64_t values() const { return values_; }
  bool saw_iso() const { return saw_iso_; }
  // The first value that a number, date or boolean could not be, for the reasons.
  const std::string& witness() const { return witness_; }

 private:
  std::array<bool, 5> possible_;
  bool iso_;
  bool saw_iso_ = false;
  bool only_string_ = false;
  std::uint64_t values_ = 0;
  std::string witness_;
};

std::string_view hive_name(CsvType type);

}  // namespace tarn::formats
