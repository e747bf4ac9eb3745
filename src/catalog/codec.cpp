#include "catalog/codec.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace tarn::catalog {
namespace {

using nlohmann::json;

constexpr char format_version = 1;

// One member of a struct in either direction, so that reading and writing cannot differ: each describe() below lists
// the members of a type once.
class Writer {
 public:
  explicit Writer(json& out) : out_(out) {}
  void member(const char* name, const std::string& value) { out_[name] = value; }
  void member(const char* name, const std::uint64_t& value) { out_[name] = value; }
  void member(const char* name, const int& value) { out_[name] = value; }
  void member(const char* name, const Timestamp& value) { out_[name] = to_millis(value); }
  void member(const char* name, const std::optional<std::string>& value) { scalar(name, value); }
  void member(const char* name, const std::optional<bool>& value) { scalar(name, value); }
  void member(const char* name, const std::optional<std::int64_t>& value) { scalar(name, value); }
  void member(const char* name, const std::optional<Timestamp>& value) {
    if (value) out_[name] = to_millis(*value);
  }
  void member(const char* name, const std::vector<std::string>& value) {
    if (!value.empty()) out_[name] = value;
  }
  void member(const char* name, const Parameters& value) {
    if (!value.empty()) out_[name] = value;
  }
  template <typename T>
  void member(const char* name, const std::optional<T>& value) {
    if (value) out_[name] = write(*value);
  }
  template <typename T>
  void member(const char* name, const std::vector<T>& values) {
    for (const T& value : values) out_[name].push_back(write(value));
  }
  template <typename T>
  static json write(const T& value) {
    json out = json::object();
    Writer writer(out);
    describe(writer, value);
    return out;
  }

 private:
  template <typename T>
  void scalar(const char* name, const std::optional<T>& value) {
    if (value) out_[name] = *value;
  }
  json& out_;
};

class Reader {
 public:
  explicit Reader(const json& in) : in_(in) {}
  void member(const char* name, std::string& value) { value = in_.at(name); }
  void member(const char* name, std::uint64_t& value) { value = in_.at(name); }
  void member(const char* name, int& value) { value = in_.at(name); }
  void member(const char* name, Timestamp& value) { value = from_millis(in_.at(name)); }
  void member(const char* name, std::optional<std::string>& value) { scalar(name, value); }
  void member(const char* name, std::optional<bool>& value) { scalar(name, value); }
  void member(const char* name, std::optional<std::int64_t>& value) { scalar(name, value); }
  void member(const char* name, std::optional<Timestamp>& value) {
    if (const json* found = find(name)) value = from_millis(*found);
  }
  void member(const char* name, std::vector<std::string>& value) {
    if (const json* found = find(name)) found->get_to(value);
  }
  void member(const char* name, Parameters& value) {
    if (const json* found = find(name)) found->get_to(value);
  }
  template <typename T>
  void member(const char* name, std::optional<T>& value) {
    if (const json* found = find(name)) value = read<T>(*found);
  }
  template <typename T>
  void member(const char* name, std::vector<T>& values) {
    if (const json* found = find(name)) {
      for (const json& element : *found) values.push_back(read<T>(element));
    }
  }
  template <typename T>
  static T read(const json& in) {
    T value;
    Reader reader(in);
    describe(reader, value);
    return value;
  }

