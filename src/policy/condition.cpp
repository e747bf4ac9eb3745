#include "policy/condition.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/encoding.h"
#include "base/time.h"
#include "policy/evaluator.h"

namespace tarn::policy {
namespace {

struct OperatorName {
  std::string_view name;
  Comparison comparison;
  bool negated;
};

constexpr OperatorName operator_names[] = {
    {"stringequals", Comparison::string_equals, false},
    {"stringnotequals", Comparison::string_equals, true},
    {"stringequalsignorecase", Comparison::string_equals_ignore_case, false},
    {"stringnotequalsignorecase", Comparison::string_equals_ignore_case, true},
    {"stringlike", Comparison::string_like, false},
    {"stringnotlike", Comparison::string_like, true},
    {"numericequals", Comparison::numeric_equals, false},
    {"numericnotequals", Comparison::numeric_equals, true},
    {"numericlessthan", Comparison::numeric_less, false},
    {"numericlessthanequals", Comparison::numeric_less_equals, false},
    {"numericgreaterthan", Comparison::numeric_greater, false},
    {"numericgreaterthanequals", Comparison::numeric_greater_equals, false},
    {"dateequals", Comparison::date_equals, false},
    {"datenotequals", Comparison::date_equals, true},
    {"datelessthan", Comparison::date_less, false},
    {"datelessthanequals", Comparison::date_less_equals, false},
    {"dategreaterthan", Comparison::date_greater, false},
    {"dategreaterthanequals", Comparison::date_greater_equals, false},
    {"bool", Comparison::boolean, false},
    {"binaryequals", Comparison::binary_equals, false},
    {"ipaddress", Comparison::ip_address, false},
    {"notipaddress", Comparison::ip_address, true},
    // AWS documents that both spellings do the same.
    {"arnequals", Comparison::arn_like, false},
    {"arnlike", Comparison::arn_like, false},
    {"arnnotequals", Comparison::arn_like, true},
    {"arnnotlike", Comparison::arn_like, true},
    {"null", Comparison::null, false},
};

std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// ISO 8601, or seconds since the epoch; as milliseconds.
std::optional<std::int64_t> parse_date(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  // Eight digits are no date here: the basic form has a T.
  if (failure == std::errc() && end == text.data() + text.size()) {
    if (std::abs(seconds) > 253'402'300'799) return std::nullopt;
    return seconds * 1000;
  }
  const auto time = parse_iso8601(text);
  if (!time) return std::nullopt;
  return to_millis(*time);
}

std::optional<bool> parse_bool(std::string_view text) {
  if (equal_ignoring_case(text, "true")) return true;
  if (equal_ignoring_case(text, "false")) return false;
  return std::nullopt;
}

bool compare_numbers(Comparison comparison, auto request, auto policy) {
  switch (comparison) {
    case Comparison::numeric_equals:
    case Comparison::date_equals:
      return request == policy;
    case Comparison::numeric_less:
    case Comparison::date_less:
      return request < policy;
    case Comparison::numeric_less_equals:
    case Comparison::date_less_equals:
      return request <= policy;
    case Comparison::numeric_greater:
    case Comparison::date_greater:
      return request > policy;
    case Comparison::numeric_greater_equals:
    case Comparison::date_greater_equals:
      return request >= policy;
    default:
      return false;
  }
}

}  // namespace

std::optional<Network> Network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  Network network;
  in_addr four{};
  int width = 128;
  if (inet_pton(AF_INET, address.c_str(), &four) == 1) {
    network.address[10] = network.address[11] = 0xff;
    std::memcpy(&network.address[12], &four, sizeof four);
    width = 32;
  } else if (inet_pton(AF_INET6, address.c_str(), network.address.data()) != 1) {
    return std::nullopt;
  }
  if (slash == text.npos) return network;
  const std::string_view bits = text.substr(slash + 1);
  int prefix = 0;
  const auto [end, failure] = std::from_chars(bits.data(), bits.data() + bits.size(), prefix);
  if (failure != std::errc() || end != bits.data() + bits.size() || prefix < 0 || prefix > width) return std::nullopt;
  network.bits = 128 - width + prefix;
  return network;
}

bool Network::contains(const Network& single) const {
  const std::size_t whole = static_cast<std::size_t>(bits) / 8;
  if (!std::equal(address.begin(), address.begin() + whole, single.address.begin())) return false;
  const int rest = bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
  return (address[whole] & mask) == (single.address[whole] & mask);
}

std::optional<Operator> Operator::parse(std::string_view written) {
  std::string name = to_lower(written);
  Operator op;
  for (const auto& [prefix, quantifier] :
       {std::pair<std::string_view, Quantifier>{"forallvalues:", Quantifier::all}, {"foranyvalue:", Quantifier::any}}) {
    if (!name.starts_with(prefix)) continue;
    op.quantifier = quantifier;
    name.erase(0, prefix.size());
    break;
  }
  if (name.ends_with("ifexists")) {
    op.if_exists = true;
    name.resize(name.size() - std::string_view("ifexists").size());
  }
  const auto* const known = std::ranges::find(operator_names, name, &OperatorName::name);
  if (known == std::end(operator_names)) return std::nullopt;
  // Null has neither form: it asks for existence itself.
  if (known->comparison == Comparison::null && (op.if_exists || op.quantifier != Quantifier::none)) return std::nullopt;
  op.comparison = known->comparison;
  op.negated = known->negated;
  return op;
}

std::optional<Condition::Value> Condition::compile_value(Comparison comparison, const std::string& text,
                                                         bool variables) {
  using Syntax = Pattern::Syntax;
  switch (comparison) {
    case Comparison::string_equals:
      return Pattern(text, variables ? Syntax::variables : Syntax::literal);
    case Comparison::string_equals_ignore_case:
      return Pattern(text, variables ? Syntax::variables : Syntax::literal, true);
    case Comparison::string_like:
      return Pattern(text, variables ? Syntax::wildcards_and_variables : Syntax::wildcards);
    case Comparison::arn_like:
      return ArnPattern(text, variables ? Syntax::wildcards_and_variables : Syntax::wildcards);
    case Comparison::boolean:
    case Comparison::null:
      if (const auto truth = parse_bool(text)) return *truth;
      return std::nullopt;
    case Comparison::binary_equals:
      if (auto bytes = from_base64(text)) return std::move(*bytes);
      return std::nullopt;
    case Comparison::ip_address:
      if (const auto network = Network::parse(text)) return *network;
      return std::nullopt;
    case Comparison::date_equals:
    case Comparison::date_less:
    case Comparison::date_less_equals:
    case Comparison::date_greater:
    case Comparison::date_greater_equals:
      if (const auto date = parse_date(text)) return *date;
      return std::nullopt;
    default:
      if (const auto number = parse_number(text)) return *number;
      return std::nullopt;
  }
}

std::optional<Condition> Condition::compile(Operator op, std::string_view key, const std::vector<std::string>& values,
                                            bool variables) {
  Condition condition;
  condition.op_ = op;
  condition.key_ = to_lower(key);
  condition.written_key_ = std::string(key);
  condition.written_values_ = values;
  for (const std::string& text : values) {
    auto value = compile_value(op.comparison, text, variables);
    if (!value) return std::nullopt;
    condition.values_.push_back(std::move(*value));
  }
  return condition;
}

std::vector<std::string> Condition::variable_names() const {
  std::vector<std::string> names;
  const auto add = [&names](const Pattern& pattern) {
    names.insert(names.end(), pattern.variable_names().begin(), pattern.variable_names().end());
  };
  for (const Value& value : values_) {
    if (const auto* pattern = std::get_if<Pattern>(&value)) add(*pattern);
    if (const auto* arn = std::get_if<ArnPattern>(&value)) std::ranges::for_each(arn->fields(), add);
  }
  return names;
}

bool Condition::matches_one(const Value& value, const std::string& text, const Context& context) const {
  if (const auto* pattern = std::get_if<Pattern>(&value)) return pattern->matches(text, context);
  if (const auto* arn = std::get_if<ArnPattern>(&value)) return arn->matches(text, context);
  if (const auto* number = std::get_if<double>(&value)) {
    const auto given = parse_number(text);
    return given && compare_numbers(op_.comparison, *given, *number);
  }
  if (const auto* date = std::get_if<std::int64_t>(&value)) {
    const auto given = parse_date(text);
    return given && compare_numbers(op_.comparison, *given, *date);
  }
  if (const auto* truth = std::get_if<bool>(&value)) return parse_bool(text) == *truth;
  if (const auto* network = std::get_if<Network>(&value)) {
    const auto given = Network::parse(text);
    return given && network->contains(*given);
  }
  return from_base64(text) == std::get<std::string>(value);
}

bool Condition::matches_any(const std::string& text, const Context& context) const {
  return std::ranges::any_of(values_, [&](const Value& value) { return matches_one(value, text, context); });
}

bool Condition::holds(const Context& context) const {
  const std::vector<std::string>* given = context.find(key_);
  if (op_.comparison == Comparison::null) {
    return std::ranges::any_of(values_,
                               [&](const Value& value) { return std::get<bool>(value) == (given == nullptr); });
  }
  if (!given || given->empty()) {
    if (op_.if_exists || op_.quantifier == Quantifier::all) return true;
    return op_.quantifier == Quantifier::none && op_.negated;
  }
  // A negation must not hold because a variable in it has no value.
  if (op_.negated && std::ranges::any_of(values_, [&](const Value& value) {
        const auto lacks = [&](const Pattern& pattern) { return pattern.has_variables() && !pattern.expand(context); };
        if (const auto* pattern = std::get_if<Pattern>(&value)) return lacks(*pattern);
        if (const auto* arn = std::get_if<ArnPattern>(&value)) return std::ranges::any_of(arn->fields(), lacks);
        return false;
      })) {
    return false;
  }
  const auto satisfied = [&](const std::string& text) { return matches_any(text, context) != op_.negated; };
  // Without a quantifier, a negation says of all values what its positive form says of some.
  const bool every = op_.quantifier == Quantifier::all || (op_.quantifier == Quantifier::none && op_.negated);
  return every ? std::ranges::all_of(*given, satisfied) : std::ranges::any_of(*given, satisfied);
}

}  // namespace tarn::policy
