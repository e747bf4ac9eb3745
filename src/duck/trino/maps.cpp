// Maps: DuckDB keeps them as lists of (key, value).
#include <map>
#include <unordered_map>

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
using ::duckdb::MapVector;
using ::duckdb::Vector;

// The entries of maps, with keys of their keys.
struct Maps {
  Lists lists;
  Vector& keys;
  Vector& values;
  Keys order;

  Maps(Vector& vector, idx_t count)
      : lists(vector, count),
        keys(MapVector::GetKeys(vector)),
        values(MapVector::GetValues(vector)),
        order(keys, ListVector::GetListSize(vector)) {}
};

std::string text_of(Vector& values, idx_t index) {
  const ValueText text(values.GetType());
  ::duckdb::RecursiveUnifiedVectorFormat format;
  Vector::RecursiveToUnifiedFormat(values, index + 1, format);
  std::string result;
  return text.append(format, index, result) ? result : "null";
}

// element_at and subscript: the value of a key.
void look_up(DataChunk& arguments, Vector& result, bool strict) {
  arguments.Flatten();
  const Maps maps(arguments.data[0], arguments.size());
  const Keys wanted(arguments.data[1], arguments.size());
  ::duckdb::SelectionVector selection(arguments.size());
  std::vector<bool> missing(arguments.size(), true);
  for (idx_t row = 0; row < arguments.size(); ++row) {
    selection.set_index(row, 0);
    if (maps.lists.is_null(row) || FlatVector::IsNull(arguments.data[1], row)) continue;
    const list_entry_t list = maps.lists.at(row);
    const idx_t end = is_nan(arguments.data[1], row) ? list.offset : list.offset + list.length;
    for (idx_t i = list.offset; i < end && missing[row]; ++i) {
      if (maps.order[i] != wanted[row]) continue;
      selection.set_index(row, i);
      missing[row] = false;
    }
    if (missing[row] && strict) {
      throw_invalid_argument("Key not present in map: " + text_of(arguments.data[1], row));
    }
  }
  if (ListVector::GetListSize(arguments.data[0]) > 0) {
    ::duckdb::VectorOperations::Copy(maps.values, result, selection, arguments.size(), 0, 0);
  }
  for (idx_t row = 0; row < arguments.size(); ++row) {
    if (missing[row]) FlatVector::SetNull(result, row, true);
  }
}

// Writes maps entry by entry. The sources of keys and of values must not change within one kernel call.
class MapBuilder {
 public:
  explicit MapBuilder(Vector& result) : result_(result) { result_.SetVectorType(::duckdb::VectorType::FLAT_VECTOR); }

  void add(Vector& key_source, idx_t key, Vector& value_source, idx_t value) {
    parts_.push_back({&key_source, key, &value_source, value});
  }
  void finish_row(idx_t row) {
    FlatVector::GetData<list_entry_t>(result_)[row] = {start_, parts_.size() - start_};
    start_ = parts_.size();
  }
  void set_null(idx_t row) { FlatVector::SetNull(result_, row, true); }

  // After the last row.
  void finish() {
    ListVector::Reserve(result_, parts_.size());
    ListVector::SetListSize(result_, parts_.size());
    Vector& keys = MapVector::GetKeys(result_);
    Vector& values = MapVector::GetValues(result_);
    for (idx_t i = 0; i < parts_.size(); ++i) {
      const Part& part = parts_[i];
      ::duckdb::VectorOperations::Copy(*part.key_source, keys, part.key + 1, part.key, i);
      ::duckdb::VectorOperations::Copy(*part.value_source, values, part.value + 1, part.value, i);
    }
  }

 private:
  struct Part {
    Vector* key_source;
    idx_t key;
    Vector* value_source;
    idx_t value;
  };
  Vector& result_;
  std::vector<Part> parts_;
  idx_t start_ = 0;
};

void check_key(Vector& keys, idx_t index) {
  if (FlatVector::IsNull(keys, index)) throw_invalid_argument("map key cannot be null");
}
[[noreturn]] void throw_duplicate(Vector& keys, idx_t index) {
  throw_invalid_argument("Duplicate map keys (" + text_of(keys, index) + ") are not allowed");
}

void map_of_arrays(DataChunk& arguments, Vector& result) {
  arguments.Flatten();
  const Lists keys(arguments.data[0], arguments.size()), values(arguments.data[1], arguments.size());
  const Keys order(keys.items(), ListVector::GetListSize(arguments.data[0]));
  MapBuilder builder(result);
  for (idx_t row = 0; row < arguments.size(); ++row) {
    if (keys.is_null(row) || values.is_null(row)) {
      builder.set_null(row);
      continue;
    }
    const list_entry_t names = keys.at(row), items = values.at(row);
    if (names.length != items.length) throw_invalid_argument("Key and value arrays must be the same length");
    std::unordered_map<std::string_view, idx_t> seen;
    for (idx_t i = 0; i < names.length; ++i) {
      check_key(keys.items(), names.offset + i);
      if (!seen.emplace(order[names.offset + i], i).second) throw_duplicate(keys.items(), names.offset + i);
      builder.add(keys.items(), names.offset + i, values.items(), items.offset + i);
    }
    builder.finish_row(row);
  }
  builder.finish();
}

