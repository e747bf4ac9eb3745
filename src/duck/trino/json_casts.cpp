// CAST between JSON and everything else.
#include <cmath>

#include "duck/engine.h"
#include "duck/trino/casts.h"
#include "duck/trino/json.h"
#include "duck/trino/kernels.h"
#include "duck/trino/values.h"

namespace tarn::duck {

using namespace ::duckdb_yyjson;  // NOLINT: its names all begin with yyjson_.

namespace {

using ::duckdb::DataChunk;
using ::duckdb::ExpressionState;
using ::duckdb::idx_t;
using ::duckdb::LogicalType;
using ::duckdb::LogicalTypeId;
using ::duckdb::RecursiveUnifiedVectorFormat;
using ::duckdb::Value;
using ::duckdb::Vector;

// Which values have a form in JSON.
bool has_json_form(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::BLOB:
    case LogicalTypeId::INTERVAL:
    case LogicalTypeId::UUID:
    case LogicalTypeId::TIME:
      return false;
    case LogicalTypeId::LIST:
      return has_json_form(::duckdb::ListType::GetChildType(type));
    case LogicalTypeId::MAP:
      return has_json_form(::duckdb::MapType::ValueType(type));
    case LogicalTypeId::STRUCT:
      for (const auto& field : ::duckdb::StructType::GetChildTypes(type)) {
        if (!has_json_form(field.second)) return false;
      }
      return true;
    default:
      return true;
  }
}

// Writes values of one type as JSON; scalars of other than number and boolean type are strings of their text.
class JsonWriter {
 public:
  explicit JsonWriter(const LogicalType& type) : type_(type), scalar_(type) {
    switch (type.id()) {
      case LogicalTypeId::LIST:
        children_.emplace_back(::duckdb::ListType::GetChildType(type));
        break;
      case LogicalTypeId::MAP:
        children_.emplace_back(::duckdb::MapType::KeyType(type));
        children_.emplace_back(::duckdb::MapType::ValueType(type));
        break;
      case LogicalTypeId::STRUCT:
        for (const auto& field : ::duckdb::StructType::GetChildTypes(type)) children_.emplace_back(field.second);
        break;
      default:
        break;
    }
  }

  void write(const RecursiveUnifiedVectorFormat& values, idx_t row, std::string& text) const {
    const idx_t at = values.unified.sel->get_index(row);
    if (!values.unified.validity.RowIsValid(at)) {
      text += "null";
      return;
    }
    switch (type_.id()) {
      case LogicalTypeId::LIST: {
        const auto entry = reinterpret_cast<const ::duckdb::list_entry_t*>(values.unified.data)[at];
        text += '[';
        for (idx_t i = 0; i < entry.length; ++i) {
          if (i) text += ',';
          children_[0].write(values.children[0], entry.offset + i, text);
        }
        text += ']';
        return;
      }
      case LogicalTypeId::MAP: {
        const auto entry = reinterpret_cast<const ::duckdb::list_entry_t*>(values.unified.data)[at];
        const auto& entries = values.children[0];
        std::map<std::string, idx_t> ordered;
        for (idx_t i = 0; i < entry.length; ++i) {
          std::string key;
          children_[0].scalar_.append(entries.children[0], entry.offset + i, key);
          ordered.emplace(std::move(key), entry.offset + i);
        }
        text += '{';
        bool first = true;
        for (const auto& [key, index] : ordered) {
          if (!std::exchange(first, false)) text += ',';
          write_json_string(key, text);
          text += ':';
          children_[1].write(entries.children[1], index, text);
        }
        text += '}';
        return;
      }
      case LogicalTypeId::STRUCT:
        text += '{';
        for (idx_t i = 0; i < children_.size(); ++i) {
          if (i) text += ',';
          const std::string& name = ::duckdb::StructType::GetChildName(type_, i);
          write_json_string(name == "field" + std::to_string(i) ? "" : name, text);
          text += ':';
          children_[i].write(values.children[i], at, text);
        }
        text += '}';
        return;
      default:
        write_scalar(values, row, text);
    }
  }

