// Wildcards and variables of policies, compiled.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::policy {

class Context;

// Does `text` match `pattern`, whose wildcards and escapes are marked as Pattern compiles them?
bool glob_matches(std::string_view pattern, std::string_view text);

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

  void settle_shape();
  bool matches_compiled(std::string_view text) const;

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

// Splits at the first five colons that stand outside of ${…}.
std::vector<std::string_view> arn_fields(std::string_view arn);

}  // namespace tarn::policy
