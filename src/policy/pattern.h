// Wildcards and variables of policies, compiled.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::policy {

class Context;

// Text with * and ? and, if wanted, ${variables}. Variables are replaced at match time, by text that is never taken for
// wildcards; where one has no single value and no default, nothing matches.
class Pattern {
 public:
  enum class Syntax { literal, wildcards, wildcards_and_variables, variables };

  Pattern() = default;
  Pattern(std::string_view text, Syntax syntax, bool ignore_case = false);

  bool matches(std::string_view text, const Context& context) const;

  // The compiled text with its variables replaced; none if one is missing.
  std::optional<std::string> expand(const Context& context) const;

  bool has_variables() const { return !variables_.empty(); }
  // Matches any text.
  bool is_any() const { return shape_ == Shape::any; }
  const std::vector<std::string>& variable_names() const { return names_; }

 private:
  enum class Shape : std::uint8_t { any, exact, prefix, glob };
  struct Variable {
    std::size_t position;  // Where in compiled_ its value is inserted.
    std::string name;      // Lower case.
    std::optional<std::string> fallback;
  };

  void append_literal(std::string_view text);
  void append_variable(std::string_view inside);
  void settle_shape();

  std::string compiled_;
  Shape shape_ = Shape::exact;
  bool ignore_case_ = false;
  std::vector<Variable> variables_;
  std::vector<std::string> names_;  // As written.
};

// A resource or ARN pattern: the first five colon fields match field by field, so that a * in one never spills over.
class ArnPattern {
 public:
  ArnPattern() = default;
  ArnPattern(std::string_view text, Pattern::Syntax syntax);

  bool matches(std::string_view arn, const Context& context) const;

  const std::vector<Pattern>& fields() const { return fields_; }

 private:
  bool any_ = false;
  std::vector<Pattern> fields_;  // Six, or fewer where the last one given is a wildcard for the rest.
};

// The six colon fields of an ARN; the last takes all further colons. Colons inside of ${…} do not count.
struct ArnFields {
  std::array<std::string_view, 6> field;
  std::size_t count = 0;
};
ArnFields arn_fields(std::string_view arn);

}  // namespace tarn::policy
