// Aggregates: DuckDB's own where they mean the same, wrapped where only their shape differs, ours where the arithmetic
// does.
#include <bit>
#include <cmath>
#include <unordered_map>

#include "duck/trino/comparisons.h"
#include "duck/trino/decimal.h"
#include "duck/trino/kernels.h"
#include "duck/trino/lists.h"
#include "duck/trino/plan_rules.h"
#include "duck/trino/registry.h"
#include "duck/trino/values.h"

namespace tarn::duck {
namespace {

using ::duckdb::AggregateFunction;
using ::duckdb::AggregateInputData;
using ::duckdb::AggregateUnaryInput;
using ::duckdb::FlatVector;
using ::duckdb::FunctionData;
using ::duckdb::hugeint_t;
using ::duckdb::idx_t;
using ::duckdb::list_entry_t;
using ::duckdb::ListVector;
using ::duckdb::LogicalType;
using ::duckdb::LogicalTypeId;
using ::duckdb::Vector;
using FunctionDataPtr = ::duckdb::unique_ptr<FunctionData>;

// DuckDB's aggregate of that name, bound to the arguments.
struct Inner {
  AggregateFunction function;
  FunctionDataPtr data;
};

Inner bind_inner(::duckdb::ClientContext& context, const std::string& name, Expressions& arguments) {
  auto& entry = ::duckdb::Catalog::GetSystemCatalog(context).GetEntry<::duckdb::AggregateFunctionCatalogEntry>(
      context, "main", name);
  ::duckdb::FunctionBinder binder(context);
  ::duckdb::ErrorData error;
  const auto best = binder.BindFunction(name, entry.functions, arguments, error);
  if (!best.IsValid()) error.Throw();
  Inner inner{.function = entry.functions.GetFunctionByOffset(best.GetIndex()), .data = nullptr};
  binder.ResolveTemplateTypes(inner.function, arguments);
  if (inner.function.bind) inner.data = inner.function.bind(context, inner.function, arguments);
  return inner;
}

void cast_arguments(AggregateCall& call) {
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    call.arguments[i] = ::duckdb::BoundCastExpression::AddCastToType(call.context, std::move(call.arguments[i]),
                                                                     call.match.arguments[i]);
    trust_casts(*call.arguments[i]);
  }
}

// Runs DuckDB's aggregate as it is.
AggregateMaker native(std::string name) {
  return [name](AggregateCall& call) {
    cast_arguments(call);
    Inner inner = bind_inner(call.context, name, call.arguments);
    call.function = std::move(inner.function);
    return std::move(inner.data);
  };
}

// An aggregate around DuckDB's: the arguments are packed into one vector before, the result is remade after.
using Pack = void (*)(Vector inputs[], idx_t input_count, Vector& packed, idx_t count);
using Remake = void (*)(Vector& made, Vector& result, idx_t count, idx_t offset);

struct WrappedData : FunctionData {
  AggregateFunction inner;
  FunctionDataPtr inner_data;
  LogicalType packed;
  Pack pack;
  Remake remake;