 private:
  const json* find(const char* name) const {
    const auto at = in_.find(name);
    return at == in_.end() ? nullptr : &*at;
  }
  template <typename T>
  void scalar(const char* name, std::optional<T>& value) {
    if (const json* found = find(name)) value = found->get<T>();
  }
  const json& in_;
};

// The Value of each describe() is the type itself or const: one list of members for both directions.
template <typename T, typename Value>
concept Is = std::same_as<std::remove_const_t<Value>, T>;

template <typename Visitor, typename Value>
  requires Is<Column, Value>
void describe(Visitor& v, Value& c) {
  v.member("name", c.name), v.member("type", c.type), v.member("comment", c.comment);
  v.member("parameters", c.parameters);
}

template <typename Visitor, typename Value>
  requires Is<SerdeInfo, Value>
void describe(Visitor& v, Value& s) {
  v.member("name", s.name), v.member("library", s.library), v.member("parameters", s.parameters);
}

template <typename Visitor, typename Value>
  requires Is<SortColumn, Value>
void describe(Visitor& v, Value& s) {
  v.member("column", s.column), v.member("order", s.order);
}

template <typename Visitor, typename Value>
  requires Is<SkewedInfo, Value>
void describe(Visitor& v, Value& s) {
  v.member("names", s.column_names), v.member("values", s.column_values), v.member("locations", s.value_location_maps);
}

template <typename Visitor, typename Value>
  requires Is<StorageDescriptor, Value>
void describe(Visitor& v, Value& s) {
  v.member("columns", s.columns), v.member("location", s.location);
  v.member("additional_locations", s.additional_locations);
  v.member("input_format", s.input_format), v.member("output_format", s.output_format);
  v.member("compressed", s.compressed), v.member("buckets", s.number_of_buckets), v.member("serde", s.serde);
  v.member("bucket_columns", s.bucket_columns), v.member("sort_columns", s.sort_columns);
  v.member("parameters", s.parameters), v.member("skewed", s.skewed);
  v.member("sub_directories", s.stored_as_sub_directories);
}

template <typename Visitor, typename Value>
  requires Is<Database, Value>
void describe(Visitor& v, Value& d) {
  v.member("name", d.name), v.member("description", d.description), v.member("location", d.location_uri);
  v.member("parameters", d.parameters), v.member("created", d.created);
  v.member("tags", d.tags);
}

template <typename Visitor, typename Value>
  requires Is<TargetTable, Value>
void describe(Visitor& v, Value& t) {
  v.member("catalog", t.catalog_id), v.member("database", t.database_name), v.member("name", t.name);
  v.member("region", t.region);
}

template <typename Visitor, typename Value>
  requires Is<Table, Value>
void describe(Visitor& v, Value& t) {
  v.member("name", t.name), v.member("description", t.description), v.member("owner", t.owner);
  v.member("last_access", t.last_access), v.member("last_analyzed", t.last_analyzed);
  v.member("retention", t.retention), v.member("storage", t.storage), v.member("partition_keys", t.partition_keys);
  v.member("view_original", t.view_original_text), v.member("view_expanded", t.view_expanded_text);
  v.member("type", t.table_type), v.member("parameters", t.parameters), v.member("target", t.target);
  v.member("database", t.database), v.member("id", t.id), v.member("version", t.version);
  v.member("created", t.created), v.member("updated", t.updated), v.member("created_by", t.created_by);
}

template <typename Visitor, typename Value>
  requires Is<Partition, Value>
void describe(Visitor& v, Value& p) {
  v.member("values", p.values), v.member("last_access", p.last_access), v.member("last_analyzed", p.last_analyzed);
  v.member("storage", p.storage), v.member("parameters", p.parameters), v.member("created", p.created);
}

template <typename Visitor, typename Value>
  requires Is<ColumnStatistics, Value>
void describe(Visitor& v, Value& s) {
  v.member("column", s.column), v.member("type", s.type), v.member("analyzed", s.analyzed), v.member("data", s.data);
}

template <typename T>
std::string encode_row(const T& value) {
  return std::string(1, format_version) + Writer::write(value).dump();
}

template <typename T>
T decode_row(std::string_view row) {
  if (row.empty() || row[0] != format_version) throw std::runtime_error("a catalog row has an unknown format version");
  try {
    return Reader::read<T>(json::parse(row.substr(1)));
  } catch (const json::exception&) {
    throw std::runtime_error("a catalog row is broken");
  }
}

}  // namespace

std::string encode(const Database& database) {
  return encode_row(database);
}
std::string encode(const Table& table) {
  return encode_row(table);
}
std::string encode(const Partition& partition) {
  return encode_row(partition);
}
std::string encode(const ColumnStatistics& statistics) {
  return encode_row(statistics);
}
Database decode_database(std::string_view row) {
  return decode_row<Database>(row);
}
Table decode_table(std::string_view row) {
  return decode_row<Table>(row);
}
Partition decode_partition(std::string_view row) {
  return decode_row<Partition>(row);
}
ColumnStatistics decode_column_statistics(std::string_view row) {
  return decode_row<ColumnStatistics>(row);
}

}  // namespace tarn::catalog
