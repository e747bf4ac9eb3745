#include "duck/trino/casts.h"

#include <limits>
#include <utility>

#include "duck/engine.h"
#include "duck/trino/kernels.h"
#include "duck/trino/plan_rules.h"
#include "duck/trino/values.h"

namespace tarn::duck {
namespace {

using ::duckdb::ClientContext;
using ::duckdb::DataChunk;
using ::duckdb::ExpressionState;
using ::duckdb::idx_t;
using ::duckdb::LogicalType;
using ::duckdb::LogicalTypeId;
using ::duckdb::Vector;

constexpr std::int64_t micros_per_day = 86'400'000'000;

std::int64_t floor_day(std::int64_t micros) {
  return micros >= 0 ? micros / micros_per_day : -((-micros + micros_per_day - 1) / micros_per_day);
}

// The limits of an integer type, and its name in messages: Trino says INT where the type is integer.
struct IntegerKind {
  std::int64_t least, most;
  const char* upper;
  const char* lower;
};
IntegerKind integer_kind(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::TINYINT:
      return {INT8_MIN, INT8_MAX, "TINYINT", "tinyint"};
    case LogicalTypeId::SMALLINT:
      return {INT16_MIN, INT16_MAX, "SMALLINT", "smallint"};
    case LogicalTypeId::INTEGER:
      return {INT32_MIN, INT32_MAX, "INT", "integer"};
    default:
      return {INT64_MIN, INT64_MAX, "BIGINT", "bigint"};
  }
}

// Calls f with a value of the C++ type of an integer.
template <typename F>
auto with_integer_type(const LogicalType& type, F f) {
  switch (type.id()) {
    case LogicalTypeId::TINYINT:
      return f(std::int8_t{});
    case LogicalTypeId::SMALLINT:
      return f(std::int16_t{});
    case LogicalTypeId::INTEGER:
      return f(std::int32_t{});
    default:
      return f(std::int64_t{});
  }
}

// From what an integer is made by a kernel of ours.
std::optional<Kernel> to_integer(const LogicalType& from, const LogicalType& to) {
  const IntegerKind kind = integer_kind(to);
  return with_integer_type(to, [&](auto kept) -> std::optional<Kernel> {
    using R = decltype(kept);
    switch (from.id()) {
      case LogicalTypeId::VARCHAR:
        return rows<Text>(
            [kind](Text text) { return static_cast<R>(parse_bigint(text, kind.least, kind.most, kind.upper)); });
      case LogicalTypeId::DOUBLE:
        return unary<double, R>(
            [kind](double v) { return static_cast<R>(round_to_integer(v, kind.least, kind.most, kind.lower)); });
      case LogicalTypeId::FLOAT:
        return unary<float, R>(
            [kind](float v) { return static_cast<R>(round_to_integer(v, kind.least, kind.most, kind.lower)); });
      case LogicalTypeId::TINYINT:
      case LogicalTypeId::SMALLINT:
      case LogicalTypeId::INTEGER:
      case LogicalTypeId::BIGINT:
        if (coercion_cost(from, to)) return std::nullopt;
        return with_integer_type(from, [&](auto given) -> std::optional<Kernel> {
          using A = decltype(given);
          return unary<A, R>([kind](A v) {
            if (v < kind.least || v > kind.most) {
              throw_invalid_cast(std::string("Out of range for ") + kind.lower + ": " + std::to_string(v));
            }
            return static_cast<R>(v);
          });
        });
      default:
        return std::nullopt;
    }
  });
}

Kernel text_kernel(const LogicalType& from, int digits) {
  if (from.id() == LogicalTypeId::TIMESTAMP) {
    return rows<std::int64_t>([digits](std::int64_t micros) {
      std::string text;
      append_timestamp(micros, digits, text);
      return text;
    });
  }
  const auto writer = std::make_shared<ValueText>(from);
  return [writer](DataChunk& arguments, ExpressionState&, Vector& result) {
    ::duckdb::RecursiveUnifiedVectorFormat format;
    Vector::RecursiveToUnifiedFormat(arguments.data[0], arguments.size(), format);
    std::string text;
    for (idx_t row = 0; row < arguments.size(); ++row) {
      text.clear();
      if (writer->append(format, row, text)) {
        detail::store(result, row, text);
      } else {
        ::duckdb::FlatVector::SetNull(result, row, true);
      }
    }
  };
}

// Decimal text without an exponent, blanks or thousands, as DuckDB's cast then reads it.
Kernel text_to_decimal(const LogicalType& to) {
  const int width = ::duckdb::DecimalType::GetWidth(to), scale = ::duckdb::DecimalType::GetScale(to);
  return [to, width, scale](DataChunk& arguments, ExpressionState& state, Vector& result) {
    ::duckdb::UnifiedVectorFormat format;
    arguments.data[0].ToUnifiedFormat(arguments.size(), format);
    for (idx_t row = 0; row < arguments.size(); ++row) {
      const idx_t at = format.sel->get_index(row);
      if (!format.validity.RowIsValid(at)) continue;
      const auto& stored = reinterpret_cast<const ::duckdb::string_t*>(format.data)[at];
      const std::string_view text(stored.GetData(), stored.GetSize());
      if (text.empty() || text.find_first_not_of("+-0123456789.eE") != text.npos) {
        throw_invalid_cast("Cannot cast VARCHAR '" + std::string(text) + "' to DECIMAL(" + std::to_string(width) +
                           ", " + std::to_string(scale) + "). Value is not a number.");
      }
    }
    std::string error;
    if (!::duckdb::VectorOperations::TryCast(state.GetContext(), arguments.data[0], result, arguments.size(), &error)) {
      throw_invalid_cast("Cannot cast VARCHAR to DECIMAL(" + std::to_string(width) + ", " + std::to_string(scale) +
                         "). Value too large.");
    }
  };
}

Kernel from_text(const LogicalType& to, int digits) {
  switch (to.id()) {
    case LogicalTypeId::BOOLEAN:
      return rows<Text>([](Text text) { return parse_boolean(text); });
    case LogicalTypeId::FLOAT:
      return rows<Text>([](Text text) { return static_cast<float>(parse_double(text)); });
    case LogicalTypeId::DOUBLE:
      return rows<Text>([](Text text) { return parse_double(text); });
    case LogicalTypeId::DECIMAL:
      return text_to_decimal(to);
    case LogicalTypeId::DATE:
      return rows<Text>([](Text text) { return parse_date(text); });
    case LogicalTypeId::TIME:
      return rows<Text>([](Text text) { return parse_time(text); });
    case LogicalTypeId::TIMESTAMP:
      return rows<Text>([digits](Text text) { return parse_timestamp(text, digits); });
    case LogicalTypeId::TIMESTAMP_TZ:
      return rows<Text>([digits, kept = zone_of(to)](Text text) {
        std::string zone;
        const std::int64_t instant = parse_zoned(text, digits, zone);
        if (zone != kept) refuse_other_zone(zone);
        return instant;
      });
    default:
      return *to_integer(LogicalType::VARCHAR, to);
  }
}

// Kernels between the types of time; none where DuckDB means the same.
std::optional<Kernel> time_cast(const LogicalType& from, const LogicalType& to, int digits) {
  if (from.id() == LogicalTypeId::TIMESTAMP && to.id() == LogicalTypeId::TIMESTAMP) {
    if (digits >= 6) return std::nullopt;
    return unary<std::int64_t, std::int64_t>([digits](std::int64_t v) { return round_micros(v, digits); });
  }
  if (from.id() != LogicalTypeId::TIMESTAMP_TZ) return std::nullopt;
  const auto zone = Zone::find(zone_of(from));
  switch (to.id()) {
    case LogicalTypeId::DATE:
      return unary<std::int64_t, std::int32_t>(
          [zone](std::int64_t v) { return static_cast<std::int32_t>(floor_day(v + zone->offset_at_instant(v))); });
    case LogicalTypeId::TIMESTAMP:
      return unary<std::int64_t, std::int64_t>([zone](std::int64_t v) { return v + zone->offset_at_instant(v); });
    case LogicalTypeId::TIME:
      return unary<std::int64_t, std::int64_t>([zone](std::int64_t v) {
        const std::int64_t clock = v + zone->offset_at_instant(v);
        return clock - floor_day(clock) * micros_per_day;
      });
    default:
      return std::nullopt;
  }
}

bool is_number(const LogicalType& type) {
  return type.IsNumeric();
}
bool is_time(const LogicalType& type) {
  return type.id() == LogicalTypeId::DATE || type.id() == LogicalTypeId::TIME ||
         type.id() == LogicalTypeId::TIMESTAMP || type.id() == LogicalTypeId::TIMESTAMP_TZ;
}
bool is_nested(const LogicalType& type) {
  return type.id() == LogicalTypeId::LIST || type.id() == LogicalTypeId::MAP || type.id() == LogicalTypeId::STRUCT;
}

// Whether Trino casts between these two scalar types at all.
bool castable(const LogicalType& from, const LogicalType& to) {
  const bool text_from = from.id() == LogicalTypeId::VARCHAR, text_to = to.id() == LogicalTypeId::VARCHAR;
  const auto plain = [](const LogicalType& type) {
    return is_number(type) || is_time(type) || type.id() == LogicalTypeId::BOOLEAN ||
           type.id() == LogicalTypeId::UUID || type.id() == LogicalTypeId::INTERVAL;
  };
  if (text_from) return text_to || (plain(to) && to.id() != LogicalTypeId::INTERVAL);
  if (text_to) return plain(from);
  const bool number_from = is_number(from) || from.id() == LogicalTypeId::BOOLEAN;
  const bool number_to = is_number(to) || to.id() == LogicalTypeId::BOOLEAN;
  if (number_from || number_to) return number_from && number_to;
  if (is_time(from) && is_time(to)) {
    return !(from.id() == LogicalTypeId::DATE && to.id() == LogicalTypeId::TIME) &&
           !(from.id() == LogicalTypeId::TIME && to.id() == LogicalTypeId::DATE);
  }
  return from.id() == to.id() || (from.id() == LogicalTypeId::UUID && to.id() == LogicalTypeId::BLOB);
}

// The kernel of a cast between scalar types; none if DuckDB's own cast means the same.
std::optional<Kernel> scalar_cast(const LogicalType& from, const LogicalType& to, int digits) {
  if (from.IsJSONType() != to.IsJSONType()) return json_cast(from, to);
  if (is_integer(to)) {
    if (auto kernel = to_integer(from, to)) return kernel;
  }
  if (from.id() == LogicalTypeId::VARCHAR && to.id() != LogicalTypeId::VARCHAR && to.id() != LogicalTypeId::UUID) {
    return from_text(to, digits);
  }
  if (to.id() == LogicalTypeId::VARCHAR && from.id() != LogicalTypeId::VARCHAR) {
    return text_kernel(from, digits);
  }
  return time_cast(from, to, digits);
}

// Where a kernel throws, its rows are done one by one, and those that throw are NULL.
Kernel forgiving(Kernel kernel) {
  return [kernel = std::move(kernel)](DataChunk& arguments, ExpressionState& state, Vector& result) {
    try {
      kernel(arguments, state, result);
      return;
    } catch (const ::duckdb::InvalidInputException&) {
    } catch (const ::duckdb::ConversionException&) {
    } catch (const ::duckdb::OutOfRangeException&) {
    }
    const idx_t count = arguments.size();
    result.SetVectorType(::duckdb::VectorType::FLAT_VECTOR);
    Vector collected(result.GetType(), std::max<idx_t>(count, 1));
    for (idx_t row = 0; row < count; ++row) {
      DataChunk one;
      one.InitializeEmpty(arguments.GetTypes());
      ::duckdb::SelectionVector selection(1);
      selection.set_index(0, row);
      one.Slice(arguments, selection, 1);
      one.Flatten();
      Vector value(result.GetType(), 1);
      try {
        kernel(one, state, value);
        collected.SetValue(row, value.GetValue(0));
      } catch (const ::duckdb::NotImplementedException&) {
        throw;
      } catch (const ::duckdb::Exception&) {
        ::duckdb::FlatVector::SetNull(collected, row, true);
      }
    }
    ::duckdb::VectorOperations::Copy(collected, result, count, 0, 0);
  };
}

ExpressionPtr kernel_expression(ExpressionPtr value, const LogicalType& to, const std::string& name, Kernel kernel,
                                bool try_cast) {
  if (try_cast) kernel = forgiving(std::move(kernel));
  ::duckdb::ScalarFunction function(name, {value->return_type}, to, std::move(kernel));
  function.SetFallible();
  return ::duckdb::make_uniq<::duckdb::BoundFunctionExpression>(to, std::move(function), list_of(std::move(value)),
                                                                nullptr);
}

// The values of a nested type's children, cast by an expression each.
struct ChildCast {
  std::shared_ptr<::duckdb::Expression> expression;  // Over a reference to column 0.