  WrappedData(AggregateFunction function, FunctionDataPtr data, LogicalType type, Pack before, Remake after)
      : inner(std::move(function)), inner_data(std::move(data)), packed(std::move(type)), pack(before), remake(after) {}
  FunctionDataPtr Copy() const override {
    return ::duckdb::make_uniq<WrappedData>(inner, inner_data ? inner_data->Copy() : nullptr, packed, pack, remake);
  }
  bool Equals(const FunctionData& other) const override {
    const auto& that = other.Cast<WrappedData>();
    return inner == that.inner && packed == that.packed && remake == that.remake;
  }
};

AggregateInputData inner_input(const WrappedData& wrapped, AggregateInputData& data) {
  return {wrapped.inner_data.get(), data.allocator, data.combine_type};
}
void wrapped_update(Vector inputs[], AggregateInputData& data, idx_t input_count, Vector& states, idx_t count) {
  const auto& wrapped = data.bind_data->Cast<WrappedData>();
  auto input = inner_input(wrapped, data);
  if (!wrapped.pack) return wrapped.inner.update(inputs, input, input_count, states, count);
  Vector packed(wrapped.packed, std::max<idx_t>(count, 1));
  wrapped.pack(inputs, input_count, packed, count);
  wrapped.inner.update(&packed, input, 1, states, count);
}
void wrapped_combine(Vector& source, Vector& target, AggregateInputData& data, idx_t count) {
  const auto& wrapped = data.bind_data->Cast<WrappedData>();
  auto input = inner_input(wrapped, data);
  wrapped.inner.combine(source, target, input, count);
}
void wrapped_finalize(Vector& states, AggregateInputData& data, Vector& result, idx_t count, idx_t offset) {
  const auto& wrapped = data.bind_data->Cast<WrappedData>();
  auto input = inner_input(wrapped, data);
  Vector made(wrapped.inner.GetReturnType(), std::max<idx_t>(count, 1));
  wrapped.inner.finalize(states, input, made, count, 0);
  // One state for all rows gives one constant.
  if (made.GetVectorType() == ::duckdb::VectorType::CONSTANT_VECTOR) {
    result.SetVectorType(::duckdb::VectorType::CONSTANT_VECTOR);
    count = 1;
  }
  made.Flatten(count);
  wrapped.remake(made, result, count, offset);
}
void wrapped_destroy(Vector& states, AggregateInputData& data, idx_t count) {
  const auto& wrapped = data.bind_data->Cast<WrappedData>();
  auto input = inner_input(wrapped, data);
  wrapped.inner.destructor(states, input, count);
}

FunctionDataPtr wrap(AggregateCall& call, Inner inner, LogicalType packed, const LogicalType& result, Pack pack,
                     Remake remake) {
  AggregateFunction function(::duckdb::vector<LogicalType>(call.match.arguments.begin(), call.match.arguments.end()),
                             result, inner.function.state_size, inner.function.initialize, wrapped_update,
                             wrapped_combine, wrapped_finalize, inner.function.GetNullHandling());
  if (inner.function.destructor) function.destructor = wrapped_destroy;
  call.function = std::move(function);
  return ::duckdb::make_uniq<WrappedData>(std::move(inner.function), std::move(inner.data), std::move(packed), pack,
                                          remake);
}

// The numbers of DuckDB's result in the type that Trino has for it.
template <typename From, typename To>
void convert(Vector& made, Vector& result, idx_t count, idx_t offset) {
  for (idx_t i = 0; i < count; ++i) {
    if (FlatVector::IsNull(made, i)) {
      FlatVector::SetNull(result, i + offset, true);
    } else {
      FlatVector::GetData<To>(result)[i + offset] = static_cast<To>(FlatVector::GetData<From>(made)[i]);
    }
  }
}
AggregateMaker converted(std::string name, Remake remake) {
  return [name, remake](AggregateCall& call) {
    cast_arguments(call);
    const LogicalType result = call.match.result;
    Inner inner = bind_inner(call.context, name, call.arguments);
    call.match.arguments.assign(inner.function.arguments.begin(), inner.function.arguments.end());
    return wrap(call, std::move(inner), {}, result, nullptr, remake);
  };
}

// --- Maps: lists of entries, made into maps at the end.

void pack_entry(Vector inputs[], idx_t, Vector& packed, idx_t count) {
  auto& fields = ::duckdb::StructVector::GetEntries(packed);
  for (idx_t i = 0; i < 2; ++i) {
    inputs[i].Flatten(count);
    fields[i]->Reference(inputs[i]);
  }
  // An entry without a key is none.
  for (idx_t row = 0; row < count; ++row) {
    if (FlatVector::IsNull(inputs[0], row)) FlatVector::Validity(packed).SetInvalid(row);
  }
}

struct Entries {
  Lists lists;
  Vector& keys;
  Vector& values;
  Keys order;
  Entries(Vector& made, idx_t count)
      : lists(made, count), keys(field(0)), values(field(1)), order(keys, ListVector::GetListSize(made)) {}
  Vector& field(idx_t i) { return *::duckdb::StructVector::GetEntries(lists.items())[i]; }
};

// Which entries go together under each key, in the order in which the keys came.
std::vector<std::vector<idx_t>> grouped(const Entries& entries, idx_t row) {
  std::vector<std::vector<idx_t>> groups;
  std::unordered_map<std::string_view, std::size_t> place;
  const list_entry_t list = entries.lists.at(row);
  for (idx_t i = list.offset; i < list.offset + list.length; ++i) {
    if (entries.lists.item_is_null(i)) continue;
    const auto [found, is_new] = place.emplace(entries.order[i], groups.size());
    if (is_new) groups.emplace_back();
    groups[found->second].push_back(i);
  }
  return groups;
}

// map_agg: of a key that comes twice, the first value counts. multimap_agg: all of them.
template <bool multiple>
void make_maps(Vector& made, Vector& result, idx_t count, idx_t offset) {
  const Entries entries(made, count);
  const idx_t before = ListVector::GetListSize(result);
  std::vector<std::vector<idx_t>> all;
  for (idx_t row = 0; row < count; ++row) {
    if (entries.lists.is_null(row)) {
      FlatVector::SetNull(result, row + offset, true);
      continue;
    }
    auto groups = grouped(entries, row);
    FlatVector::GetData<list_entry_t>(result)[row + offset] = {before + all.size(), groups.size()};
    for (auto& group : groups) all.push_back(std::move(group));
  }
  ListVector::Reserve(result, before + all.size());
  ListVector::SetListSize(result, before + all.size());
  Vector& keys = ::duckdb::MapVector::GetKeys(result);
  Vector& values = ::duckdb::MapVector::GetValues(result);
  for (idx_t i = 0; i < all.size(); ++i) {
    const idx_t first = all[i].front();
    ::duckdb::VectorOperations::Copy(entries.keys, keys, first + 1, first, before + i);
    if constexpr (!multiple) ::duckdb::VectorOperations::Copy(entries.values, values, first + 1, first, before + i);
  }
  if constexpr (multiple) {
    for (idx_t i = 0; i < all.size(); ++i) {
      const idx_t start = ListVector::GetListSize(values);
      ::duckdb::SelectionVector selection(all[i].size());
      for (idx_t j = 0; j < all[i].size(); ++j) selection.set_index(j, all[i][j]);
      ListVector::Append(values, entries.values, selection, all[i].size());
      FlatVector::GetData<list_entry_t>(values)[before + i] = {start, all[i].size()};
    }
  }
}

AggregateMaker map_maker(bool multiple) {
  return [multiple](AggregateCall& call) {
    const LogicalType &key = call.match.arguments[0], &value = call.match.arguments[1];
    const LogicalType entry = LogicalType::STRUCT({{"key", key}, {"value", value}});
    cast_arguments(call);
    auto packed = list_of(ExpressionPtr(::duckdb::make_uniq<::duckdb::BoundReferenceExpression>(entry, idx_t{0})));
    Inner inner = bind_inner(call.context, "list", packed);
    const LogicalType result = LogicalType::MAP(key, multiple ? LogicalType::LIST(value) : value);
    return wrap(call, std::move(inner), entry, result, pack_entry, multiple ? make_maps<true> : make_maps<false>);
  };
}

// map_union: the entries of all maps; the first value of a key counts.
void unite_maps(Vector& made, Vector& result, idx_t count, idx_t offset) {
  const Lists outer(made, count);
  Vector& maps = outer.items();
  const Entries entries(maps, ListVector::GetListSize(made));
  const idx_t before = ListVector::GetListSize(result);
  std::vector<idx_t> kept;
  for (idx_t row = 0; row < count; ++row) {
    if (outer.is_null(row)) {
      FlatVector::SetNull(result, row + offset, true);
      continue;
    }
    const idx_t start = kept.size();
    std::unordered_map<std::string_view, idx_t> seen;
    bool any = false;
    for (idx_t m = outer.at(row).offset; m < outer.at(row).offset + outer.at(row).length; ++m) {
      if (outer.item_is_null(m)) continue;
      any = true;
      const list_entry_t list = entries.lists.at(m);
      for (idx_t i = list.offset; i < list.offset + list.length; ++i) {
        if (seen.emplace(entries.order[i], i).second) kept.push_back(i);
      }
    }
    if (!any) FlatVector::SetNull(result, row + offset, true);
    FlatVector::GetData<list_entry_t>(result)[row + offset] = {before + start, kept.size() - start};
  }
  ListVector::Reserve(result, before + kept.size());
  ListVector::SetListSize(result, before + kept.size());
  for (idx_t i = 0; i < kept.size(); ++i) {
    ::duckdb::VectorOperations::Copy(entries.keys, ::duckdb::MapVector::GetKeys(result), kept[i] + 1, kept[i],
                                     before + i);
    ::duckdb::VectorOperations::Copy(entries.values, ::duckdb::MapVector::GetValues(result), kept[i] + 1, kept[i],
                                     before + i);
  }
}

FunctionDataPtr make_map_union(AggregateCall& call) {
  const LogicalType map = call.match.arguments[0];
  Inner inner = bind_inner(call.context, "list", call.arguments);
  return wrap(call, std::move(inner), {}, map, nullptr, unite_maps);
}

// histogram: DuckDB counts in unsigned numbers.
void copy_histogram(Vector& made, Vector& result, idx_t count, idx_t offset) {
  const idx_t before = ListVector::GetListSize(result);
  const idx_t total = ListVector::GetListSize(made);
  ListVector::Reserve(result, before + total);
  ListVector::SetListSize(result, before + total);
  if (total > 0) {
    ::duckdb::VectorOperations::Copy(::duckdb::MapVector::GetKeys(made), ::duckdb::MapVector::GetKeys(result), total, 0,
                                     before);
    Vector& counts = ::duckdb::MapVector::GetValues(made);
    counts.Flatten(total);
    const auto* from = FlatVector::GetData<std::uint64_t>(counts);
    auto* to = FlatVector::GetData<std::int64_t>(::duckdb::MapVector::GetValues(result));
    for (idx_t i = 0; i < total; ++i) to[before + i] = static_cast<std::int64_t>(from[i]);
  }
  for (idx_t row = 0; row < count; ++row) {
    if (FlatVector::IsNull(made, row)) {
      FlatVector::SetNull(result, row + offset, true);
      continue;
    }
    list_entry_t entry = FlatVector::GetData<list_entry_t>(made)[row];
    entry.offset += before;
    FlatVector::GetData<list_entry_t>(result)[row + offset] = entry;
  }
}

// --- Arithmetic of our own.

struct NullsIgnored {
  static bool IgnoreNull() { return true; }
};

struct IntegerSum {
  std::int64_t sum;
  bool any;
};
struct SumOfIntegers : NullsIgnored {
  static void add(IntegerSum& state, std::int64_t value) {
    if (__builtin_add_overflow(state.sum, value, &state.sum)) {
      throw_out_of_range("bigint addition overflow: " + std::to_string(state.sum) + " + " + std::to_string(value));
    }
    state.any = true;
  }
  template <class State>
  static void Initialize(State& state) {
    state = {0, false};
  }
  template <class Input, class State, class Op>
  static void Operation(State& state, const Input& value, AggregateUnaryInput&) {
    add(state, value);
  }
  template <class Input, class State, class Op>
  static void ConstantOperation(State& state, const Input& value, AggregateUnaryInput&, idx_t count) {
    std::int64_t product;
    if (__builtin_mul_overflow(static_cast<std::int64_t>(value), static_cast<std::int64_t>(count), &product)) {
      throw_out_of_range("bigint addition overflow");
    }
    add(state, product);
  }
  template <class State, class Op>
  static void Combine(const State& source, State& target, AggregateInputData&) {
    if (source.any) add(target, source.sum);
  }
  template <class Result, class State>
  static void Finalize(State& state, Result& target, ::duckdb::AggregateFinalizeData& data) {
    if (!state.any) return data.ReturnNull();
    target = state.sum;
  }
};

// Sums and means of reals are made in double and given as reals.
struct RealSum {
  double sum;
  std::uint64_t count;
};
template <bool mean>
struct OfReals : NullsIgnored {
  template <class State>
  static void Initialize(State& state) {
    state = {0, 0};
  }
  template <class Input, class State, class Op>
  static void Operation(State& state, const Input& value, AggregateUnaryInput&) {
    state.sum += static_cast<double>(value);
    ++state.count;
  }
  template <class Input, class State, class Op>
  static void ConstantOperation(State& state, const Input& value, AggregateUnaryInput&, idx_t count) {
    state.sum += static_cast<double>(value) * static_cast<double>(count);
    state.count += count;
  }
  template <class State, class Op>
  static void Combine(const State& source, State& target, AggregateInputData&) {
    target.sum += source.sum;
    target.count += source.count;
  }
  template <class Result, class State>
  static void Finalize(State& state, Result& target, ::duckdb::AggregateFinalizeData& data) {
    if (state.count == 0) return data.ReturnNull();
    target = static_cast<Result>(mean ? state.sum / static_cast<double>(state.count) : state.sum);
  }
};

// The mean of decimals keeps their type.
struct DecimalSum {
  hugeint_t sum;
  std::uint64_t count;
};
struct MeanOfDecimals : NullsIgnored {
  static void add(DecimalSum& state, Int128 value, std::uint64_t count) {
    Int128 sum;
    if (__builtin_add_overflow(to_int128(state.sum), value, &sum)) throw_out_of_range("Decimal overflow");
    state.sum = to_hugeint(sum);
    state.count += count;
  }
  template <class State>
  static void Initialize(State& state) {
    state.sum = to_hugeint(0);
    state.count = 0;
  }
  template <class Input, class State, class Op>
  static void Operation(State& state, const Input& value, AggregateUnaryInput&) {
    add(state, widen(value), 1);
  }
  template <class Input, class State, class Op>
  static void ConstantOperation(State& state, const Input& value, AggregateUnaryInput&, idx_t count) {
    add(state, multiply_decimal(widen(value), static_cast<Int128>(count)), count);
  }
  template <class State, class Op>
  static void Combine(const State& source, State& target, AggregateInputData&) {
    add(target, to_int128(source.sum), source.count);
  }
  template <class Result, class State>
  static void Finalize(State& state, Result& target, ::duckdb::AggregateFinalizeData& data) {
    if (state.count == 0) return data.ReturnNull();
    target = narrow<Result>(divide_decimal(to_int128(state.sum), 0, static_cast<Int128>(state.count)));
  }
};

FunctionDataPtr make_decimal_mean(AggregateCall& call) {
  const LogicalType type = call.match.arguments[0];
  cast_arguments(call);
  with_decimal_type(type, [&](auto kept) {
    using T = decltype(kept);
    call.function = AggregateFunction::UnaryAggregate<DecimalSum, T, T, MeanOfDecimals>(type, type);
  });
  return nullptr;
}

// Population skewness, and the geometric mean.
struct Moments {
  double count, mean, second, third;
};
struct Skewness : NullsIgnored {
  template <class State>
  static void Initialize(State& state) {
    state = {0, 0, 0, 0};
  }
  template <class Input, class State, class Op>
  static void Operation(State& state, const Input& value, AggregateUnaryInput&) {
    merge(state, {1, static_cast<double>(value), 0, 0});
  }
  template <class Input, class State, class Op>
  static void ConstantOperation(State& state, const Input& value, AggregateUnaryInput&, idx_t count) {
    merge(state, {static_cast<double>(count), static_cast<double>(value), 0, 0});
  }
  template <class State, class Op>
  static void Combine(const State& source, State& target, AggregateInputData&) {
    merge(target, source);
  }
  static void merge(Moments& a, const Moments& b) {
    if (b.count == 0) return;
    const double n = a.count + b.count, delta = b.mean - a.mean;
    const double third = a.third + b.third + delta * delta * delta * a.count * b.count * (a.count - b.count) / (n * n) +
                         3 * delta * (a.count * b.second - b.count * a.second) / n;
    const double second = a.second + b.second + delta * delta * a.count * b.count / n;
    a = {n, a.mean + delta * b.count / n, second, third};
  }
  template <class Result, class State>
  static void Finalize(State& state, Result& target, ::duckdb::AggregateFinalizeData& data) {
    if (state.count < 3) return data.ReturnNull();
    target = std::sqrt(state.count) * state.third / std::pow(state.second, 1.5);
  }
};
struct GeometricMean : OfReals<true> {
  template <class Input, class State, class Op>
  static void Operation(State& state, const Input& value, AggregateUnaryInput&) {
    state.sum += std::log(static_cast<double>(value));
    ++state.count;
  }
  template <class Input, class State, class Op>
  static void ConstantOperation(State& state, const Input& value, AggregateUnaryInput&, idx_t count) {
    state.sum += std::log(static_cast<double>(value)) * static_cast<double>(count);
    state.count += count;
  }
  template <class Result, class State>
  static void Finalize(State& state, Result& target, ::duckdb::AggregateFinalizeData& data) {
    if (state.count == 0) return data.ReturnNull();
    target = static_cast<Result>(std::exp(state.sum / static_cast<double>(state.count)));
  }
};

template <typename State, typename Input, typename Output, typename Op>
AggregateMaker own(const LogicalType& input, const LogicalType& output) {
  return [input, output](AggregateCall& call) -> FunctionDataPtr {
    cast_arguments(call);
    call.function = AggregateFunction::UnaryAggregate<State, Input, Output, Op>(input, output);
    return nullptr;
  };
}

// The number of distinct values by HyperLogLog: 2,048 registers, a standard error of 2.3 %, and next to exact for few.
struct Registers {
  static constexpr std::size_t count = 2'048;
  static constexpr int index_bits = 11;
  std::uint8_t rank[count];
};
struct DistinctCount {
  template <class State>
  static void Initialize(State& state) {
    state = {};
  }
  template <class State, class Op>
  static void Combine(const State& source, State& target, AggregateInputData&) {
    for (std::size_t i = 0; i < Registers::count; ++i) target.rank[i] = std::max(target.rank[i], source.rank[i]);
  }
  template <class Result, class State>
  static void Finalize(State& state, Result& target, ::duckdb::AggregateFinalizeData&) {
    constexpr double m = Registers::count;
    double sum = 0;
    int empty = 0;
    for (const std::uint8_t rank : state.rank) {
      sum += std::ldexp(1.0, -rank);
      empty += rank == 0;
    }
    double estimate = 0.7213 / (1 + 1.079 / m) * m * m / sum;
    if (estimate <= 2.5 * m && empty > 0) estimate = m * std::log(m / empty);
    target = std::llround(estimate);
  }
  static bool IgnoreNull() { return true; }
};

void count_distinct(Vector inputs[], AggregateInputData&, idx_t, Vector& states, idx_t count) {
  Vector hashes(LogicalType::HASH, std::max<idx_t>(count, 1));
  ::duckdb::VectorOperations::Hash(inputs[0], hashes, count);
  ::duckdb::UnifiedVectorFormat values, hash_format, state_format;
  inputs[0].ToUnifiedFormat(count, values);
  hashes.ToUnifiedFormat(count, hash_format);
  states.ToUnifiedFormat(count, state_format);
  for (idx_t row = 0; row < count; ++row) {
    if (!values.validity.RowIsValid(values.sel->get_index(row))) continue;
    // DuckDB's hash is one of multiplications; its upper bits are mixed once more.
    auto hash = reinterpret_cast<const std::uint64_t*>(hash_format.data)[hash_format.sel->get_index(row)];
    hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdull;
    hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53ull;
    hash ^= hash >> 33;
    auto& state = *reinterpret_cast<Registers* const*>(state_format.data)[state_format.sel->get_index(row)];
    const auto rank = static_cast<std::uint8_t>(std::countl_zero(hash << Registers::index_bits | 1ull) + 1);
    std::uint8_t& kept = state.rank[hash >> (64 - Registers::index_bits)];
    kept = std::max(kept, rank);
  }
}

FunctionDataPtr make_distinct_count(AggregateCall& call) {
  const LogicalType type = call.match.arguments[0];
  call.function = AggregateFunction({type}, LogicalType::BIGINT, AggregateFunction::StateSize<Registers>,
                                    AggregateFunction::StateInitialize<Registers, DistinctCount>, count_distinct,
                                    AggregateFunction::StateCombine<Registers, DistinctCount>,
                                    AggregateFunction::StateFinalize<Registers, std::int64_t, DistinctCount>,
                                    ::duckdb::FunctionNullHandling::DEFAULT_NULL_HANDLING);
  return nullptr;
}

// DuckDB takes the share as a float.
FunctionDataPtr make_percentile(AggregateCall& call) {
  const bool many = call.match.arguments[1].id() == LogicalTypeId::LIST;
  call.match.arguments[1] = many ? LogicalType::LIST(LogicalType::FLOAT) : LogicalType(LogicalType::FLOAT);
  return native("approx_quantile")(call);
}

// Only the first argument counts.
AggregateMaker first_argument(AggregateMaker maker) {
  return [maker = std::move(maker)](AggregateCall& call) {
    call.arguments.resize(1);
    call.match.arguments.resize(1);
    return maker(call);
  };
}

void add_sums(Registry& registry) {
  registry.aggregate("sum(bigint) -> bigint", own<IntegerSum, std::int64_t, std::int64_t, SumOfIntegers>(
                                                  LogicalType::BIGINT, LogicalType::BIGINT));
  registry.aggregate("sum(integer) -> bigint", own<IntegerSum, std::int32_t, std::int64_t, SumOfIntegers>(
                                                   LogicalType::INTEGER, LogicalType::BIGINT));
  registry.aggregate("sum(decimal) -> decimal", native("sum"));
  registry.aggregate("sum(double) -> double", native("sum"));
  registry.aggregate("sum(real) -> real",
                     own<RealSum, float, float, OfReals<false>>(LogicalType::FLOAT, LogicalType::FLOAT));
  registry.aggregate("avg(bigint) -> double", native("avg"));
  registry.aggregate("avg(double) -> double", native("avg"));
  registry.aggregate("avg(real) -> real",
                     own<RealSum, float, float, OfReals<true>>(LogicalType::FLOAT, LogicalType::FLOAT));
  registry.aggregate("avg(decimal) -> decimal", make_decimal_mean);
  registry.aggregate("skewness(double) -> double",
                     own<Moments, double, double, Skewness>(LogicalType::DOUBLE, LogicalType::DOUBLE));
  registry.aggregate("geometric_mean(bigint) -> double",
                     own<RealSum, double, double, GeometricMean>(LogicalType::DOUBLE, LogicalType::DOUBLE));
  registry.aggregate("geometric_mean(double) -> double",
                     own<RealSum, double, double, GeometricMean>(LogicalType::DOUBLE, LogicalType::DOUBLE));
  registry.aggregate("geometric_mean(real) -> real",
                     own<RealSum, float, float, GeometricMean>(LogicalType::FLOAT, LogicalType::FLOAT));
}

void add_statistics(Registry& registry) {
  for (const auto& [name, of] : {std::pair("stddev", "stddev_samp"),
                                 {"stddev_samp", "stddev_samp"},
                                 {"stddev_pop", "stddev_pop"},
                                 {"variance", "var_samp"},
                                 {"var_samp", "var_samp"},
                                 {"var_pop", "var_pop"},
                                 {"kurtosis", "kurtosis"}}) {
    registry.aggregate(std::string(name) + "(double) -> double", native(of));
  }
  for (const std::string name : {"covar_pop", "covar_samp", "corr", "regr_slope", "regr_intercept"}) {
    registry.aggregate(name + "(double, double) -> double", native(name));
    // Integers come here too, as in Trino.
    registry.aggregate(name + "(real, real) -> real", [name](AggregateCall& call) {
      call.match.arguments = {LogicalType::DOUBLE, LogicalType::DOUBLE};
      return converted(name, convert<double, float>)(call);
    });
  }
}

// The largest number; NaN counts only where there is nothing else.
struct Largest {
  double value;
  bool any;
};
struct LargestOf : NullsIgnored {
  static void add(Largest& state, double value) {
    if (!state.any || std::isnan(state.value) || value > state.value) state = {value, true};
  }
  template <class State>
  static void Initialize(State& state) {
    state = {0, false};
  }
  template <class Input, class State, class Op>
  static void Operation(State& state, const Input& value, AggregateUnaryInput&) {
    add(state, value);
  }
  template <class Input, class State, class Op>
  static void ConstantOperation(State& state, const Input& value, AggregateUnaryInput&, idx_t) {
    add(state, value);
  }
  template <class State, class Op>
  static void Combine(const State& source, State& target, AggregateInputData&) {
    if (source.any) add(target, source.value);
  }
  template <class Result, class State>
  static void Finalize(State& state, Result& target, ::duckdb::AggregateFinalizeData& data) {
    if (!state.any) return data.ReturnNull();
    target = static_cast<Result>(state.value);
  }
};

// max_by(value, number[, n]) by a key in which NaN is the least; max(number, n) likewise, by itself.
AggregateMaker by_number(std::string name) {
  return [name](AggregateCall& call) {
    cast_arguments(call);
    call.arguments[1] = key_with_nan_least(
        ::duckdb::BoundCastExpression::AddCastToType(call.context, std::move(call.arguments[1]), LogicalType::DOUBLE));
    Inner inner = bind_inner(call.context, name, call.arguments);
    call.function = std::move(inner.function);
    return std::move(inner.data);
  };
}
FunctionDataPtr make_largest_n(AggregateCall& call) {
  cast_arguments(call);
  auto key = key_with_nan_least(
      ::duckdb::BoundCastExpression::AddCastToType(call.context, call.arguments[0]->Copy(), LogicalType::DOUBLE));
  call.arguments.insert(call.arguments.begin() + 1, std::move(key));
  Inner inner = bind_inner(call.context, "arg_max", call.arguments);
  call.function = std::move(inner.function);
  return std::move(inner.data);
}

}  // namespace

