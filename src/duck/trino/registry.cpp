#include "duck/trino/registry.h"

#include <utility>

#include "duck/trino/functions.h"
#include "duck/trino/plan_rules.h"
#include "duck/trino/values.h"

namespace tarn::duck {

using ::duckdb::ClientContext;
using ::duckdb::Expression;
using ::duckdb::FunctionData;
using ::duckdb::FunctionNullHandling;
using ::duckdb::LogicalType;
using ::duckdb::LogicalTypeId;
using ::duckdb::ScalarFunction;
using ::duckdb::Value;

namespace {

struct OverloadInfo : ::duckdb::ScalarFunctionInfo {
  explicit OverloadInfo(std::shared_ptr<std::vector<Overload>> list) : overloads(std::move(list)) {}
  std::shared_ptr<std::vector<Overload>> overloads;
};

// What a call was bound to. Two calls are the same if they were bound alike: their arguments are compared by DuckDB.
struct CallData : FunctionData {
  const Overload* overload = nullptr;
  std::shared_ptr<std::vector<Overload>> owner;
  std::string name;
  std::vector<LogicalType> types;
  LogicalType result;

  ::duckdb::unique_ptr<FunctionData> Copy() const override { return ::duckdb::make_uniq<CallData>(*this); }
  bool Equals(const FunctionData& other) const override {
    const auto& that = other.Cast<CallData>();
    return overload == that.overload && result == that.result && types == that.types;
  }
};

// The literal that a cast was put around is still a constant.
std::optional<Value> fold(ClientContext& context, const Expression& expression) {
  if (!expression.IsFoldable()) return std::nullopt;
  Value value;
  if (!::duckdb::ExpressionExecutor::TryEvaluateScalar(context, expression, value)) return std::nullopt;
  return value;
}

// The sign of an operator that is written as a function; empty for functions.
std::string_view operator_sign(const std::string& name) {
  for (const auto& [function, sign] : {std::pair("add", "+"), std::pair("subtract", "-"), std::pair("multiply", "*"),
                                       std::pair("divide", "/"), std::pair("modulus", "%"), std::pair("negate", "-")}) {
    if (name == function) return sign;
  }
  return {};
}

template <typename Candidate>
[[noreturn]] void throw_no_match(const std::string& name, const std::vector<LogicalType>& types,
                                 const std::vector<Candidate>& overloads) {
  if (const auto sign = operator_sign(name); !sign.empty() && !types.empty()) {
    std::string text = "Cannot apply operator: ";
    if (types.size() > 1) text += trino_name(type_of(types[0])) + " ";
    throw_type_mismatch(text + std::string(sign) + " " + trino_name(type_of(types.back())));
  }
  std::string expected;
  for (const Candidate& overload : overloads) {
    if (!expected.empty()) expected += ", ";
    expected += overload.signature.text.substr(0, overload.signature.text.find(" ->"));
  }
  throw ::duckdb::BinderException("FUNCTION_NOT_FOUND: Unexpected parameters " + type_list(types) + " for function " +
                                  name + ". Expected: " + expected);
}

template <typename Candidate>
const Candidate& choose(const std::string& name, const std::vector<Candidate>& overloads,
                        const std::vector<LogicalType>& types, Match& best) {
  const Candidate* chosen = nullptr;
  for (const Candidate& overload : overloads) {
    auto candidate = match(overload.signature, types);
    if (!candidate || (chosen && candidate->cost >= best.cost)) continue;
    chosen = &overload;
    best = std::move(*candidate);
  }
  if (!chosen) throw_no_match(name, types, overloads);
  return *chosen;
}

ExpressionPtr run_rewrite(::duckdb::FunctionBindExpressionInput& input) {
  const auto& data = input.bind_data->Cast<CallData>();
  Call call{.context = input.context,
            .name = data.name,
            .arguments = input.children,
            .types = data.types,
            .result = data.result};
  auto result = data.overload->rewrite(call);
  if (result->return_type != data.result && data.result.id() != LogicalTypeId::ANY &&
      data.result.id() != LogicalTypeId::SQLNULL) {
    result = call.cast(std::move(result), data.result);
  }
  return result;
}

::duckdb::unique_ptr<FunctionData> bind_call(ClientContext& context, ScalarFunction& function,
                                             ::duckdb::vector<ExpressionPtr>& arguments) {
  const auto& info = function.GetExtraFunctionInfo().Cast<OverloadInfo>();
  const auto given = types_of(arguments);
  for (const LogicalType& type : given) {
    if (type.id() == LogicalTypeId::UNKNOWN) throw ::duckdb::ParameterNotResolvedException();
  }
  Match found;
  const Overload& overload = choose(function.name, *info.overloads, given, found);

  auto data = ::duckdb::make_uniq<CallData>();
  data->overload = &overload;
  data->owner = info.overloads;
  data->name = function.name;
  Call call{.context = context,
            .name = data->name,
            .arguments = arguments,
            .types = std::move(found.arguments),
            .result = std::move(found.result),
            .sees_nulls = overload.sees_nulls};
  if (overload.rewrite) {
    function.SetBindExpressionCallback(run_rewrite);
  } else {
    function.SetFunctionCallback(overload.make(call));
  }
  function.arguments = ::duckdb::vector<LogicalType>(call.types.begin(), call.types.end());
  function.varargs = LogicalType(LogicalTypeId::INVALID);
  function.SetReturnType(call.result);
  function.SetNullHandling(call.sees_nulls ? FunctionNullHandling::SPECIAL_HANDLING
                                           : FunctionNullHandling::DEFAULT_NULL_HANDLING);
  if (overload.is_volatile) function.SetVolatile();
  if (!overload.is_infallible) function.SetFallible();
  data->types = std::move(call.types);
  data->result = std::move(call.result);
  return data;
}

struct AggregateInfo : ::duckdb::AggregateFunctionInfo {
  explicit AggregateInfo(std::shared_ptr<std::vector<AggregateOverload>> list) : overloads(std::move(list)) {}
  std::shared_ptr<std::vector<AggregateOverload>> overloads;
};

::duckdb::unique_ptr<FunctionData> bind_aggregate(ClientContext& context, ::duckdb::AggregateFunction& function,
                                                  ::duckdb::vector<ExpressionPtr>& arguments) {
  const auto info = function.function_info;
  const std::string name = function.name;
  const auto& overloads = *info->Cast<AggregateInfo>().overloads;
  AggregateCall call{.context = context, .function = function, .arguments = arguments, .match = {}};
  const auto& overload = choose(name, overloads, types_of(arguments), call.match);
  std::size_t count = arguments.size();
  auto data = overload.make(call);
  count = std::max(count, arguments.size());
  function.name = name;
  if (function.arguments.size() > count) function.arguments.resize(count);
  function.varargs = LogicalType(LogicalTypeId::INVALID);
  return data;
}

::duckdb::unique_ptr<FunctionData> bind_refused(ClientContext&, ScalarFunction& function,
                                                ::duckdb::vector<ExpressionPtr>&) {
  throw ::duckdb::BinderException("FUNCTION_NOT_FOUND: Function '" + function.name + "' not registered");
}

}  // namespace

std::optional<Value> Call::constant(std::size_t index) const {
  return fold(context, *arguments.at(index));
}

std::optional<std::string> Call::constant_text(std::size_t index) const {
  const auto value = constant(index);
  if (!value || value->IsNull() || value->type().InternalType() != ::duckdb::PhysicalType::VARCHAR) return std::nullopt;
  return ::duckdb::StringValue::Get(*value);
}

ExpressionPtr Call::call(const std::string& function, Expressions children) const {
  // DuckDB's functions take text, not our char(5).
  for (auto& child : children) {
    const LogicalType type = child->return_type;
    if (type.HasAlias() && !type.IsJSONType()) child = cast(std::move(child), LogicalType(type.id()));
  }
  ::duckdb::ErrorData error;
  auto result = ::duckdb::FunctionBinder(context).BindScalarFunction("main", function, std::move(children), error);
  if (!result) error.Throw();
  trust_casts(*result);
  return result;
}

ExpressionPtr Call::call_trino(const std::string& function, Expressions children) const {
  ::duckdb::ErrorData error;
  auto result = ::duckdb::FunctionBinder(context).BindScalarFunction("trino", function, std::move(children), error);
  if (!result) error.Throw();
  return result;
}

ExpressionPtr Call::cast(ExpressionPtr value, const LogicalType& type) const {
  // Between zones the instant stays; DuckDB knows no such cast.
  const bool same = value->return_type.id() == type.id() && value->return_type != type;
  if (same && (type.id() == LogicalTypeId::TIMESTAMP_TZ || type.id() == LogicalTypeId::INTERVAL)) {
    ScalarFunction function("as " + type.ToString(), {value->return_type}, type,
                            [](::duckdb::DataChunk& arguments, ::duckdb::ExpressionState&, ::duckdb::Vector& result) {
                              result.Reinterpret(arguments.data[0]);
                            });
    return ::duckdb::make_uniq<::duckdb::BoundFunctionExpression>(type, std::move(function), list_of(std::move(value)),
                                                                  nullptr);
  }
  auto result = ::duckdb::BoundCastExpression::AddCastToType(context, std::move(value), type);
  trust_casts(*result);
  return result;
}

Overload& Registry::kernel(std::string_view signature, Kernel kernel) {
  return maker(signature, [kernel = std::move(kernel)](Call&) { return kernel; });
}

Overload& Registry::maker(std::string_view signature, Maker maker) {
  Overload overload{.signature = Signature::parse(signature), .make = std::move(maker), .rewrite = {}};
  auto& list = scalars_[overload.signature.name];
  if (!list) list = std::make_shared<std::vector<Overload>>();
  return list->emplace_back(std::move(overload));
}

Overload& Registry::rewrite(std::string_view signature, Rewrite rewrite) {
  Overload& overload = maker(signature, {});
  overload.rewrite = std::move(rewrite);
  // The expression in its place decides about NULLs.
  overload.sees_nulls = true;
  return overload;
}

void Registry::alias(const std::string& name, const std::string& of) {
  scalars_[name] = scalars_.at(of);
}

void Registry::same_as(std::string_view signature, std::string of) {
  Overload& overload = rewrite(signature, {});
  if (of.empty()) of = overload.signature.name;
  overload.rewrite = [of](Call& call) { return call.call(of, std::move(call.arguments)); };
}

void Registry::aggregate(std::string_view signature, AggregateMaker maker) {
  AggregateOverload overload{.signature = Signature::parse(signature), .make = std::move(maker)};
  auto& list = aggregates_[overload.signature.name];
  if (!list) list = std::make_shared<std::vector<AggregateOverload>>();
  list->push_back(std::move(overload));
}

void Registry::install(::duckdb::DatabaseInstance& database) && {
  const auto transaction = ::duckdb::CatalogTransaction::GetSystemTransaction(database);
  auto& catalog = ::duckdb::Catalog::GetSystemCatalog(database);
  ::duckdb::CreateSchemaInfo schema;
  schema.schema = "trino";
  schema.internal = true;
  catalog.CreateSchema(transaction, schema);
  const auto create = [&](auto info) {
    info.schema = "trino";
    info.internal = true;
    catalog.CreateFunction(transaction, info);
  };
  const auto taking_anything = [](const std::string& name, ::duckdb::bind_scalar_function_t bind) {
    ScalarFunction function(name, {}, LogicalType::ANY, nullptr, bind);
    function.varargs = LogicalType::ANY;
    function.SetNullHandling(FunctionNullHandling::SPECIAL_HANDLING);
    return function;
  };

  for (const auto& [name, overloads] : scalars_) {
    auto function = taking_anything(name, bind_call);
    function.SetExtraFunctionInfo(::duckdb::make_shared_ptr<OverloadInfo>(overloads));
    create(::duckdb::CreateScalarFunctionInfo(std::move(function)));
  }
  for (const auto& [name, overloads] : aggregates_) {
    ::duckdb::AggregateFunction function({}, LogicalType::ANY, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
                                         bind_aggregate);
    function.name = name;
    function.varargs = LogicalType::ANY;
    function.function_info = ::duckdb::make_shared_ptr<AggregateInfo>(overloads);
    create(::duckdb::CreateAggregateFunctionInfo(std::move(function)));
  }
  install_hive_scan(catalog, transaction);
  install_file_values(catalog, transaction);
  // DuckDB would take system.trino.f(x), where it knows an f of its own, for something else and say so oddly.
  std::vector<std::string> others;
  catalog.GetSchema(transaction, DEFAULT_SCHEMA)
      .Scan(::duckdb::CatalogType::SCALAR_FUNCTION_ENTRY, [&](::duckdb::CatalogEntry& entry) {
        if (!scalars_.contains(entry.name) && !aggregates_.contains(entry.name)) others.push_back(entry.name);
      });
  for (const std::string& name : others) {
    create(::duckdb::CreateScalarFunctionInfo(taking_anything(name, bind_refused)));
  }
}

std::vector<LogicalType> types_of(const Expressions& arguments) {
  std::vector<LogicalType> types;
  for (const auto& argument : arguments) types.push_back(argument->return_type);
  return types;
}

std::string type_list(const std::vector<LogicalType>& types) {
  std::string text = "(";
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (i) text += ", ";
    text += trino_name(type_of(types[i]));
  }
  return text + ")";
}

void register_trino_functions(::duckdb::DatabaseInstance& database) {
  Registry registry;
  add_operators(registry);
  add_comparisons(registry);
  add_conditionals(registry);
  add_casts(registry);
  add_math(registry);
  add_text(registry);
  add_regexp(registry);
  add_time(registry);
  add_time_formats(registry);
  add_json(registry);
  add_arrays(registry);
  add_maps(registry);
  add_binary(registry);
  add_urls(registry);
  add_aggregates(registry);
  std::move(registry).install(database);
}

}  // namespace tarn::duck