  ChildCast(ClientContext& context, const LogicalType& from, const LogicalType& to, int digits, bool try_cast) {
    auto reference = ::duckdb::make_uniq<::duckdb::BoundReferenceExpression>(from, idx_t{0});
    expression =
        std::shared_ptr<::duckdb::Expression>(cast_to(context, std::move(reference), to, digits, try_cast).release());
  }

  void run(ClientContext& context, Vector& from, Vector& to, idx_t count) const {
    ::duckdb::ExpressionExecutor executor(context, *expression);
    for (idx_t start = 0; start < count; start += STANDARD_VECTOR_SIZE) {
      const idx_t length = std::min<idx_t>(STANDARD_VECTOR_SIZE, count - start);
      DataChunk chunk;
      chunk.InitializeEmpty({from.GetType()});
      Vector slice(from, start, start + length);
      chunk.data[0].Reference(slice);
      chunk.SetCardinality(length);
      Vector part(to.GetType(), length);
      executor.ExecuteExpression(chunk, part);
      part.Flatten(length);
      ::duckdb::VectorOperations::Copy(part, to, length, 0, start);
    }
  }
};

Kernel list_cast(ClientContext& context, const LogicalType& from, const LogicalType& to, int digits, bool try_cast) {
  const ChildCast child(context, ::duckdb::ListType::GetChildType(from), ::duckdb::ListType::GetChildType(to), digits,
                        try_cast);
  return [child](DataChunk& arguments, ExpressionState& state, Vector& result) {
    Vector& source = arguments.data[0];
    source.Flatten(arguments.size());
    const idx_t total = ::duckdb::ListVector::GetListSize(source);
    ::duckdb::ListVector::Reserve(result, total);
    child.run(state.GetContext(), ::duckdb::ListVector::GetEntry(source), ::duckdb::ListVector::GetEntry(result),
              total);
    ::duckdb::ListVector::SetListSize(result, total);
    auto* to_entries = ::duckdb::FlatVector::GetData<::duckdb::list_entry_t>(result);
    const auto* entries = ::duckdb::FlatVector::GetData<::duckdb::list_entry_t>(source);
    for (idx_t row = 0; row < arguments.size(); ++row) {
      if (::duckdb::FlatVector::IsNull(source, row)) {
        ::duckdb::FlatVector::SetNull(result, row, true);
      } else {
        to_entries[row] = entries[row];
      }
    }
  };
}

Kernel row_cast(ClientContext& context, const LogicalType& from, const LogicalType& to, int digits, bool try_cast) {
  const auto& from_fields = ::duckdb::StructType::GetChildTypes(from);
  const auto& to_fields = ::duckdb::StructType::GetChildTypes(to);
  std::vector<ChildCast> children;
  for (std::size_t i = 0; i < to_fields.size(); ++i) {
    children.emplace_back(context, from_fields[i].second, to_fields[i].second, digits, try_cast);
  }
  return [children](DataChunk& arguments, ExpressionState& state, Vector& result) {
    Vector& source = arguments.data[0];
    source.Flatten(arguments.size());
    auto& from_children = ::duckdb::StructVector::GetEntries(source);
    auto& to_children = ::duckdb::StructVector::GetEntries(result);
    for (std::size_t i = 0; i < children.size(); ++i) {
      children[i].run(state.GetContext(), *from_children[i], *to_children[i], arguments.size());
    }
    for (idx_t row = 0; row < arguments.size(); ++row) {
      if (::duckdb::FlatVector::IsNull(source, row)) ::duckdb::FlatVector::SetNull(result, row, true);
    }
  };
}

// A map is kept as a list of (key, value).
LogicalType entries_of(const LogicalType& map) {
  return LogicalType::LIST(
      LogicalType::STRUCT({{"key", ::duckdb::MapType::KeyType(map)}, {"value", ::duckdb::MapType::ValueType(map)}}));
}

[[noreturn]] void throw_cannot_cast(const LogicalType& from, const LogicalType& to) {
  throw_type_mismatch("Cannot cast " + trino_name(type_of(from)) + " to " + trino_name(type_of(to)));
}

ExpressionPtr engine_cast(ClientContext& context, ExpressionPtr value, const LogicalType& to, bool try_cast) {
  auto result = ::duckdb::BoundCastExpression::AddCastToType(context, std::move(value), to, try_cast);
  trust_casts(*result);
  return result;
}

// The third argument, a constant; Trino's default is 3.
int digits_of(const Call& call) {
  if (call.arguments.size() < 3) return 3;
  const auto value = call.constant(2);
  return value && !value->IsNull() ? ::duckdb::IntegerValue::Get(value->DefaultCastAs(LogicalType::INTEGER)) : 3;
}

std::size_t character_count(Text text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}
std::size_t prefix_bytes(Text text, std::size_t characters) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80 && characters-- == 0) break;
  }
  return at;
}

