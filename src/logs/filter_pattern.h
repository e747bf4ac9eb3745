// The filter patterns of CloudWatch Logs, for text: terms that all must occur, `?term` any of which must, `-term` that
// must not, "quoted terms", and %regular expressions% of the documented subset.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
// Patterns over JSON `{ … }` and over columns `[ … ]` are refused with a message that says so.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "logs/expression.h"

namespace tarn::logs {

class FilterPattern {
 public:
  // Throws Error(InvalidParameterException) for what is no pattern.
  static FilterPattern parse(std::string_view text);

  bool matches(std::string_view message) const;

 private:
  struct Term {
    enum class Kind { required, any, forbidden };
    Kind kind = Kind::required;
    std::string text;
    std::optional<Expression> expression;  // None: the text itself.
    bool occurs_in(std::string_view message) const;
  };
  std::vector<Term> terms_;
};

}  // namespace tarn::logs
