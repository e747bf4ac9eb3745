// system.trino.file_value(file_index, values): the value that belongs to the file a row comes from.
//
// One scan of many files gives each row its partition's values this way. The list is read once, when the query is
// bound, and rows come file by file: a chunk of rows of one file is answered by one constant.
#include <algorithm>

#include "duck/trino/registry.h"

namespace tarn::duck {
namespace {

using ::duckdb::idx_t;
using ::duckdb::LogicalType;
using ::duckdb::Value;
using ::duckdb::Vector;

struct FileValues : ::duckdb::FunctionData {
  explicit FileValues(::duckdb::vector<Value> list) : values(std::move(list)) {}
  ::duckdb::vector<Value> values;

  ::duckdb::unique_ptr<FunctionData> Copy() const override { return ::duckdb::make_uniq<FileValues>(values); }
  bool Equals(const FunctionData& other) const override {
    const auto& theirs = other.Cast<FileValues>().values;
    return std::ranges::equal(values, theirs,
                              [](const Value& a, const Value& b) { return Value::NotDistinctFrom(a, b); });
  }
  const Value& of(std::int64_t file) const {
    if (file < 0 || file >= static_cast<std::int64_t>(values.size())) {
      throw ::duckdb::InternalException("a row comes from file %lld of %llu", file, values.size());
    }
    return values[static_cast<std::size_t>(file)];
  }
};

::duckdb::unique_ptr<::duckdb::FunctionData> bind_values(
    ::duckdb::ClientContext& context, ::duckdb::ScalarFunction& function,
    ::duckdb::vector<::duckdb::unique_ptr<::duckdb::Expression>>& arguments) {
  if (!arguments[1]->IsFoldable()) throw ::duckdb::BinderException("file_value needs a constant list");
  const Value list = ::duckdb::ExpressionExecutor::EvaluateScalar(context, *arguments[1]);
  ::duckdb::vector<Value> values;
  if (!list.IsNull()) values = ::duckdb::ListValue::GetChildren(list);
  function.SetReturnType(::duckdb::ListType::GetChildType(arguments[1]->return_type));
  ::duckdb::Function::EraseArgument(function, arguments, 1);
  return ::duckdb::make_uniq<FileValues>(std::move(values));
}

void look_up(::duckdb::DataChunk& arguments, ::duckdb::ExpressionState& state, Vector& result) {
  const auto& values = state.expr.Cast<::duckdb::BoundFunctionExpression>().bind_info->Cast<FileValues>();
  ::duckdb::UnifiedVectorFormat files;
  arguments.data[0].ToUnifiedFormat(arguments.size(), files);
  const auto* numbers = ::duckdb::UnifiedVectorFormat::GetData<std::int64_t>(files);
  const auto file_of = [&](idx_t row) { return numbers[files.sel->get_index(row)]; };
  bool one_file = arguments.size() > 0;
  for (idx_t row = 1; row < arguments.size() && one_file; ++row) one_file = file_of(row) == file_of(0);
  if (one_file) {
    result.Reference(values.of(file_of(0)));
    return;
  }
  result.SetVectorType(::duckdb::VectorType::FLAT_VECTOR);
  for (idx_t row = 0; row < arguments.size(); ++row) result.SetValue(row, values.of(file_of(row)));
}

}  // namespace

void install_file_values(::duckdb::Catalog& catalog, ::duckdb::CatalogTransaction transaction) {
  ::duckdb::ScalarFunction function("file_value", {LogicalType::BIGINT, LogicalType::LIST(LogicalType::ANY)},
                                    LogicalType::ANY, look_up, bind_values);
  function.SetNullHandling(::duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  ::duckdb::CreateScalarFunctionInfo info(std::move(function));
  info.schema = "trino";
  info.internal = true;
  catalog.CreateFunction(transaction, info);
}

}  // namespace tarn::duck