ExpressionPtr cast_length(Call& call, bool character, bool try_cast) {
  const LogicalType from = call.types[0];
  const auto limit = call.constant(1);
  if (!limit || limit->IsNull()) throw_not_supported("the length of a varchar must be a constant");
  const auto length = static_cast<std::size_t>(::duckdb::BigIntValue::Get(limit->DefaultCastAs(LogicalType::BIGINT)));
  LogicalType to = character ? character_type(static_cast<int>(length)) : LogicalType(LogicalType::VARCHAR);
  if (!character) to.SetAlias("varchar(" + std::to_string(length) + ")");
  const bool from_text = from.id() == LogicalTypeId::VARCHAR && !from.IsJSONType();
  auto value = from_text ? std::move(call.arguments[0])
                         : cast_to(call.context, std::move(call.arguments[0]), LogicalType::VARCHAR, 3, try_cast);
  const std::string type = trino_name(type_of(from));
  auto kernel = rows<Text>([=](Text text) {
    const std::size_t count = character_count(text);
    if (count > length && !from_text) {
      throw_invalid_cast("Value " + std::string(text) + " cannot be represented as varchar(" + std::to_string(length) +
                         ")");
    }
    std::string result(text.substr(0, prefix_bytes(text, length)));
    if (character && count < length) result.append(length - count, ' ');
    return result;
  });
  return kernel_expression(std::move(value), to, "cast to " + trino_name(type_of(to)), std::move(kernel), try_cast);
}

}  // namespace