 private:
  void write_scalar(const RecursiveUnifiedVectorFormat& values, idx_t row, std::string& text) const {
    if (type_.IsNumeric() || type_.id() == LogicalTypeId::BOOLEAN || type_.IsJSONType()) {
      std::string number;
      scalar_.append(values, row, number);
      // JSON has no such numbers.
      const bool odd = number == "NaN" || number.ends_with("Infinity");
      text += odd ? "\"" + number + "\"" : number;
      return;
    }
    std::string plain;
    scalar_.append(values, row, plain);
    write_json_string(plain, text);
  }

  LogicalType type_;
  ValueText scalar_;
  std::vector<JsonWriter> children_;
};

[[noreturn]] void fail(yyjson_val* value, const LogicalType& to) {
  std::string text;
  write_json(value, text);
  throw_invalid_cast("Cannot cast '" + text + "' to " + trino_name(type_of(to)));
}

double number_of(yyjson_val* value, const LogicalType& to) {
  if (yyjson_is_num(value)) return yyjson_get_num(value);
  if (yyjson_is_bool(value)) return yyjson_get_bool(value) ? 1 : 0;
  if (yyjson_is_str(value)) return parse_double(yyjson_get_str(value));
  fail(value, to);
}

Value integer_of(yyjson_val* value, const LogicalType& to) {
  std::int64_t number = 0;
  if (yyjson_is_sint(value) || (yyjson_is_uint(value) && yyjson_get_uint(value) <= INT64_MAX)) {
    number = yyjson_get_sint(value);
  } else if (yyjson_is_str(value)) {
    number = parse_bigint(yyjson_get_str(value), INT64_MIN, INT64_MAX, "BIGINT");
  } else {
    number = round_to_integer(number_of(value, to), INT64_MIN, INT64_MAX, "bigint");
  }
  Value result;
  if (!Value::BIGINT(number).DefaultTryCastAs(to, result, nullptr)) fail(value, to);
  return result;
}

// A JSON value as a value of the type; throws INVALID_CAST_ARGUMENT.
Value value_of(yyjson_val* value, const LogicalType& to) {
  if (to.IsJSONType()) {
    std::string text;
    write_json(value, text);
    Value result(text);
    result.Reinterpret(to);
    return result;
  }
  if (!value || yyjson_is_null(value)) return Value(to);
  switch (to.id()) {
    case LogicalTypeId::BOOLEAN:
      if (yyjson_is_bool(value)) return Value::BOOLEAN(yyjson_get_bool(value));
      if (yyjson_is_str(value)) return Value::BOOLEAN(parse_boolean(yyjson_get_str(value)));
      return Value::BOOLEAN(number_of(value, to) != 0);
    case LogicalTypeId::TINYINT:
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::BIGINT:
      return integer_of(value, to);
    case LogicalTypeId::FLOAT:
      return Value::FLOAT(static_cast<float>(number_of(value, to)));
    case LogicalTypeId::DOUBLE:
      return Value::DOUBLE(number_of(value, to));
    case LogicalTypeId::DECIMAL: {
      std::string text;
      if (yyjson_is_str(value)) {
        text = yyjson_get_str(value);
      } else {
        write_json(value, text);
      }
      Value result;
      if (!Value(text).DefaultTryCastAs(to, result, nullptr)) fail(value, to);
      return result;
    }
    case LogicalTypeId::VARCHAR: {
      if (yyjson_is_ctn(value)) fail(value, to);
      if (yyjson_is_str(value)) return Value(std::string(yyjson_get_str(value), yyjson_get_len(value)));
      std::string text;
      write_json(value, text);
      return Value(text);
    }
    case LogicalTypeId::DATE:
      if (!yyjson_is_str(value)) fail(value, to);
      return Value::DATE(::duckdb::date_t(parse_date(yyjson_get_str(value))));
    case LogicalTypeId::TIMESTAMP:
      if (!yyjson_is_str(value)) fail(value, to);
      return Value::TIMESTAMP(::duckdb::timestamp_t(parse_timestamp(yyjson_get_str(value), 3)));
    case LogicalTypeId::LIST: {
      if (!yyjson_is_arr(value)) fail(value, to);
      const LogicalType& child = ::duckdb::ListType::GetChildType(to);
      ::duckdb::vector<Value> items;
      for (std::size_t i = 0; i < yyjson_arr_size(value); ++i)
        items.push_back(value_of(yyjson_arr_get(value, i), child));
      return Value::LIST(child, std::move(items));
    }
    case LogicalTypeId::MAP: {
      if (!yyjson_is_obj(value)) fail(value, to);
      ::duckdb::vector<Value> keys, values;
      yyjson_val* key;
      yyjson_obj_iter iterator;
      yyjson_obj_iter_init(value, &iterator);
      while ((key = yyjson_obj_iter_next(&iterator))) {
        keys.push_back(value_of(key, ::duckdb::MapType::KeyType(to)));
        values.push_back(value_of(yyjson_obj_iter_get_val(key), ::duckdb::MapType::ValueType(to)));
      }
      return Value::MAP(::duckdb::MapType::KeyType(to), ::duckdb::MapType::ValueType(to), std::move(keys),
                        std::move(values));
    }
    case LogicalTypeId::STRUCT: {
      const auto& fields = ::duckdb::StructType::GetChildTypes(to);
      ::duckdb::child_list_t<Value> members;
      if (yyjson_is_arr(value) && yyjson_arr_size(value) == fields.size()) {
        for (std::size_t i = 0; i < fields.size(); ++i) {
          members.emplace_back(fields[i].first, value_of(yyjson_arr_get(value, i), fields[i].second));
        }
      } else if (yyjson_is_obj(value)) {
        for (const auto& field : fields) {
          yyjson_val* member = yyjson_obj_getn(value, field.first.data(), field.first.size());
          members.emplace_back(field.first, value_of(member, field.second));
        }
      } else {
        fail(value, to);
      }
      return Value::STRUCT(to, [&] {
        ::duckdb::vector<Value> plain;
        for (auto& member : members) plain.push_back(std::move(member.second));
        return plain;
      }());
    }
    default:
      fail(value, to);
  }
}

bool has_json_reader(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
    case LogicalTypeId::TINYINT:
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::BIGINT:
    case LogicalTypeId::FLOAT:
    case LogicalTypeId::DOUBLE:
    case LogicalTypeId::DECIMAL:
    case LogicalTypeId::VARCHAR:
    case LogicalTypeId::DATE:
    case LogicalTypeId::TIMESTAMP:
      return true;
    case LogicalTypeId::LIST:
      return has_json_reader(::duckdb::ListType::GetChildType(type));
    case LogicalTypeId::MAP:
      return has_json_reader(::duckdb::MapType::KeyType(type)) && has_json_reader(::duckdb::MapType::ValueType(type));
    case LogicalTypeId::STRUCT:
      for (const auto& field : ::duckdb::StructType::GetChildTypes(type)) {
        if (!has_json_reader(field.second)) return false;
      }
      return true;
    default:
      return false;
  }
}

}  // namespace