void add_aggregates(Registry& registry) {
  add_sums(registry);
  add_statistics(registry);
  registry.aggregate("count(any) -> bigint", native("count"));
  registry.aggregate("max(double) -> double",
                     own<Largest, double, double, LargestOf>(LogicalType::DOUBLE, LogicalType::DOUBLE));
  registry.aggregate("max(real) -> real",
                     own<Largest, float, float, LargestOf>(LogicalType::FLOAT, LogicalType::FLOAT));
  registry.aggregate("max(double, bigint) -> array(double)", make_largest_n);
  registry.aggregate("max(real, bigint) -> array(real)", make_largest_n);
  registry.aggregate("max_by(V, real) -> V", by_number("arg_max_null"));
  registry.aggregate("max_by(V, double) -> V", by_number("arg_max_null"));
  registry.aggregate("max_by(V, real, bigint) -> array(V)", by_number("arg_max"));
  registry.aggregate("max_by(V, double, bigint) -> array(V)", by_number("arg_max"));
  registry.aggregate("min(T) -> T", native("min"));
  registry.aggregate("max(T) -> T", native("max"));
  registry.aggregate("min(T, bigint) -> array(T)", native("min"));
  registry.aggregate("max(T, bigint) -> array(T)", native("max"));
  registry.aggregate("min_by(V, K) -> V", native("arg_min_null"));
  registry.aggregate("max_by(V, K) -> V", native("arg_max_null"));
  registry.aggregate("min_by(V, K, bigint) -> array(V)", native("arg_min"));
  registry.aggregate("max_by(V, K, bigint) -> array(V)", native("arg_max"));
  registry.aggregate("bool_and(boolean) -> boolean", native("bool_and"));
  registry.aggregate("bool_or(boolean) -> boolean", native("bool_or"));
  registry.aggregate("every(boolean) -> boolean", native("bool_and"));
  registry.aggregate("arbitrary(T) -> T", native("any_value"));
  registry.aggregate("any_value(T) -> T", native("any_value"));
  registry.aggregate("array_agg(T) -> array(T)", native("list"));
  registry.aggregate("bitwise_and_agg(bigint) -> bigint", native("bit_and"));
  registry.aggregate("bitwise_or_agg(bigint) -> bigint", native("bit_or"));
  registry.aggregate("bitwise_xor_agg(bigint) -> bigint", native("bit_xor"));
  registry.aggregate("count_if(boolean) -> bigint", converted("count_if", convert<hugeint_t, std::int64_t>));
  registry.aggregate("approx_distinct(T) -> bigint", make_distinct_count);
  registry.aggregate("approx_distinct(T, double) -> bigint", first_argument(make_distinct_count));
  registry.aggregate("approx_percentile(bigint, double) -> bigint", make_percentile);
  registry.aggregate("approx_percentile(real, double) -> real", make_percentile);
  registry.aggregate("approx_percentile(double, double) -> double", make_percentile);
  registry.aggregate("approx_percentile(bigint, array(double)) -> array(bigint)", make_percentile);
  registry.aggregate("approx_percentile(real, array(double)) -> array(real)", make_percentile);
  registry.aggregate("approx_percentile(double, array(double)) -> array(double)", make_percentile);
  registry.aggregate("map_agg(K, V) -> map(K, V)", map_maker(false));
  registry.aggregate("multimap_agg(K, V) -> map(K, array(V))", map_maker(true));
  registry.aggregate("map_union(map(K, V)) -> map(K, V)", make_map_union);
  registry.aggregate("histogram(T) -> map(T, bigint)", converted("histogram", copy_histogram));
}

}  // namespace tarn::duck