ExpressionPtr cast_to(ClientContext& context, ExpressionPtr value, const LogicalType& to, int digits, bool try_cast) {
  const LogicalType from = value->return_type;
  const std::string name = "cast to " + to.ToString() + " " + std::to_string(digits);
  if (from.id() == LogicalTypeId::SQLNULL || from == to) {
    if (from == to && from.id() == LogicalTypeId::TIMESTAMP && digits < 6) {
      return kernel_expression(std::move(value), to, name, *time_cast(from, to, digits), try_cast);
    }
    return engine_cast(context, std::move(value), to, try_cast);
  }
  if (from.IsJSONType() != to.IsJSONType()) {
    auto kernel = json_cast(from, to);
    if (!kernel) throw_cannot_cast(from, to);
    return kernel_expression(std::move(value), to, name, std::move(*kernel), try_cast);
  }
  if (is_nested(from) || is_nested(to)) {
    if (from.id() != to.id()) throw_cannot_cast(from, to);
    if (from.id() == LogicalTypeId::LIST) {
      auto kernel = list_cast(context, from, to, digits, try_cast);
      return kernel_expression(std::move(value), to, name, std::move(kernel), false);
    }
    if (from.id() == LogicalTypeId::MAP) {
      auto kernel = list_cast(context, entries_of(from), entries_of(to), digits, try_cast);
      return kernel_expression(std::move(value), to, name, std::move(kernel), false);
    }
    if (::duckdb::StructType::GetChildCount(from) != ::duckdb::StructType::GetChildCount(to)) {
      throw_cannot_cast(from, to);
    }
    auto kernel = row_cast(context, from, to, digits, try_cast);
    return kernel_expression(std::move(value), to, name, std::move(kernel), false);
  }
  if (!castable(from, to)) throw_cannot_cast(from, to);
  if (auto kernel = scalar_cast(from, to, digits)) {
    return kernel_expression(std::move(value), to, name, std::move(*kernel), try_cast);
  }
  return engine_cast(context, std::move(value), to, try_cast);
}