void map_of_entries(DataChunk& arguments, Vector& result) {
  arguments.Flatten();
  const Lists entries(arguments.data[0], arguments.size());
  const idx_t total = ListVector::GetListSize(arguments.data[0]);
  auto& fields = ::duckdb::StructVector::GetEntries(entries.items());
  fields[0]->Flatten(total);
  fields[1]->Flatten(total);
  const Keys order(*fields[0], total);
  MapBuilder builder(result);
  for (idx_t row = 0; row < arguments.size(); ++row) {
    if (entries.is_null(row)) {
      builder.set_null(row);
      continue;
    }
    const list_entry_t list = entries.at(row);
    std::unordered_map<std::string_view, idx_t> seen;
    for (idx_t i = list.offset; i < list.offset + list.length; ++i) {
      if (entries.item_is_null(i)) throw_invalid_argument("map entry cannot be null");
      check_key(*fields[0], i);
      if (!seen.emplace(order[i], i).second) throw_duplicate(*fields[0], i);
      builder.add(*fields[0], i, *fields[1], i);
    }
    builder.finish_row(row);
  }
  builder.finish();
}

// Of a key that several maps have, the last one counts.
void concatenate(DataChunk& arguments, Vector& result) {
  arguments.Flatten();
  std::vector<std::unique_ptr<Maps>> sources;
  for (auto& column : arguments.data) sources.push_back(std::make_unique<Maps>(column, arguments.size()));
  MapBuilder builder(result);
  for (idx_t row = 0; row < arguments.size(); ++row) {
    bool missing = false;
    for (const auto& source : sources) missing = missing || source->lists.is_null(row);
    if (missing) {
      builder.set_null(row);
      continue;
    }
    std::vector<std::pair<const Maps*, idx_t>> kept;
    std::unordered_map<std::string_view, std::size_t> place;
    for (const auto& source : sources) {
      const list_entry_t list = source->lists.at(row);
      for (idx_t i = list.offset; i < list.offset + list.length; ++i) {
        const auto [found, is_new] = place.emplace(source->order[i], kept.size());
        if (is_new) {
          kept.emplace_back(source.get(), i);
        } else {
          kept[found->second] = {source.get(), i};
        }
      }
    }
    for (const auto& [source, index] : kept) builder.add(source->keys, index, source->values, index);
    builder.finish_row(row);
  }
  builder.finish();
}

// Maps of texts, made anew: rows of (key, values).
using TextEntries = std::vector<std::pair<std::string, std::vector<std::string>>>;

void write_text_maps(const std::vector<std::optional<TextEntries>>& maps, Vector& result, bool multiple) {
  result.SetVectorType(::duckdb::VectorType::FLAT_VECTOR);
  idx_t total = 0, total_values = 0;
  for (const auto& map : maps) {
    if (!map) continue;
    total += map->size();
    for (const auto& entry : *map) total_values += entry.second.size();
  }
  ListVector::Reserve(result, total);
  ListVector::SetListSize(result, total);
  Vector& keys = MapVector::GetKeys(result);
  Vector& values = MapVector::GetValues(result);
  if (multiple) {
    ListVector::Reserve(values, total_values);
    ListVector::SetListSize(values, total_values);
  }
  idx_t at = 0, value_at = 0;
  for (idx_t row = 0; row < maps.size(); ++row) {
    if (!maps[row]) {
      FlatVector::SetNull(result, row, true);
      continue;
    }
    FlatVector::GetData<list_entry_t>(result)[row] = {at, maps[row]->size()};
    for (const auto& [key, items] : *maps[row]) {
      detail::store(keys, at, key);
      if (multiple) {
        FlatVector::GetData<list_entry_t>(values)[at] = {value_at, items.size()};
        for (const std::string& item : items) detail::store(ListVector::GetEntry(values), value_at++, item);
      } else {
        detail::store(values, at, items.front());
      }
      ++at;
    }
  }
}

