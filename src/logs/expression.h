// Regular expressions over log lines, which come from customers on both sides: pattern and text. PCRE2 with a bound on
// the steps of a match, so that no pattern can hold a thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::logs {

class Expression {
 public:
  // None and a reason for what is no expression.
  static std::optional<Expression> parse(std::string_view pattern, std::string* reason = nullptr);

  // A match that would take more than the bound counts as none.
  bool occurs_in(std::string_view text) const;
  // What the first group took in the first match; none when it did not match or took no part in it.
  std::optional<std::string_view> first_group(std::string_view text) const;

 private:
  struct Code;
  std::shared_ptr<const Code> code_;
};

}  // namespace tarn::logs
