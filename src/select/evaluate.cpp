#include "select/evaluate.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/unicode.h"
#include "select/errors.h"

namespace tarn::select {
namespace {

using Kind = Expression::Kind;

Value from_truth(std::optional<bool> truth) {
  if (!truth) return Null{};
  return *truth;
}

Value member(const Value& value, const Step& step) {
  if (step.kind == Step::Kind::index) {
    const auto* list = value.as<std::shared_ptr<const List>>();
    if (!list || step.index >= (*list)->size()) return Missing{};
    return (**list)[step.index];
  }
  const auto* members = value.as<std::shared_ptr<const Struct>>();
  if (!members) return Missing{};
  const auto found = std::ranges::find_if(**members, [&](const auto& each) { return step.matches(each.first); });
  return found == (*members)->end() ? Value(Missing{}) : found->second;
}

// Numbers, or what spells one; absent operands make the result NULL, which is told by none.
std::optional<std::pair<Value, Value>> operands(const Value& left, const Value& right) {
  if (left.absent() || right.absent()) return std::nullopt;
  auto a = as_number(left), b = as_number(right);
  if (!a || !b) {
    throw Error(errors::invalid_data_type, "The SQL expression contains an invalid data type: '" +
                                               plain_text(a ? right : left).substr(0, 100) + "' is no number.");
  }
  return std::pair(std::move(*a), std::move(*b));
}

[[noreturn]] void refuse_argument(std::string_view function, const Value& value) {
  throw Error(errors::incorrect_argument_type, "Incorrect type of arguments in the function call " +
                                                   std::string(function) + " in the SQL expression: '" +
                                                   plain_text(value).substr(0, 100) + "'.");
}
const std::string& need_text(std::string_view function, const Value& value) {
  const auto* text = value.as<Text>();
  if (!text) refuse_argument(function, value);
  return text->text;
}
std::int64_t need_integer(std::string_view function, const Value& value) {
  const auto number = as_number(value);
  const auto* integer = number ? number->as<std::int64_t>() : nullptr;
  if (!integer) refuse_argument(function, value);
  return *integer;
}
Moment need_moment(std::string_view function, const Value& value) {
  if (const auto* moment = value.as<Moment>()) return *moment;
  refuse_argument(function, value);
}

std::string trimmed(std::string_view text, std::string_view remove, bool leading, bool trailing) {
  if (leading) text.remove_prefix(std::min(text.find_first_not_of(remove), text.size()));
  if (trailing) text = text.substr(0, text.find_last_not_of(remove) + 1);
  return std::string(text);
}

Value like_value(const Value& text, const Value& pattern, const Value* escape, bool negated) {
  if (text.absent() || pattern.absent() || (escape && escape->absent())) return Null{};
  const auto *a = text.as<Text>(), *b = pattern.as<Text>();
  const auto* c = escape ? escape->as<Text>() : nullptr;
  if (!a || !b || (escape && !c)) {
    throw Error(errors::like_invalid_inputs, "Invalid argument given to the LIKE clause in the SQL expression.");
  }
  std::optional<char32_t> mark;
  if (c) {
    if (characters(c->text) != 1 || c->text.size() != 1) {
      throw Error(errors::evaluator_like_escape, "The escape of a LIKE is one character.");
    }
    mark = static_cast<unsigned char>(c->text.front());
  }
  return like(a->text, b->text, mark) != negated;
}

// A list among the values stands for its items.
Value in_list(const Value& sought, const std::vector<Value>& values, bool negated) {
  if (sought.absent()) return Null{};
  bool unknown = false;
  for (const Value& value : values) {
    if (const auto* list = value.as<std::shared_ptr<const List>>(); list && !sought.as<std::shared_ptr<const List>>()) {
      if (std::ranges::any_of(**list, [&](const Value& item) { return equal(sought, item); })) return !negated;
    }
    unknown = unknown || value.absent();
    if (!value.absent() && equal(sought, value)) return !negated;
  }
  if (unknown) return Null{};
  return negated;
}

}  // namespace

Evaluator::Evaluator(const Query& query, const Columns* columns, Timestamp now)
    : query_(query), columns_(columns), now_(now), accumulators_(query.aggregates.size()) {}

bool Evaluator::take(const Row& row, std::vector<Cell>& out) {
  if (query_.where && !truth(evaluate(*query_.where, row)).value_or(false)) return false;
  if (!accumulators_.empty()) {
    for (const Expression* aggregate : query_.aggregates) accumulate(*aggregate, row);
    return true;
  }
  out.clear();
  if (query_.everything) {
    everything(row, out);
  } else {
    for (const Selected& each : query_.selected) out.push_back({each.name, evaluate(*each.expression, row)});
  }
  return true;
}

void Evaluator::everything(const Row& row, std::vector<Cell>& out) const {
  if (columns_) {
    for (std::size_t i = 0; i < row.columns.size(); ++i) {
      out.push_back(
          {i < columns_->names.size() ? std::string_view(columns_->names[i]) : std::string_view(), row.columns[i]});
    }
  } else if (const auto* members = row.tree.as<std::shared_ptr<const Struct>>()) {
    for (const auto& [name, value] : **members) out.push_back({name, value});
  } else {
    out.push_back({{}, row.tree});
  }
}

bool Evaluator::finish(std::vector<Cell>& out) {
  if (accumulators_.empty()) return false;
  out.clear();
  const Row none;
  for (const Selected& each : query_.selected) out.push_back({each.name, evaluate(*each.expression, none)});
  return true;
}

void Evaluator::accumulate(const Expression& aggregate, const Row& row) {
  Accumulator& into = accumulators_[aggregate.accumulator];
  if (aggregate.parts.empty()) {
    ++into.count;
    return;
  }
  const Value value = evaluate(*aggregate.parts.front(), row);
  if (value.absent()) return;
  ++into.count;
  switch (aggregate.aggregate) {
    case Aggregate::count:
      return;
    case Aggregate::sum:
    case Aggregate::avg: {
      const auto number = as_number(value);
      if (!number) refuse_argument(aggregate.aggregate == Aggregate::sum ? "SUM" : "AVG", value);
      into.value = into.count == 1 ? *number : compute(Operation::add, into.value, *number);
      return;
    }
    case Aggregate::max:
    case Aggregate::min: {
      // What spells a number is compared as one.
      Value candidate = as_number(value).value_or(value);
      if (into.count == 1) {
        into.value = std::move(candidate);
        return;
      }
      auto ordered = order(candidate, into.value);
      if (!ordered) {
        into.value = text_value(plain_text(into.value));
        candidate = text_value(plain_text(candidate));
        ordered = order(candidate, into.value);
      }
      if (aggregate.aggregate == Aggregate::max ? *ordered > 0 : *ordered < 0) into.value = std::move(candidate);
      return;
    }
  }
}

Value Evaluator::aggregated(const Expression& aggregate) const {
  const Accumulator& from = accumulators_[aggregate.accumulator];
  if (aggregate.aggregate == Aggregate::count) return from.count;
  if (from.count == 0) return Null{};
  if (aggregate.aggregate != Aggregate::avg) return from.value;
  if (const auto* integer = from.value.as<std::int64_t>()) {
    return compute(Operation::divide, Decimal{.unscaled = *integer}, from.count);
  }
  return compute(Operation::divide, from.value, from.count);
}

Value Evaluator::evaluate(const Expression& e, const Row& row) const {
  const auto part = [&](std::size_t i) { return evaluate(*e.parts[i], row); };
  switch (e.kind) {
    case Kind::literal:
      return e.value;
    case Kind::path: {
      if (e.column) return *e.column < row.columns.size() ? row.columns[*e.column] : Value(Missing{});
      Value value = row.tree;
      for (const Step& step : e.path) value = member(value, step);
      return value;
    }
    case Kind::negate: {
      const Value value = part(0);
      if (value.absent()) return Null{};
      return negate(operands(value, value)->first);
    }
    case Kind::not_: {
      const auto is = truth(part(0));
      return from_truth(is ? std::optional(!*is) : is);
    }
    case Kind::and_:
    case Kind::or_: {
      const bool decisive = e.kind == Kind::or_;
      const auto a = truth(part(0));
      if (a == decisive) return decisive;
      const auto b = truth(part(1));
      if (b == decisive) return decisive;
      return from_truth(a && b ? std::optional(!decisive) : std::nullopt);
    }
    case Kind::compare: {
      const Value a = part(0), b = part(1);
      if (a.absent() || b.absent()) return Null{};
      if (e.compare == Compare::equal) return equal(a, b);
      if (e.compare == Compare::unequal) return !equal(a, b);
      const auto ordered = order(a, b);
      if (!ordered) return Null{};
      return e.compare == Compare::less         ? *ordered < 0
             : e.compare == Compare::less_equal ? *ordered <= 0
             : e.compare == Compare::greater    ? *ordered > 0
                                                : *ordered >= 0;
    }
    case Kind::compute: {
      const auto both = operands(part(0), part(1));
      if (!both) return Null{};
      return compute(e.operation, both->first, both->second);
    }
    case Kind::concatenate: {
      const Value a = part(0), b = part(1);
      if (a.absent() || b.absent()) return Null{};
      return text_value(need_text("||", a) + need_text("||", b));
    }
    case Kind::between: {
      const Value a = part(0), low = part(1), high = part(2);
      if (a.absent() || low.absent() || high.absent()) return Null{};
      const auto least = order(a, low), most = order(a, high);
      if (!least || !most) return Null{};
      return (*least >= 0 && *most <= 0) != e.negated;
    }
    case Kind::in: {
      std::vector<Value> values;
      for (std::size_t i = 1; i < e.parts.size(); ++i) values.push_back(part(i));
      return in_list(part(0), values, e.negated);
    }
    case Kind::like: {
      const Value a = part(0), b = part(1);
      if (e.parts.size() == 2) return like_value(a, b, nullptr, e.negated);
      const Value escape = part(2);
      return like_value(a, b, &escape, e.negated);
    }
    case Kind::is_null:
      return part(0).absent() != e.negated;
    case Kind::is_missing:
      return part(0).missing() != e.negated;
    case Kind::simple_case:
    case Kind::search_case: {
      const bool simple = e.kind == Kind::simple_case;
      const Value subject = simple ? part(0) : Value(Null{});
      std::size_t i = simple ? 1 : 0;
      for (; i + 1 < e.parts.size() - (e.has_else ? 1 : 0); i += 2) {
        const Value when = part(i);
        const bool holds =
            simple ? !subject.absent() && !when.absent() && equal(subject, when) : truth(when).value_or(false);
        if (holds) return part(i + 1);
      }
      return e.has_else ? part(e.parts.size() - 1) : Value(Null{});
    }
    case Kind::cast:
      return cast(part(0), e.type, e.precision);
    case Kind::call:
      return call(e, row);
    case Kind::aggregate:
      return aggregated(e);
  }
  return Missing{};
}

Value Evaluator::call(const Expression& e, const Row& row) const {
  std::vector<Value> arguments;
  if (e.function == Function::coalesce) {
    for (const auto& each : e.parts) {
      Value value = evaluate(*each, row);
      if (!value.absent()) return value;
    }
    return Null{};
  }
  for (const auto& each : e.parts) arguments.push_back(evaluate(*each, row));
  if (e.function == Function::nullif) {
    if (arguments[0].absent()) return Null{};
    return !arguments[1].absent() && equal(arguments[0], arguments[1]) ? Value(Null{}) : arguments[0];
  }
  if (std::ranges::any_of(arguments, &Value::absent)) return Null{};
  switch (e.function) {
    case Function::char_length:
      return characters(need_text("CHAR_LENGTH", arguments[0]));
    case Function::lower:
      return text_value(map_letters(need_text("LOWER", arguments[0]), simple_lower));
    case Function::upper:
      return text_value(map_letters(need_text("UPPER", arguments[0]), simple_upper));
    case Function::substring: {
      std::optional<std::int64_t> length;
      if (arguments.size() == 3) length = need_integer("SUBSTRING", arguments[2]);
      return text_value(
          substring(need_text("SUBSTRING", arguments[0]), need_integer("SUBSTRING", arguments[1]), length));
    }
    case Function::trim_leading:
    case Function::trim_trailing:
    case Function::trim_both:
      return text_value(trimmed(need_text("TRIM", arguments[0]),
                                arguments.size() == 2 ? need_text("TRIM", arguments[1]) : std::string(" "),
                                e.function != Function::trim_trailing, e.function != Function::trim_leading));
    case Function::to_string:
      return text_value(format_moment(need_moment("TO_STRING", arguments[0]), need_text("TO_STRING", arguments[1])));
    case Function::to_timestamp: {
      const auto moment = parse_moment(need_text("TO_TIMESTAMP", arguments[0]));
      if (!moment) throw Error(errors::value_parse_failure, "Time stamp parse failure in the SQL expression.");
      return *moment;
    }
    case Function::date_add:
      return date_add(e.date_part, need_integer("DATE_ADD", arguments[0]), need_moment("DATE_ADD", arguments[1]));
    case Function::date_diff:
      return date_diff(e.date_part, need_moment("DATE_DIFF", arguments[0]), need_moment("DATE_DIFF", arguments[1]));
    case Function::extract:
      return extract(e.date_part, need_moment("EXTRACT", arguments[0]));
    case Function::utcnow:
      return Moment{.micros = to_millis(now_) * 1000, .offset = 0, .fraction_digits = 3};
    case Function::coalesce:
    case Function::nullif:
      break;
  }
  std::unreachable();
}

}  // namespace tarn::select
