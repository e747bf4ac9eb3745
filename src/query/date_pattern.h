// Dates by Java's patterns, as projection.<key>.format has them: yyyy/MM/dd/HH, yyyyMMdd, yyyy-MM-dd'T'HH:mm.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"

namespace tarn::query {

class DatePattern {
 public:
  enum class Precision { year, month, day, finer };

  // None for letters other than y, u, M, d, H, m, s and S, and for months by name.
  static std::optional<DatePattern> parse(std::string_view pattern);

  std::string format(Timestamp time) const;
  // What the pattern leaves out is the first there is: January, the 1st, midnight. None: the text is otherwise.
  std::optional<Timestamp> read(std::string_view text) const;
  Precision precision() const;

 private:
  struct Number {
    char letter;
    std::size_t width;
  };
  using Part = std::variant<std::string, Number>;
  std::vector<Part> parts_;
};

}  // namespace tarn::query