void add_casts(Registry& registry) {
  for (const bool forgiving_cast : {false, true}) {
    const std::string prefix = forgiving_cast ? "try_" : "";
    const Rewrite cast = [forgiving_cast](Call& call) {
      LogicalType to = call.arguments[1]->return_type;
      // The zone that a constant names is kept.
      if (to.id() == LogicalTypeId::TIMESTAMP_TZ) {
        if (const auto text = call.constant_text(0)) {
          std::string zone;
          try {
            parse_zoned(*text, 3, zone);
          } catch (const ::duckdb::Exception&) {  // The cast itself will say so.
          }
          if (!zone.empty()) to = zoned_type(zone);
        }
      }
      return cast_to(call.context, std::move(call.arguments[0]), to, digits_of(call), forgiving_cast);
    };
    registry.rewrite(prefix + "cast(any, any) -> any", cast);
    registry.rewrite(prefix + "cast(any, any, bigint) -> any", cast);
    registry.rewrite(prefix + "cast_varchar(any, bigint) -> any",
                     [forgiving_cast](Call& call) { return cast_length(call, false, forgiving_cast); });
    registry.rewrite(prefix + "cast_char(any, bigint) -> any",
                     [forgiving_cast](Call& call) { return cast_length(call, true, forgiving_cast); });
  }
  // What a file holds, as the type that its table has: converted as the engine's readers do.
  registry.rewrite("stored(any, any) -> any", [](Call& call) {
    const LogicalType to = call.arguments[1]->return_type;
    ExpressionPtr value = call.cast(std::move(call.arguments[0]), to);
    trust_casts(*value);
    return value;
  });
  registry.rewrite("typeof(any) -> varchar", [](Call& call) {
    const LogicalType& type = call.arguments[0]->return_type;
    return constant(::duckdb::Value(type.id() == LogicalTypeId::SQLNULL ? "unknown" : trino_name(type_of(type))));
  });
}

}  // namespace tarn::duck