TextEntries split_entries(Text text, Text entry_mark, Text value_mark, bool multiple) {
  if (entry_mark.empty()) throw_invalid_argument("entryDelimiter is empty");
  if (value_mark.empty()) throw_invalid_argument("keyValueDelimiter is empty");
  if (entry_mark == value_mark) throw_invalid_argument("entryDelimiter and keyValueDelimiter must not be the same");
  TextEntries entries;
  std::map<std::string, std::size_t, std::less<>> place;
  while (!text.empty()) {
    const Text entry = text.substr(0, text.find(entry_mark));
    const std::size_t mark = entry.find(value_mark);
    if (mark == entry.npos) {
      throw_invalid_argument("Key-value delimiter must appear exactly once in each entry. Bad input: '" +
                             std::string(entry) + "'");
    }
    const std::string key(entry.substr(0, mark)), value(entry.substr(mark + value_mark.size()));
    if (!multiple && value.find(value_mark) != value.npos) {
      throw_invalid_argument("Key-value delimiter must appear exactly once in each entry. Bad input: '" +
                             std::string(entry) + "'");
    }
    const auto [found, is_new] = place.emplace(key, entries.size());
    if (is_new) {
      entries.push_back({key, {value}});
    } else if (multiple) {
      entries[found->second].second.push_back(value);
    } else {
      throw_invalid_argument("Duplicate keys (" + key +
                             ") are not allowed. Specifying a lambda to resolve conflicts can avoid this error");
    }
    if (entry.size() == text.size()) break;
    text.remove_prefix(entry.size() + entry_mark.size());
  }
  return entries;
}

Kernel split_kernel(bool multiple) {
  return [multiple](DataChunk& arguments, ExpressionState&, Vector& result) {
    arguments.Flatten();
    std::vector<std::optional<TextEntries>> maps(arguments.size());
    const auto text = [&](idx_t column, idx_t row) {
      const auto& value = FlatVector::GetData<::duckdb::string_t>(arguments.data[column])[row];
      return Text(value.GetData(), value.GetSize());
    };
    for (idx_t row = 0; row < arguments.size(); ++row) {
      bool missing = false;
      for (auto& column : arguments.data) missing = missing || FlatVector::IsNull(column, row);
      if (!missing) maps[row] = split_entries(text(0, row), text(1, row), text(2, row), multiple);
    }
    write_text_maps(maps, result, multiple);
  };
}

// How unnest_rows spreads one argument over fields.
struct Spread {
  Vector* items;                // The child of the list.
  std::vector<Vector*> fields;  // What becomes a field each.
};

Spread spread(Vector& column, idx_t count) {
  column.Flatten(count);
  Vector& items = ListVector::GetEntry(column);
  items.Flatten(ListVector::GetListSize(column));
  Spread result{.items = &items, .fields = {}};
  if (items.GetType().InternalType() == ::duckdb::PhysicalType::STRUCT) {
    for (auto& field : ::duckdb::StructVector::GetEntries(items)) {
      field->Flatten(ListVector::GetListSize(column));
      result.fields.push_back(field.get());
    }
  } else {
    result.fields.push_back(&items);
  }
  return result;
}

void fill_rows(DataChunk& arguments, Vector& result, bool ordinality) {
  arguments.Flatten();
  result.SetVectorType(::duckdb::VectorType::FLAT_VECTOR);
  const idx_t columns = arguments.ColumnCount();
  std::vector<idx_t> lengths(arguments.size());
  idx_t total = 0;
  for (idx_t row = 0; row < arguments.size(); ++row) {
    for (idx_t column = 1; column < columns; ++column) {
      if (FlatVector::IsNull(arguments.data[column], row)) continue;
      lengths[row] = std::max(lengths[row], FlatVector::GetData<list_entry_t>(arguments.data[column])[row].length);
    }
    FlatVector::GetData<list_entry_t>(result)[row] = {total, lengths[row]};
    total += lengths[row];
  }
  ListVector::Reserve(result, total);
  ListVector::SetListSize(result, total);
  auto& targets = ::duckdb::StructVector::GetEntries(ListVector::GetEntry(result));
  idx_t target = 0;
  for (idx_t column = 1; column < columns; ++column) {
    const Spread source = spread(arguments.data[column], arguments.size());
    for (Vector* field : source.fields) {
      Vector& to = *targets[target++];
      idx_t at = 0;
      for (idx_t row = 0; row < arguments.size(); ++row) {
        const bool missing = FlatVector::IsNull(arguments.data[column], row);
        const list_entry_t list =
            missing ? list_entry_t{0, 0} : FlatVector::GetData<list_entry_t>(arguments.data[column])[row];
        if (list.length > 0) {
          ::duckdb::VectorOperations::Copy(*field, to, list.offset + list.length, list.offset, at);
          for (idx_t i = 0; i < list.length; ++i) {
            if (FlatVector::IsNull(*source.items, list.offset + i)) FlatVector::SetNull(to, at + i, true);
          }
        }
        for (idx_t i = list.length; i < lengths[row]; ++i) FlatVector::SetNull(to, at + i, true);
        at += lengths[row];
      }
    }
  }
  if (!ordinality) return;
  auto* numbers = FlatVector::GetData<std::int64_t>(*targets[target]);
  idx_t at = 0;
  for (const idx_t length : lengths) {
    for (idx_t i = 0; i < length; ++i) numbers[at++] = static_cast<std::int64_t>(i + 1);
  }
}

