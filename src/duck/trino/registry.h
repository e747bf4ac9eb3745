// How the functions of system.trino are written down: a signature in Trino's words and what it does.
//
// Every name is registered with DuckDB once, taking anything; the overload is chosen here, by Trino's rules, so that no
// coercion happens that Trino does not know (a number never becomes text by itself). An overload is one of three:
//   a kernel, a vectorised C++ function (the helpers in kernels.h make them from plain lambdas);
//   a maker, which gets the call while it is bound and builds the kernel from its constants (a pattern, a format);
//   a rewrite, which puts an expression of DuckDB's own functions in the call's place, so that the optimizer sees it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "duck/trino/duckdb.h"
#include "duck/trino/errors.h"
#include "duck/trino/signature.h"

namespace tarn::duck {

using ExpressionPtr = ::duckdb::unique_ptr<::duckdb::Expression>;
using Expressions = ::duckdb::vector<ExpressionPtr>;
using Kernel = ::duckdb::scalar_function_t;

// A call that is being bound.
struct Call {
  ::duckdb::ClientContext& context;
  const std::string& name;
  Expressions& arguments;                    // As given; rewrites find them cast to `types`.
  std::vector<::duckdb::LogicalType> types;  // What they are cast to. A maker may change them.
  ::duckdb::LogicalType result;              // A maker may change it.
  bool sees_nulls = false;                   // Else a NULL argument makes a NULL result.

  // The value of an argument that is constant.
  std::optional<::duckdb::Value> constant(std::size_t index) const;
  std::optional<std::string> constant_text(std::size_t index) const;

  // Calls DuckDB's own function (schema main), or one of ours.
  ExpressionPtr call(const std::string& function, Expressions children) const;
  ExpressionPtr call_trino(const std::string& function, Expressions children) const;
  ExpressionPtr cast(ExpressionPtr value, const ::duckdb::LogicalType& type) const;
};

using Maker = std::function<Kernel(Call&)>;
using Rewrite = std::function<ExpressionPtr(Call&)>;

struct Overload {
  Signature signature;
  Maker make;
  Rewrite rewrite;
  bool sees_nulls = false;
  bool is_volatile = false;    // random(): another value for each row.
  bool is_infallible = false;  // Never throws for any input, so that DuckDB may evaluate more rows than it needs.
};

// An aggregate that is being bound: what it makes of `function` is what runs.
struct AggregateCall {
  ::duckdb::ClientContext& context;
  ::duckdb::AggregateFunction& function;
  Expressions& arguments;
  Match match;
};
using AggregateMaker = std::function<::duckdb::unique_ptr<::duckdb::FunctionData>(AggregateCall&)>;

struct AggregateOverload {
  Signature signature;
  AggregateMaker make;
};

class Registry {
 public:
  Overload& kernel(std::string_view signature, Kernel kernel);
  Overload& maker(std::string_view signature, Maker maker);
  Overload& rewrite(std::string_view signature, Rewrite rewrite);

  // The same overloads under a second name.
  void alias(const std::string& name, const std::string& of);
  // DuckDB's function `of` (schema main), for arguments of exactly this signature.
  void same_as(std::string_view signature, std::string of = {});
  void aggregate(std::string_view signature, AggregateMaker maker);

  void install(::duckdb::DatabaseInstance& database) &&;

 private:
  std::map<std::string, std::shared_ptr<std::vector<Overload>>> scalars_;
  std::map<std::string, std::shared_ptr<std::vector<AggregateOverload>>> aggregates_;
};

// The arguments' list as `(integer, varchar)`.
std::string type_list(const std::vector<::duckdb::LogicalType>& types);
std::vector<::duckdb::LogicalType> types_of(const Expressions& arguments);

// A kernel that needs no state.
inline Kernel plain(void (*run)(::duckdb::DataChunk& arguments, ::duckdb::Vector& result)) {
  return [run](::duckdb::DataChunk& arguments, ::duckdb::ExpressionState&, ::duckdb::Vector& result) {
    run(arguments, result);
  };
}

template <typename... Parts>
Expressions list_of(Parts... parts) {
  Expressions list;
  (list.push_back(std::move(parts)), ...);
  return list;
}
inline ExpressionPtr constant(::duckdb::Value value) {
  return ::duckdb::make_uniq<::duckdb::BoundConstantExpression>(std::move(value));
}

// The table function read_lines (hive_scan.cpp), and file_value (file_values.cpp).
void install_file_values(::duckdb::Catalog& catalog, ::duckdb::CatalogTransaction transaction);
void install_hive_scan(::duckdb::Catalog& catalog, ::duckdb::CatalogTransaction transaction);

// What is registered, by subject.
void add_operators(Registry& registry);
void add_comparisons(Registry& registry);
void add_conditionals(Registry& registry);
void add_casts(Registry& registry);
void add_math(Registry& registry);
void add_text(Registry& registry);
void add_regexp(Registry& registry);
void add_time(Registry& registry);
void add_time_formats(Registry& registry);
void add_json(Registry& registry);
void add_arrays(Registry& registry);
void add_maps(Registry& registry);
void add_binary(Registry& registry);
void add_urls(Registry& registry);
void add_aggregates(Registry& registry);

}  // namespace tarn::duck
