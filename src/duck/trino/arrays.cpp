// Arrays, by Trino's rules of NULL and order.
#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <unordered_map>
#include <unordered_set>

#include "duck/trino/kernels.h"
#include "duck/trino/lists.h"
#include "duck/trino/registry.h"
#include "duck/trino/values.h"

namespace tarn::duck {
namespace {

using ::duckdb::DataChunk;
using ::duckdb::ExpressionState;
using ::duckdb::FlatVector;
using ::duckdb::idx_t;
using ::duckdb::list_entry_t;
using ::duckdb::ListVector;
using ::duckdb::LogicalType;
using ::duckdb::Vector;

idx_t list_size(Vector& vector) {
  return ListVector::GetListSize(vector);
}

// The position in the list that a 1-based index means; none beyond its ends. Negative ones count from the end.
std::optional<idx_t> position_of(std::int64_t index, idx_t length) {
  const auto size = static_cast<std::int64_t>(length);
  if (index < 0) index += size + 1;
  if (index < 1 || index > size) return std::nullopt;
  return static_cast<idx_t>(index - 1);
}

// element_at and subscript of an array: the result's rows are picked items.
void pick(DataChunk& arguments, Vector& result, bool strict) {
  arguments.Flatten();
  const Lists lists(arguments.data[0], arguments.size());
  const auto* indexes = FlatVector::GetData<std::int64_t>(arguments.data[1]);
  ::duckdb::SelectionVector selection(arguments.size());
  std::vector<bool> missing(arguments.size());
  for (idx_t row = 0; row < arguments.size(); ++row) {
    selection.set_index(row, 0);
    missing[row] = true;
    if (lists.is_null(row) || FlatVector::IsNull(arguments.data[1], row)) continue;
    const list_entry_t list = lists.at(row);
    if (indexes[row] == 0) throw_invalid_argument("SQL array indices start at 1");
    if (strict && indexes[row] < 0) {
      throw_invalid_argument("Array subscript is negative: " + std::to_string(indexes[row]));
    }
    const auto position = position_of(indexes[row], list.length);
    if (strict && !position) {
      throw_invalid_argument("Array subscript must be less than or equal to array length: " +
                             std::to_string(indexes[row]) + " > " + std::to_string(list.length));
    }
    if (!position) continue;
    selection.set_index(row, list.offset + *position);
    missing[row] = false;
  }
  if (list_size(arguments.data[0]) > 0) {
    ::duckdb::VectorOperations::Copy(lists.items(), result, selection, arguments.size(), 0, 0);
  }
  for (idx_t row = 0; row < arguments.size(); ++row) {
    if (missing[row]) FlatVector::SetNull(result, row, true);
  }
}

// A kernel that makes an array of some of the items of arrays, which it is told the keys of.
struct Source {
  Lists lists;
  Keys keys;
  explicit Source(Vector& vector, idx_t count) : lists(vector, count), keys(lists.items(), list_size(vector)) {}
};
using Selector = void (*)(const std::vector<Source>& sources, idx_t row, ListBuilder& builder);

Kernel selecting(Selector select) {
  return [select](DataChunk& arguments, ExpressionState&, Vector& result) {
    arguments.Flatten();
    std::vector<Source> sources;
    sources.reserve(arguments.ColumnCount());
    for (auto& column : arguments.data) sources.emplace_back(column, arguments.size());
    ListBuilder builder(result);
    for (idx_t row = 0; row < arguments.size(); ++row) {
      bool missing = false;
      for (const Source& source : sources) missing = missing || source.lists.is_null(row);
      if (missing) {
        builder.set_null(row);
        continue;
      }
      select(sources, row, builder);
      builder.finish_row(row);
    }
  };
}

void add_if_new(const Source& source, idx_t index, std::unordered_set<std::string_view>& seen, ListBuilder& builder) {
  if (seen.insert(source.keys[index]).second) builder.add(source.lists.items(), index);
}

void select_distinct(const std::vector<Source>& sources, idx_t row, ListBuilder& builder) {
  std::unordered_set<std::string_view> seen;
  for (const Source& source : sources) {
    const list_entry_t list = source.lists.at(row);
    for (idx_t i = 0; i < list.length; ++i) add_if_new(source, list.offset + i, seen, builder);
  }
}

std::unordered_set<std::string_view> keys_of(const Source& source, idx_t row) {
  std::unordered_set<std::string_view> keys;
  const list_entry_t list = source.lists.at(row);
  for (idx_t i = 0; i < list.length; ++i) keys.insert(source.keys[list.offset + i]);
  return keys;
}

template <bool wanted>
void select_by_other(const std::vector<Source>& sources, idx_t row, ListBuilder& builder) {
  const auto other = keys_of(sources[1], row);
  std::unordered_set<std::string_view> seen;
  const list_entry_t list = sources[0].lists.at(row);
  for (idx_t i = 0; i < list.length; ++i) {
    if (other.contains(sources[0].keys[list.offset + i]) == wanted)
      add_if_new(sources[0], list.offset + i, seen, builder);
  }
}

void select_sorted(const std::vector<Source>& sources, idx_t row, ListBuilder& builder) {
  const Source& source = sources[0];
  const list_entry_t list = source.lists.at(row);
  std::vector<idx_t> order(list.length);
  for (idx_t i = 0; i < list.length; ++i) order[i] = list.offset + i;
  std::sort(order.begin(), order.end(), [&](idx_t a, idx_t b) {
    const int less = source.keys[a].compare(source.keys[b]);
    return less < 0 || (less == 0 && a < b);
  });
  for (const idx_t index : order) builder.add(source.lists.items(), index);
}

void select_reversed(const std::vector<Source>& sources, idx_t row, ListBuilder& builder) {
  const list_entry_t list = sources[0].lists.at(row);
  for (idx_t i = list.length; i > 0; --i) builder.add(sources[0].lists.items(), list.offset + i - 1);
}

void select_all(const std::vector<Source>& sources, idx_t row, ListBuilder& builder) {
  for (const Source& source : sources)
    builder.add_range(source.lists.items(), source.lists.at(row).offset, source.lists.at(row).length);
}

// Where in a list the value of another column is: what `found` makes of (list, keys, key of the value).
template <typename R>
using Finder = std::optional<R> (*)(const Source& source, list_entry_t list, std::string_view wanted);

template <typename R>
Kernel finding(Finder<R> find) {
  return [find](DataChunk& arguments, ExpressionState&, Vector& result) {
    arguments.Flatten();
    const Source source(arguments.data[0], arguments.size());
    const Keys wanted(arguments.data[1], arguments.size());
    each_row(arguments, result,
             [&](idx_t row) { detail::store(result, row, find(source, source.lists.at(row), wanted[row])); });
  };
}

std::optional<bool> find_contained(const Source& source, list_entry_t list, std::string_view wanted) {
  bool unknown = false;
  for (idx_t i = 0; i < list.length; ++i) {
    if (source.keys[list.offset + i] == wanted && !source.lists.item_is_nan(list.offset + i)) return true;
    unknown = unknown || source.lists.item_is_null(list.offset + i);
  }
  if (unknown) return std::nullopt;
  return false;
}

std::optional<std::int64_t> find_position(const Source& source, list_entry_t list, std::string_view wanted) {
  for (idx_t i = 0; i < list.length; ++i) {
    if (source.keys[list.offset + i] == wanted && !source.lists.item_is_nan(list.offset + i)) {
      return static_cast<std::int64_t>(i + 1);
    }
  }
  return 0;
}

// The largest or smallest item; NULL if one is NULL or there is none.
Kernel extreme(bool largest) {
  return [largest](DataChunk& arguments, ExpressionState&, Vector& result) {
    arguments.Flatten();
    const Source source(arguments.data[0], arguments.size());
    for (idx_t row = 0; row < arguments.size(); ++row) {
      const list_entry_t list = source.lists.is_null(row) ? list_entry_t{0, 0} : source.lists.at(row);
      std::optional<idx_t> best;
      bool missing = list.length == 0;
      for (idx_t i = list.offset; i < list.offset + list.length; ++i) {
        missing = missing || source.lists.item_is_null(i);
        // NaN counts only where there is nothing else.
        const bool better = !best || source.lists.item_is_nan(*best) ||
                            (!source.lists.item_is_nan(i) && (source.keys[i] > source.keys[*best]) == largest);
        if (better) best = i;
      }
      if (missing) {
        FlatVector::SetNull(result, row, true);
      } else {
        ::duckdb::VectorOperations::Copy(source.lists.items(), result, *best + 1, *best, row);
      }
    }
  };
}

// array_remove: NULLs in the array stay.
void remove_item(DataChunk& arguments, Vector& result) {
  arguments.Flatten();
  const Source source(arguments.data[0], arguments.size());
  const Keys wanted(arguments.data[1], arguments.size());
  ListBuilder builder(result);
  for (idx_t row = 0; row < arguments.size(); ++row) {
    if (source.lists.is_null(row) || FlatVector::IsNull(arguments.data[1], row)) {
      builder.set_null(row);
      continue;
    }
    const list_entry_t list = source.lists.at(row);
    for (idx_t i = list.offset; i < list.offset + list.length; ++i) {
      if (source.keys[i] != wanted[row] || source.lists.item_is_nan(i)) builder.add(source.lists.items(), i);
    }
    builder.finish_row(row);
  }
}

std::optional<bool> overlap(const Source& a, const Source& b, idx_t row) {
  const auto keys = keys_of(a, row);
  const list_entry_t list = b.lists.at(row), other = a.lists.at(row);
  bool unknown = false;
  for (idx_t i = list.offset; i < list.offset + list.length; ++i) {
    if (b.lists.item_is_null(i)) {
      unknown = true;
    } else if (keys.contains(b.keys[i])) {
      return true;
    }
  }
  for (idx_t i = other.offset; i < other.offset + other.length; ++i) unknown = unknown || a.lists.item_is_null(i);
  if (unknown && list.length > 0 && other.length > 0) return std::nullopt;
  return false;
}

bool contains_run(const Source& a, const Source& b, idx_t row) {
  const list_entry_t list = a.lists.at(row), run = b.lists.at(row);
  for (idx_t start = 0; start + run.length <= list.length; ++start) {
    idx_t i = 0;
    while (i < run.length && a.keys[list.offset + start + i] == b.keys[run.offset + i]) ++i;
    if (i == run.length) return true;
  }
  return false;
}

template <typename F>
Kernel two_lists(F f) {
  return [f](DataChunk& arguments, ExpressionState&, Vector& result) {
    arguments.Flatten();
    const Source a(arguments.data[0], arguments.size()), b(arguments.data[1], arguments.size());
    each_row(arguments, result, [&](idx_t row) { detail::store(result, row, f(a, b, row)); });
  };
}

Kernel slice_kernel() {
  return [](DataChunk& arguments, ExpressionState&, Vector& result) {
    arguments.Flatten();
    const Lists lists(arguments.data[0], arguments.size());
    ListBuilder builder(result);
    for (idx_t row = 0; row < arguments.size(); ++row) {
      if (lists.is_null(row) || FlatVector::IsNull(arguments.data[1], row) ||
          FlatVector::IsNull(arguments.data[2], row)) {
        builder.set_null(row);
        continue;
      }
      const auto start = FlatVector::GetData<std::int64_t>(arguments.data[1])[row];
      const auto length = FlatVector::GetData<std::int64_t>(arguments.data[2])[row];
      if (length < 0) throw_invalid_argument("length must be greater than or equal to 0");
      if (start == 0) throw_invalid_argument("SQL array indices start at 1");
      const list_entry_t list = lists.at(row);
      if (const auto first = position_of(start, list.length)) {
        builder.add_range(lists.items(), list.offset + *first,
                          std::min(static_cast<idx_t>(length), list.length - *first));
      }
      builder.finish_row(row);
    }
  };
}

void trim_array(DataChunk& arguments, Vector& result) {
  arguments.Flatten();
  const Lists lists(arguments.data[0], arguments.size());
  ListBuilder builder(result);
  for (idx_t row = 0; row < arguments.size(); ++row) {
    if (lists.is_null(row) || FlatVector::IsNull(arguments.data[1], row)) {
      builder.set_null(row);
      continue;
    }
    const auto count = FlatVector::GetData<std::int64_t>(arguments.data[1])[row];
    const list_entry_t list = lists.at(row);
    if (count < 0) throw_invalid_argument("size must not be negative: " + std::to_string(count));
    if (static_cast<idx_t>(count) > list.length) {
      throw_invalid_argument("size must not exceed array cardinality " + std::to_string(list.length) + ": " +
                             std::to_string(count));
    }
    builder.add_range(lists.items(), list.offset, list.length - static_cast<idx_t>(count));
    builder.finish_row(row);
  }
}

void flatten(DataChunk& arguments, Vector& result) {
  arguments.Flatten();
  const Lists outer(arguments.data[0], arguments.size());
  const Lists inner(outer.items(), list_size(arguments.data[0]));
  ListBuilder builder(result);
  for (idx_t row = 0; row < arguments.size(); ++row) {
    if (outer.is_null(row)) {
      builder.set_null(row);
      continue;
    }
    const list_entry_t list = outer.at(row);
    for (idx_t i = list.offset; i < list.offset + list.length; ++i) {
      if (!inner.is_null(i)) builder.add_range(inner.items(), inner.at(i).offset, inner.at(i).length);
    }
    builder.finish_row(row);
  }
}

// ngrams and combinations: arrays of arrays. `make` calls its argument with the positions of each inner array.
using Emit = std::function<void(const std::vector<idx_t>&)>;
template <typename F>
Kernel nested_kernel(F make) {
  return [make](DataChunk& arguments, ExpressionState&, Vector& result) {
    arguments.Flatten();
    const Lists lists(arguments.data[0], arguments.size());
    result.SetVectorType(::duckdb::VectorType::FLAT_VECTOR);
    std::vector<std::vector<idx_t>> inner;
    auto* entries = FlatVector::GetData<list_entry_t>(result);
    for (idx_t row = 0; row < arguments.size(); ++row) {
      if (lists.is_null(row) || FlatVector::IsNull(arguments.data[1], row)) {
        FlatVector::SetNull(result, row, true);
        continue;
      }
      const idx_t start = inner.size();
      const list_entry_t list = lists.at(row);
      make(list, FlatVector::GetData<std::int64_t>(arguments.data[1])[row], [&](const std::vector<idx_t>& positions) {
        if (inner.size() - start >= 100'000) throw_invalid_argument("the result has too many elements");
        inner.push_back(positions);
        for (idx_t& position : inner.back()) position += list.offset;
      });
      entries[row] = {start, inner.size() - start};
    }
    ListVector::Reserve(result, inner.size());
    ListVector::SetListSize(result, inner.size());
    ListBuilder builder(ListVector::GetEntry(result));
    for (idx_t i = 0; i < inner.size(); ++i) {
      for (const idx_t index : inner[i]) builder.add(lists.items(), index);
      builder.finish_row(i);
    }
  };
}

void make_ngrams(list_entry_t list, std::int64_t n, const Emit& emit) {
  if (n <= 0) throw_invalid_argument("N must be positive");
  const idx_t size = std::min<idx_t>(static_cast<idx_t>(n), list.length);
  std::vector<idx_t> positions(size);
  for (idx_t start = 0; start + size <= list.length; ++start) {
    for (idx_t i = 0; i < size; ++i) positions[i] = start + i;
    emit(positions);
    if (list.length == 0) break;
  }
}

void make_combinations(list_entry_t list, std::int64_t n, const Emit& emit) {
  if (n < 0 || n > 5) throw_invalid_argument("combination size must not exceed 5: " + std::to_string(n));
  const idx_t size = static_cast<idx_t>(n);
  if (size > list.length) return;
  // In the order in which Trino steps: the first position moves fastest.
  std::vector<idx_t> positions(size);
  for (idx_t i = 0; i < size; ++i) positions[i] = i;
  for (;;) {
    emit(positions);
    idx_t i = 0;
    while (i < size && positions[i] + 1 == (i + 1 < size ? positions[i + 1] : list.length)) ++i;
    if (i == size) return;
    ++positions[i];
    for (idx_t j = 0; j < i; ++j) positions[j] = j;
  }
}

Kernel repeat_kernel() {
  return [](DataChunk& arguments, ExpressionState&, Vector& result) {
    arguments.Flatten();
    ListBuilder builder(result);
    for (idx_t row = 0; row < arguments.size(); ++row) {
      if (FlatVector::IsNull(arguments.data[1], row)) {
        builder.set_null(row);
        continue;
      }
      const auto count = FlatVector::GetData<std::int64_t>(arguments.data[1])[row];
      if (count > 10'000)
        throw_invalid_argument("count argument of repeat function must be less than or equal to 10000");
      for (std::int64_t i = 0; i < count; ++i) builder.add(arguments.data[0], row);
      builder.finish_row(row);
    }
  };
}

// sequence(start, stop, step) of what is counted in one kind of integer.
template <typename T, typename Step>
Kernel sequence_kernel(Step step_of) {
  return [step_of](DataChunk& arguments, ExpressionState&, Vector& result) {
    arguments.Flatten();
    result.SetVectorType(::duckdb::VectorType::FLAT_VECTOR);
    std::vector<T> items;
    each_row(arguments, result, [&](idx_t row) {
      const T start = FlatVector::GetData<T>(arguments.data[0])[row],
              stop = FlatVector::GetData<T>(arguments.data[1])[row];
      const std::int64_t step = step_of(arguments, row, start, stop);
      if (step == 0) throw_invalid_argument("step must not be zero");
      if (step > 0 ? stop < start : stop > start) {
        throw_invalid_argument(
            "sequence stop value should be greater than or equal to start value if step is greater "
            "than zero otherwise stop should be less than or equal to start");
      }
      const auto count = static_cast<std::int64_t>((static_cast<__int128>(stop) - start) / step) + 1;
      if (count > 10'000) throw_invalid_argument("result of sequence function must not have more than 10000 entries");
      const idx_t first = items.size();
      for (std::int64_t i = 0, value = start; i < count; ++i, value += step) items.push_back(static_cast<T>(value));
      FlatVector::GetData<list_entry_t>(result)[row] = {first, items.size() - first};
    });
    ListVector::Reserve(result, items.size());
    std::copy(items.begin(), items.end(), FlatVector::GetData<T>(ListVector::GetEntry(result)));
    ListVector::SetListSize(result, items.size());
  };
}

void add_sequences(Registry& registry) {
  const auto by_sign = [](DataChunk&, idx_t, auto start, auto stop) -> std::int64_t { return start <= stop ? 1 : -1; };
  const auto given = [](DataChunk& arguments, idx_t row, auto, auto) -> std::int64_t {
    return FlatVector::GetData<std::int64_t>(arguments.data[2])[row];
  };
  const auto micros = [](DataChunk& arguments, idx_t row) {
    const auto& value = FlatVector::GetData<::duckdb::interval_t>(arguments.data[2])[row];
    return value.days * std::int64_t{86'400'000'000} + value.micros;
  };
  registry.kernel("sequence(bigint, bigint) -> array(bigint)", sequence_kernel<std::int64_t>(by_sign));
  registry.kernel("sequence(bigint, bigint, bigint) -> array(bigint)", sequence_kernel<std::int64_t>(given));
  registry.kernel("sequence(date, date) -> array(date)", sequence_kernel<std::int32_t>(by_sign));
  registry.kernel("sequence(date, date, intervalds) -> array(date)",
                  sequence_kernel<std::int32_t>([micros](DataChunk& arguments, idx_t row, auto, auto) -> std::int64_t {
                    const std::int64_t step = micros(arguments, row);
                    if (step % 86'400'000'000 != 0) {
                      throw_invalid_argument("sequence step must be a day interval if start and end values are dates");
                    }
                    return step / 86'400'000'000;
                  }));
  registry.kernel("sequence(timestamp, timestamp, intervalds) -> array(timestamp)",
                  sequence_kernel<std::int64_t>([micros](DataChunk& arguments, idx_t row, auto, auto) -> std::int64_t {
                    return micros(arguments, row);
                  }));
}

// zip: an array of rows, the shorter ones padded with NULL.
Kernel zip_kernel(Call& call) {
  ::duckdb::child_list_t<LogicalType> fields;
  for (std::size_t i = 0; i < call.types.size(); ++i) {
    fields.emplace_back("field" + std::to_string(i), ::duckdb::ListType::GetChildType(call.types[i]));
  }
  call.result = LogicalType::LIST(LogicalType::STRUCT(std::move(fields)));
  return [](DataChunk& arguments, ExpressionState&, Vector& result) {
    arguments.Flatten();
    result.SetVectorType(::duckdb::VectorType::FLAT_VECTOR);
    const idx_t before = ListVector::GetListSize(result);
    std::vector<idx_t> lengths(arguments.size());
    idx_t total = before;
    each_row(arguments, result, [&](idx_t row) {
      for (auto& column : arguments.data) {
        lengths[row] = std::max(lengths[row], FlatVector::GetData<list_entry_t>(column)[row].length);
      }
      FlatVector::GetData<list_entry_t>(result)[row] = {total, lengths[row]};
      total += lengths[row];
    });
    ListVector::Reserve(result, total);
    ListVector::SetListSize(result, total);
    auto& fields = ::duckdb::StructVector::GetEntries(ListVector::GetEntry(result));
    for (idx_t column = 0; column < arguments.ColumnCount(); ++column) {
      const Lists lists(arguments.data[column], arguments.size());
      for (idx_t row = 0; row < arguments.size(); ++row) {
        if (lengths[row] == 0) continue;
        const list_entry_t list = lists.at(row), target = FlatVector::GetData<list_entry_t>(result)[row];
        if (list.length > 0) {
          ::duckdb::VectorOperations::Copy(lists.items(), *fields[column], list.offset + list.length, list.offset,
                                           target.offset);
        }
        for (idx_t i = list.length; i < target.length; ++i)
          FlatVector::SetNull(*fields[column], target.offset + i, true);
      }
    }
  };
}

// array_join: items as text, NULLs left out or replaced.
Kernel join_kernel(Call& call) {
  const auto text = std::make_shared<ValueText>(::duckdb::ListType::GetChildType(call.types[0]));
  return [text](DataChunk& arguments, ExpressionState&, Vector& result) {
    arguments.Flatten();
    const Lists lists(arguments.data[0], arguments.size());
    ::duckdb::RecursiveUnifiedVectorFormat items;
    Vector::RecursiveToUnifiedFormat(lists.items(), list_size(arguments.data[0]), items);
    const auto argument = [&](idx_t column, idx_t row) {
      const auto& value = FlatVector::GetData<::duckdb::string_t>(arguments.data[column])[row];
      return std::string_view(value.GetData(), value.GetSize());
    };
    each_row(arguments, result, [&](idx_t row) {
      std::string joined, item;
      bool first = true;
      const list_entry_t list = lists.at(row);
      for (idx_t i = list.offset; i < list.offset + list.length; ++i) {
        item.clear();
        if (!text->append(items, i, item)) {
          if (arguments.ColumnCount() < 3) continue;
          item = argument(2, row);
        }
        if (!std::exchange(first, false)) joined += argument(1, row);
        joined += item;
      }
      detail::store(result, row, joined);
    });
  };
}

// any_true, all_true, none_true over an array of booleans.
Kernel quantifier(bool looked_for, bool if_found) {
  return [=](DataChunk& arguments, ExpressionState&, Vector& result) {
    arguments.Flatten();
    const Lists lists(arguments.data[0], arguments.size());
    each_row(arguments, result, [&](idx_t row) {
      const list_entry_t list = lists.at(row);
      bool found = false, unknown = false;
      for (idx_t i = list.offset; i < list.offset + list.length; ++i) {
        if (lists.item_is_null(i)) {
          unknown = true;
        } else {
          found = found || lists.data<bool>()[i] == looked_for;
        }
      }
      std::optional<bool> answer;
      if (found) {
        answer = if_found;
      } else if (!unknown) {
        answer = !if_found;
      }
      detail::store(result, row, answer);
    });
  };
}

// A number from two arrays of doubles of one length.
template <typename F>
Kernel vector_kernel(F f) {
  return [f](DataChunk& arguments, ExpressionState&, Vector& result) {
    arguments.Flatten();
    const Lists a(arguments.data[0], arguments.size()), b(arguments.data[1], arguments.size());
    each_row(arguments, result, [&](idx_t row) {
      const list_entry_t x = a.at(row), y = b.at(row);
      if (x.length != y.length) throw_invalid_argument("The arguments must have the same length");
      for (idx_t i = 0; i < x.length; ++i) {
        if (a.item_is_null(x.offset + i) || b.item_is_null(y.offset + i)) {
          FlatVector::SetNull(result, row, true);
          return;
        }
      }
      detail::store(result, row, f(a.data<double>() + x.offset, b.data<double>() + y.offset, x.length));
    });
  };
}

double dot(const double* a, const double* b, idx_t count) {
  double sum = 0;
  for (idx_t i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace

void add_arrays(Registry& registry) {
  registry.kernel("subscript(array(E), bigint) -> E",
                  [](DataChunk& arguments, ExpressionState&, Vector& result) { pick(arguments, result, true); });
  registry.kernel("element_at(array(E), bigint) -> E",
                  [](DataChunk& arguments, ExpressionState&, Vector& result) { pick(arguments, result, false); });
  registry.rewrite("cardinality(array(E)) -> bigint",
                   [](Call& call) { return call.call("len", std::move(call.arguments)); });
  registry.kernel("contains(array(T), T) -> boolean", finding<bool>(find_contained));
  registry.kernel("array_position(array(T), T) -> bigint", finding<std::int64_t>(find_position));
  registry.kernel("array_distinct(array(E)) -> array(E)", selecting(select_distinct));
  registry.kernel("array_union(array(E), array(E)) -> array(E)", selecting(select_distinct));
  registry.kernel("array_except(array(E), array(E)) -> array(E)", selecting(select_by_other<false>));
  registry.kernel("array_intersect(array(E), array(E)) -> array(E)", selecting(select_by_other<true>));
  registry.kernel("array_sort(array(E)) -> array(E)", selecting(select_sorted));
  registry.kernel("reverse(array(E)) -> array(E)", selecting(select_reversed));
  registry.kernel("concat(array(E), array(E)...) -> array(E)", selecting(select_all));
  registry.kernel("array_max(array(T)) -> T", extreme(true));
  registry.kernel("array_min(array(T)) -> T", extreme(false));
  registry.kernel("array_remove(array(E), E) -> array(E)", plain(remove_item));
  registry.kernel("arrays_overlap(array(E), array(E)) -> boolean", two_lists(overlap));
  registry.kernel("contains_sequence(array(T), array(T)) -> boolean", two_lists(contains_run));
  registry.kernel("slice(array(E), bigint, bigint) -> array(E)", slice_kernel());
  registry.kernel("trim_array(array(E), bigint) -> array(E)", plain(trim_array));
  registry.kernel("flatten(array(array(E))) -> array(E)", plain(flatten));
  registry.kernel("ngrams(array(T), bigint) -> array(array(T))", nested_kernel(make_ngrams));
  registry.kernel("combinations(array(T), bigint) -> array(array(T))", nested_kernel(make_combinations));
  registry.kernel("repeat(T, bigint) -> array(T)", repeat_kernel()).sees_nulls = true;
  for (const std::string parameters :
       {"array(A), array(B)", "array(A), array(B), array(C)", "array(A), array(B), array(C), array(D)",
        "array(A), array(B), array(C), array(D), array(E)"}) {
    registry.maker("zip(" + parameters + ") -> any", zip_kernel);
  }
  registry.maker("array_join(array(E), varchar) -> varchar", join_kernel);
  registry.maker("array_join(array(E), varchar, varchar) -> varchar", join_kernel);
  registry.kernel("any_true(array(boolean)) -> boolean", quantifier(true, true));
  registry.kernel("all_true(array(boolean)) -> boolean", quantifier(false, false));
  registry.kernel("none_true(array(boolean)) -> boolean", quantifier(true, false));
  registry.kernel("dot_product(array(double), array(double)) -> double", vector_kernel(dot));
  registry.kernel("euclidean_distance(array(double), array(double)) -> double",
                  vector_kernel([](const double* a, const double* b, idx_t count) {
                    double sum = 0;
                    for (idx_t i = 0; i < count; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
                    return std::sqrt(sum);
                  }));
  for (const bool distance : {false, true}) {
    registry.kernel(
        std::string(distance ? "cosine_distance" : "cosine_similarity") + "(array(double), array(double)) -> double",
        vector_kernel([distance](const double* a, const double* b, idx_t count) {
          const double similarity = dot(a, b, count) / std::sqrt(dot(a, a, count) * dot(b, b, count));
          return distance ? 1 - similarity : similarity;
        }));
  }
  registry
      .kernel("shuffle(array(E)) -> array(E)",
              selecting([](const std::vector<Source>& sources, idx_t row, ListBuilder& builder) {
                thread_local std::mt19937_64 random{std::random_device{}()};
                const list_entry_t list = sources[0].lists.at(row);
                std::vector<idx_t> order(list.length);
                for (idx_t i = 0; i < list.length; ++i) order[i] = list.offset + i;
                std::shuffle(order.begin(), order.end(), random);
                for (const idx_t index : order) builder.add(sources[0].lists.items(), index);
              }))
      .is_volatile = true;
  add_sequences(registry);
}

}  // namespace tarn::duck