std::optional<Kernel> json_cast(const LogicalType& from, const LogicalType& to) {
  if (to.IsJSONType()) {
    if (!has_json_form(from)) return std::nullopt;
    const auto writer = std::make_shared<JsonWriter>(from);
    return [writer](DataChunk& arguments, ExpressionState&, Vector& result) {
      arguments.Flatten();
      RecursiveUnifiedVectorFormat format;
      Vector::RecursiveToUnifiedFormat(arguments.data[0], arguments.size(), format);
      std::string text;
      for (idx_t row = 0; row < arguments.size(); ++row) {
        if (::duckdb::FlatVector::IsNull(arguments.data[0], row)) {
          ::duckdb::FlatVector::SetNull(result, row, true);
          continue;
        }
        text.clear();
        writer->write(format, row, text);
        detail::store(result, row, text);
      }
    };
  }
  if (!has_json_reader(to)) return std::nullopt;
  return [to](DataChunk& arguments, ExpressionState&, Vector& result) {
    ::duckdb::UnifiedVectorFormat format;
    arguments.data[0].ToUnifiedFormat(arguments.size(), format);
    for (idx_t row = 0; row < arguments.size(); ++row) {
      const idx_t at = format.sel->get_index(row);
      if (!format.validity.RowIsValid(at)) {
        ::duckdb::FlatVector::SetNull(result, row, true);
        continue;
      }
      const auto& text = reinterpret_cast<const ::duckdb::string_t*>(format.data)[at];
      const auto document = read_json({text.GetData(), text.GetSize()});
      if (!document) throw_invalid_cast("Cannot cast '" + text.GetString() + "' to " + trino_name(type_of(to)));
      result.SetValue(row, value_of(yyjson_doc_get_root(document.get()), to));
    }
  };
}

}  // namespace tarn::duck
