#include "query/partition_pruning.h"

#include <algorithm>
#include <charconv>
#include <compare>
#include <utility>

#include "base/encoding.h"

namespace tarn::query {
namespace {

using sql::ComparisonOperator;

constexpr std::string_view null_value = "__HIVE_DEFAULT_PARTITION__";

Verdict verdict(bool holds) {
  return holds ? Verdict::holds : Verdict::fails;
}

Verdict negated(Verdict verdict) {
  if (verdict == Verdict::unknown) return verdict;
  return verdict == Verdict::holds ? Verdict::fails : Verdict::holds;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_number_type(std::string_view type) {
  return type == "int" || type == "integer" || type == "bigint" || type == "smallint" || type == "tinyint";
}

// How the partition's value stands to the constant; none if that is better left to the engine.
std::optional<std::strong_ordering> order(std::string_view type, const std::string& value,
                                          const sql::Expression& constant) {
  if (is_number_type(type)) {
    const auto* number = sql::as<sql::IntegerLiteral>(constant);
    const auto mine = whole_number(value);
    if (!number || !mine) return std::nullopt;
    return *mine <=> number->value;
  }
  if (type == "string" || type.starts_with("varchar")) {
    const auto* text = sql::as<sql::StringLiteral>(constant);
    if (!text) return std::nullopt;
    return value <=> text->value;
  }
  if (type == "date") {
    const auto* date = sql::as<sql::TypedLiteral>(constant);
    if (!date || date->type.name != "date" || date->value.size() != 10 || value.size() != 10) return std::nullopt;
    return value <=> date->value;
  }
  return std::nullopt;
}

bool satisfies(ComparisonOperator op, std::strong_ordering order) {
  switch (op) {
    case ComparisonOperator::equal:
      return order == 0;
    case ComparisonOperator::not_equal:
      return order != 0;
    case ComparisonOperator::less:
      return order < 0;
    case ComparisonOperator::less_or_equal:
      return order <= 0;
    case ComparisonOperator::greater:
      return order > 0;
    case ComparisonOperator::greater_or_equal:
      return order >= 0;
  }
  std::unreachable();
}

ComparisonOperator mirrored(ComparisonOperator op) {
  switch (op) {
    case ComparisonOperator::less:
      return ComparisonOperator::greater;
    case ComparisonOperator::less_or_equal:
      return ComparisonOperator::greater_or_equal;
    case ComparisonOperator::greater:
      return ComparisonOperator::less;
    case ComparisonOperator::greater_or_equal:
      return ComparisonOperator::less_or_equal;
    default:
      return op;
  }
}

}  // namespace

bool PartitionPruner::keeps(const std::vector<std::string>& values) const {
  return std::ranges::none_of(
      use_.conditions, [&](const sql::Expression* condition) { return judge(*condition, values) == Verdict::fails; });
}

bool PartitionPruner::may_be(std::size_t key, const std::string& value) const {
  std::vector<std::string> values(keys_.size(), std::string(null_value));  // Of which nothing is told.
  values[key] = value;
  return keeps(values);
}

std::vector<std::string> PartitionPruner::listed(std::size_t key) const {
  const auto text_of = [&](const sql::Expression& expression) -> std::optional<std::string> {
    const sql::Expression& constant = resolved(expression);
    if (const auto* text = sql::as<sql::StringLiteral>(constant)) return text->value;
    if (const auto* number = sql::as<sql::IntegerLiteral>(constant)) return std::to_string(number->value);
    if (const auto* typed = sql::as<sql::TypedLiteral>(constant)) return typed->value;
    return std::nullopt;
  };
  for (const sql::Expression* condition : use_.conditions) {
    if (const auto* comparison = sql::as<sql::Comparison>(*condition)) {
      if (comparison->op != ComparisonOperator::equal) continue;
      for (const auto& [name, constant] : {std::pair(comparison->left.get(), comparison->right.get()),
                                           std::pair(comparison->right.get(), comparison->left.get())}) {
        const auto text = key_of(*name) == key ? text_of(*constant) : std::nullopt;
        if (text) return {*text};
      }
    }
    const auto* in = sql::as<sql::InList>(*condition);
    if (!in || in->negated || key_of(*in->value) != key) continue;
    std::vector<std::string> values;
    bool constants = true;
    for (const auto& item : in->list) {
      auto text = text_of(*item);
      constants = constants && text;
      if (text && std::ranges::find(values, *text) == values.end()) values.push_back(std::move(*text));
    }
    if (constants) return values;
  }
  return {};
}

std::vector<std::string> PartitionPruner::leading() const {
  std::vector<std::string> values;
  for (std::size_t key = 0; key < keys_.size(); ++key) {
    const std::string type = keys_[key].type.value_or("string");
    if (type != "string" && !type.starts_with("varchar")) return values;
    const std::string* pinned = nullptr;
    for (const sql::Expression* condition : use_.conditions) {
      const auto* comparison = sql::as<sql::Comparison>(*condition);
      if (!comparison || comparison->op != ComparisonOperator::equal) continue;
      for (const auto& [name, constant] : {std::pair(comparison->left.get(), comparison->right.get()),
                                           std::pair(comparison->right.get(), comparison->left.get())}) {
        const auto* text = sql::as<sql::StringLiteral>(resolved(*constant));
        if (text && key_of(*name) == key) pinned = &text->value;
      }
    }
    if (!pinned) return values;
    values.push_back(*pinned);
  }
  return values;
}

const sql::Expression& PartitionPruner::resolved(const sql::Expression& expression) const {
  const auto* parameter = sql::as<sql::Parameter>(expression);
  return parameter && parameter->index < use_.parameters.size() ? *use_.parameters[parameter->index] : expression;
}

std::optional<std::size_t> PartitionPruner::key_of(const sql::Expression& expression) const {
  const sql::Identifier* name = nullptr;
  if (const auto* column = sql::as<sql::ColumnReference>(expression)) {
    name = &column->name;
  } else if (const auto* field = sql::as<sql::FieldAccess>(expression)) {
    const auto* table = sql::as<sql::ColumnReference>(*field->base);
    if (!table || !equal_ignoring_case(table->name.text, use_.alias)) return std::nullopt;
    name = &field->name;
  }
  if (!name) return std::nullopt;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (equal_ignoring_case(keys_[i].name, name->text)) return i;
  }
  return std::nullopt;
}

Verdict PartitionPruner::compare(ComparisonOperator op, const sql::Expression& left, const sql::Expression& right,
                                 const std::vector<std::string>& values) const {
  auto key = key_of(left);
  const sql::Expression* constant = &resolved(right);
  if (!key) {
    key = key_of(right);
    constant = &resolved(left);
    op = mirrored(op);
  }
  if (!key || *key >= values.size() || values[*key] == null_value) return Verdict::unknown;
  const auto standing = order(keys_[*key].type.value_or("string"), values[*key], *constant);
  return standing ? verdict(satisfies(op, *standing)) : Verdict::unknown;
}

Verdict PartitionPruner::judge(const sql::Expression& condition, const std::vector<std::string>& values) const {
  if (const auto* comparison = sql::as<sql::Comparison>(condition)) {
    return compare(comparison->op, *comparison->left, *comparison->right, values);
  }
  if (const auto* between = sql::as<sql::Between>(condition)) {
    const Verdict low = compare(ComparisonOperator::greater_or_equal, *between->value, *between->low, values);
    const Verdict high = compare(ComparisonOperator::less_or_equal, *between->value, *between->high, values);
    Verdict both = Verdict::unknown;
    if (low == Verdict::fails || high == Verdict::fails) both = Verdict::fails;
    if (low == Verdict::holds && high == Verdict::holds) both = Verdict::holds;
    return between->negated ? negated(both) : both;
  }
  if (const auto* in = sql::as<sql::InList>(condition)) {
    Verdict any = Verdict::fails;
    for (const auto& item : in->list) {
      const Verdict one = compare(ComparisonOperator::equal, *in->value, *item, values);
      if (one == Verdict::holds) any = Verdict::holds;
      if (one == Verdict::unknown && any == Verdict::fails) any = Verdict::unknown;
    }
    return in->negated ? negated(any) : any;
  }
  if (const auto* logical = sql::as<sql::Logical>(condition)) {
    const Verdict decisive = logical->is_and ? Verdict::fails : Verdict::holds;
    Verdict result = negated(decisive);
    for (const auto& term : logical->terms) {
      const Verdict one = judge(*term, values);
      if (one == decisive) return decisive;
      if (one == Verdict::unknown) result = Verdict::unknown;
    }
    return result;
  }
  if (const auto* negation = sql::as<sql::Not>(condition)) return negated(judge(*negation->operand, values));
  return Verdict::unknown;
}

}  // namespace tarn::query
