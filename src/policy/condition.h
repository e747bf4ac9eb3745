// One line of a Condition block, compiled: operator, key, values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "policy/pattern.h"

namespace tarn::policy {

class Context;

// An IPv4 or IPv6 network; IPv4 is kept as its mapped IPv6 address.
struct Network {
  std::array<std::uint8_t, 16> address{};
  int bits = 128;
  static std::optional<Network> parse(std::string_view text);
  bool contains(const Network& single) const;
};

// The base operators. Negations are the same operator with `negated`.
enum class Comparison : std::uint8_t {
  string_equals,
  string_equals_ignore_case,
  string_like,
  numeric_equals,
  numeric_less,
  numeric_less_equals,
  numeric_greater,
  numeric_greater_equals,
  date_equals,
  date_less,
  date_less_equals,
  date_greater,
  date_greater_equals,
  boolean,
  binary_equals,
  ip_address,
  arn_like,
  null,
};

enum class Quantifier : std::uint8_t { none, all, any };

struct Operator {
  Comparison comparison = Comparison::string_equals;
  bool negated = false;
  bool if_exists = false;
  Quantifier quantifier = Quantifier::none;

  // "ForAnyValue:StringNotLikeIfExists"; none for an operator that AWS does not have.
  static std::optional<Operator> parse(std::string_view name);
};

class Condition {
 public:
  // `variables`: does the policy's version know ${…}? None when a value is not of the operator's type.
  static std::optional<Condition> compile(Operator op, std::string_view key, const std::vector<std::string>& values,
                                          bool variables);

  bool holds(const Context& context) const;

  const Operator& op() const { return op_; }
  const std::string& key() const { return key_; }  // Lower case.
  const std::string& written_key() const { return written_key_; }
  const std::vector<std::string>& values() const { return written_values_; }
  std::vector<std::string> variable_names() const;

 private:
  using Value = std::variant<Pattern, ArnPattern, double, std::int64_t, bool, std::string, Network>;

  static std::optional<Value> compile_value(Comparison comparison, const std::string& text, bool variables);
  // Does one value of the request match one of the policy's? The same for all operators, negation aside.
  bool matches_any(const std::string& text, const Context& context) const;
  bool matches_one(const Value& value, const std::string& text, const Context& context) const;

  Operator op_;
  std::string key_;
  std::string written_key_;
  std::vector<std::string> written_values_;
  std::vector<Value> values_;
};

}  // namespace tarn::policy