// unnest_rows(ordinality, …): its type spreads rows and maps into fields, whose names are made unique.
Kernel make_unnest(Call& call) {
  const auto flag = call.constant(0);
  const bool ordinality = flag && !flag->IsNull() && ::duckdb::BooleanValue::Get(*flag);
  ::duckdb::child_list_t<LogicalType> fields;
  const auto add = [&](std::string name, const LogicalType& type) {
    if (name.empty()) name = "$unnamed" + std::to_string(fields.size());
    for (const auto& field : fields) {
      if (::duckdb::StringUtil::CIEquals(field.first, name)) name += "$" + std::to_string(fields.size());
    }
    fields.emplace_back(std::move(name), type);
  };
  for (std::size_t i = 1; i < call.types.size(); ++i) {
    const LogicalType& type = call.types[i];
    if (type.id() == ::duckdb::LogicalTypeId::MAP) {
      add("", ::duckdb::MapType::KeyType(type));
      add("", ::duckdb::MapType::ValueType(type));
    } else if (type.id() == ::duckdb::LogicalTypeId::LIST) {
      const LogicalType& item = ::duckdb::ListType::GetChildType(type);
      if (item.id() == ::duckdb::LogicalTypeId::STRUCT) {
        const auto& children = ::duckdb::StructType::GetChildTypes(item);
        for (std::size_t c = 0; c < children.size(); ++c) {
          add(children[c].first == "field" + std::to_string(c) ? "" : children[c].first, children[c].second);
        }
      } else {
        add("", item.id() == ::duckdb::LogicalTypeId::SQLNULL ? LogicalType(LogicalType::INTEGER) : item);
      }
    } else if (type.id() == ::duckdb::LogicalTypeId::SQLNULL) {
      call.types[i] = LogicalType::LIST(LogicalType::INTEGER);
      add("", LogicalType::INTEGER);
    } else {
      throw_type_mismatch("Cannot unnest type: " + trino_name(type_of(type)));
    }
  }
  if (ordinality) add("", LogicalType::BIGINT);
  call.result = LogicalType::LIST(LogicalType::STRUCT(std::move(fields)));
  call.sees_nulls = true;
  return [ordinality](DataChunk& arguments, ExpressionState&, Vector& result) {
    fill_rows(arguments, result, ordinality);
  };
}

}  // namespace

void add_maps(Registry& registry) {
  registry.kernel("subscript(map(K, V), K) -> V",
                  [](DataChunk& arguments, ExpressionState&, Vector& result) { look_up(arguments, result, true); });
  registry.kernel("element_at(map(K, V), K) -> V",
                  [](DataChunk& arguments, ExpressionState&, Vector& result) { look_up(arguments, result, false); });
  registry.rewrite("cardinality(map(K, V)) -> bigint",
                   [](Call& call) { return call.call("cardinality", std::move(call.arguments)); });
  registry.same_as("map_keys(map(K, V)) -> array(K)");
  registry.same_as("map_values(map(K, V)) -> array(V)");
  registry.rewrite("map_entries(map(K, V)) -> any", [](Call& call) {
    const LogicalType& map = call.arguments[0]->return_type;
    const LogicalType row = LogicalType::STRUCT(
        {{"field0", ::duckdb::MapType::KeyType(map)}, {"field1", ::duckdb::MapType::ValueType(map)}});
    return call.call_trino("cast", list_of(call.call("map_entries", std::move(call.arguments)),
                                           constant(::duckdb::Value(LogicalType::LIST(row)))));
  });
  registry.kernel("map(array(K), array(V)) -> map(K, V)", plain(map_of_arrays));
  registry.rewrite("map() -> any", [](Call& call) { return call.call("map", {}); });
  registry.kernel("map_from_entries(array(row(K, V))) -> map(K, V)", plain(map_of_entries));
  registry.kernel("map_concat(map(K, V), map(K, V)...) -> map(K, V)", plain(concatenate));
  registry.kernel("split_to_map(varchar, varchar, varchar) -> map(varchar, varchar)", split_kernel(false));
  registry.kernel("split_to_multimap(varchar, varchar, varchar) -> map(varchar, array(varchar))", split_kernel(true));
  registry.maker("unnest_rows(boolean, any...) -> any", make_unnest);
}

}  // namespace tarn::duck
