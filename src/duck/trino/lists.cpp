#include "duck/trino/lists.h"

namespace tarn::duck {

using ::duckdb::idx_t;
using ::duckdb::ListVector;
using ::duckdb::Vector;

Lists::Lists(Vector& vector, idx_t count)
    : vector_((vector.Flatten(count), vector)), items_(ListVector::GetEntry(vector)) {
  items_.Flatten(ListVector::GetListSize(vector));
}

Keys::Keys(Vector& values, idx_t count) : keys_(::duckdb::LogicalType::BLOB, std::max<idx_t>(count, 1)) {
  const ::duckdb::OrderModifiers modifiers(::duckdb::OrderType::ASCENDING, ::duckdb::OrderByNullType::NULLS_LAST);
  if (count > 0) ::duckdb::CreateSortKeyHelpers::CreateSortKey(values, count, modifiers, keys_);
  keys_.Flatten(count);
}

ListBuilder::ListBuilder(Vector& result) : result_(result) {
  result_.SetVectorType(::duckdb::VectorType::FLAT_VECTOR);
  start_ = ListVector::GetListSize(result_);
}

void ListBuilder::add(Vector& source, idx_t index) {
  if (source_ != &source) flush();
  source_ = &source;
  pending_.push_back(static_cast<::duckdb::sel_t>(index));
}

void ListBuilder::add_range(Vector& source, idx_t first, idx_t count) {
  for (idx_t i = 0; i < count; ++i) add(source, first + i);
}

void ListBuilder::flush() {
  if (pending_.empty()) return;
  const ::duckdb::SelectionVector selection(pending_.data());
  ListVector::Append(result_, *source_, selection, pending_.size());
  pending_.clear();
}

void ListBuilder::finish_row(idx_t row) {
  flush();
  const idx_t end = ListVector::GetListSize(result_);
  ::duckdb::FlatVector::GetData<::duckdb::list_entry_t>(result_)[row] = {start_, end - start_};
  start_ = end;
}

void ListBuilder::set_null(idx_t row) {
  flush();
  start_ = ListVector::GetListSize(result_);
  ::duckdb::FlatVector::SetNull(result_, row, true);
}

}  // namespace tarn::duck
