// The JSON serdes. Keys find their columns and fields whatever their case; two keys that find the same one are an
// error.
#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "base/encoding.h"
#include "base/unicode.h"
#include "duck/trino/errors.h"
#include "duck/trino/hive_rows.h"
#include "duck/trino/hive_values.h"
#include "duck/trino/json.h"
#include "duck/trino/kernels.h"
#include "duck/trino/values.h"

namespace tarn::duck {

using namespace ::duckdb_yyjson;  // NOLINT: its names all begin with yyjson_.

namespace {

using ::duckdb::FlatVector;
using ::duckdb::idx_t;
using ::duckdb::ListVector;
using ::duckdb::Vector;

std::string_view text_of(yyjson_val* value) {
  return {yyjson_get_str(value), yyjson_get_len(value)};
}
std::string_view raw_of(yyjson_val* value) {
  return {yyjson_get_raw(value), yyjson_get_len(value)};
}

// A number as Java's BigDecimal writes it: 1.50 stays, 1e3 is 1E+3, 1e-3 is 0.001.
std::string number_text(std::string_view raw) {
  const auto power = raw.find_first_of("eE");
  if (power == raw.npos) return std::string(raw);
  const bool negative = raw.front() == '-';
  std::string digits;
  std::int64_t scale = -hive_integer(raw.substr(power + 1), false).value_or(0);
  bool point = false;
  for (const char c : raw.substr(negative ? 1 : 0, power - (negative ? 1 : 0))) {
    if (c == '.') {
      point = true;
    } else {
      digits += c;
      if (point) ++scale;
    }
  }
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  const auto length = static_cast<std::int64_t>(digits.size());
  const std::int64_t exponent = length - 1 - scale;
  std::string text = negative ? "-" : "";
  if (scale >= 0 && exponent >= -6) {
    if (scale == 0) return text + digits;
    if (length <= scale) digits.insert(0, static_cast<std::size_t>(scale - length + 1), '0');
    return text + digits.substr(0, digits.size() - static_cast<std::size_t>(scale)) + "." +
           digits.substr(digits.size() - static_cast<std::size_t>(scale));
  }
  text += digits.substr(0, 1);
  if (length > 1) text += "." + digits.substr(1);
  return text + "E" + (exponent > 0 ? "+" : "") + std::to_string(exponent);
}

void append_json(yyjson_val* value, std::string& text) {
  const auto separate = [&](bool& first) {
    if (!std::exchange(first, false)) text += ',';
  };
  bool first = true;
  switch (yyjson_get_type(value)) {
    case YYJSON_TYPE_BOOL:
      text += yyjson_get_bool(value) ? "true" : "false";
      return;
    case YYJSON_TYPE_RAW:
      text += number_text(raw_of(value));
      return;
    case YYJSON_TYPE_STR:
      return write_json_string(text_of(value), text);
    case YYJSON_TYPE_ARR: {
      text += '[';
      yyjson_val* item;
      yyjson_arr_iter items;
      yyjson_arr_iter_init(value, &items);
      while ((item = yyjson_arr_iter_next(&items))) {
        separate(first);
        append_json(item, text);
      }
      text += ']';
      return;
    }
    case YYJSON_TYPE_OBJ: {
      text += '{';
      yyjson_val* key;
      yyjson_obj_iter members;
      yyjson_obj_iter_init(value, &members);
      while ((key = yyjson_obj_iter_next(&members))) {
        separate(first);
        write_json_string(text_of(key), text);
        text += ':';
        append_json(yyjson_obj_iter_get_val(key), text);
      }
      text += '}';
      return;
    }
    default:
      text += "null";
  }
}

// The fields of a row by the keys that mean them.
class Fields {
 public:
  Fields(const std::vector<Column>& fields, const HiveProperties& properties, bool openx)
      : fold_(!openx || is_true(properties, "case.insensitive", true)),
        dots_(openx && is_true(properties, "dots.in.keys")) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const std::string name = to_lower_letters(fields[i].name);
      const std::string mapped = openx ? property_or(properties, "mapping." + name, "") : "";
      const std::string key = mapped.empty() ? name : mapped;
      places_.emplace(fold_ ? to_lower_letters(key) : key, i);
      children_.push_back(fields[i].type.kind == TypeKind::row || !fields[i].type.fields.empty()
                              ? std::make_unique<Children>(fields[i].type, properties, openx)
                              : nullptr);
    }
  }

  // What a nested type's values need: the fields of a row, or what its elements need.
  struct Children {
    Children(const Type& type, const HiveProperties& properties, bool openx) {
      if (type.kind == TypeKind::row) {
        fields = std::make_unique<Fields>(type.fields, properties, openx);
        return;
      }
      for (const auto& field : type.fields) {
        parts.push_back(field.type.fields.empty() ? nullptr
                                                  : std::make_unique<Children>(field.type, properties, openx));
      }
    }
    std::unique_ptr<Fields> fields;
    std::vector<std::unique_ptr<Children>> parts;
  };

  std::optional<std::size_t> find(std::string_view key) {
    const auto may_fold = [](char c) { return (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80; };
    if (fold_ && std::ranges::any_of(key, may_fold)) {
      folded_ = to_lower_letters(key);
      key = folded_;
    }
    if (const auto found = places_.find(key); found != places_.end()) return found->second;
    if (!dots_ || key.find('.') == key.npos) return std::nullopt;
    std::string name(key);
    std::ranges::replace(name, '.', '_');
    const auto found = places_.find(name);
    return found == places_.end() ? std::nullopt : std::optional(found->second);
  }
  const Children* children(std::size_t i) const { return children_[i].get(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  bool fold_, dots_;
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> places_;
  std::vector<std::unique_ptr<Children>> children_;
  std::string folded_;
};

class JsonReader : public RowReader {
 public:
  JsonReader(const std::vector<Column>& columns, const HiveProperties& properties, bool openx)
      : columns_(columns),
        fields_(columns, properties, openx),
        timestamps_(property_or(properties, "timestamp.formats", "")),
        openx_(openx),
        ignore_malformed_(openx && is_true(properties, "ignore.malformed.json")),
        null_for_invalid_(is_true(properties, "use.null.for.invalid.data")) {
    for (const auto& column : columns) engine_type(column.type);  // Refuses what cannot be read.
  }

  void read(std::string_view line, const std::vector<Vector*>& outputs, idx_t row) override {
    const auto all_null = [&] {
      for (auto* output : outputs) {
        if (output) FlatVector::SetNull(*output, row, true);
      }
    };
    const auto first = line.find_first_not_of(" \t\f\v");
    if (first == line.npos && openx_) return all_null();
    yyjson_read_err error{};
    // The parser only writes to its input if it is asked to parse in place.
    const JsonDocument document(
        yyjson_read_opts(const_cast<char*>(line.data()), line.size(), YYJSON_READ_NUMBER_AS_RAW, nullptr, &error));
    yyjson_val* root = document ? yyjson_doc_get_root(document.get()) : nullptr;
    if (!root || !yyjson_is_ctn(root)) {
      if (ignore_malformed_) return all_null();
      const char* const hint = error.code == YYJSON_READ_ERROR_UNEXPECTED_END
                                   ? ": the object does not end on its line, and one is read a line"
                                   : "";
      throw BadRow(std::string("HIVE_CURSOR_ERROR: Row is not a valid JSON Object") +
                   (error.msg ? std::string(" - ") + error.msg + " at character " + std::to_string(error.pos) : "") +
                   hint);
    }
    all_null();
    if (!is_whole_list(root)) return members(columns_, fields_, root, [&](std::size_t i) { return outputs[i]; }, row);
    if (outputs[0]) store(columns_[0].type, columns_[0].name, root, fields_.children(0), *outputs[0], row);
  }

 private:
  // Crawlers describe a line that is a list by one column of this name. OpenX by itself would take the list's first
  // item for the column and drop the rest without a word.
  bool is_whole_list(yyjson_val* root) const {
    if (!openx_ || !yyjson_is_arr(root) || columns_.size() != 1) return false;
    return columns_[0].name == "array" && columns_[0].type.kind == TypeKind::array;
  }

  // The members of an object, or the items of an array by their place, into the fields that want them.
  template <typename Output>
  void members(const std::vector<Field>& fields, const Fields& names, yyjson_val* value, Output output, idx_t row) {
    if (yyjson_is_arr(value)) {
      if (!openx_) throw BadRow("HIVE_BAD_DATA: Invalid JSON: an object was expected");
      std::size_t i = 0;
      yyjson_val* item;
      yyjson_arr_iter items;
      yyjson_arr_iter_init(value, &items);
      while ((item = yyjson_arr_iter_next(&items)) && i < fields.size()) {
        if (Vector* out = output(i)) store(fields[i].type, fields[i].name, item, names.children(i), *out, row);
        ++i;
      }
      return;
    }
    // Rows nest, so what was seen is kept here.
    std::vector<bool> seen(fields.size());
    yyjson_val* key;
    yyjson_obj_iter iterator;
    yyjson_obj_iter_init(value, &iterator);
    while ((key = yyjson_obj_iter_next(&iterator))) {
      const auto place = const_cast<Fields&>(names).find(text_of(key));
      if (!place) continue;
      if (seen[*place]) {
        throw BadRow("HIVE_CURSOR_ERROR: Row is not a valid JSON Object - Duplicate key \"" +
                     std::string(text_of(key)) + "\" for " + fields[*place].name);
      }
      seen[*place] = true;
      if (Vector* out = output(*place)) {
        store(fields[*place].type, fields[*place].name, yyjson_obj_iter_get_val(key), names.children(*place), *out,
              row);
      }
    }
  }

  // Fills in a value that is not there yet; the row is NULL or unset before.
  void store(const Type& type, const std::string& name, yyjson_val* value, const Fields::Children* children,
             Vector& out, idx_t row) {
    if (yyjson_is_null(value)) return FlatVector::SetNull(out, row, true);
    FlatVector::Validity(out).SetValid(row);
    switch (type.kind) {
      case TypeKind::array:
        return array(type, name, value, *children, out, row);
      case TypeKind::map:
        return map(type, name, value, *children, out, row);
      case TypeKind::row:
        return record(type, name, value, *children, out, row);
      case TypeKind::varchar:
      case TypeKind::character:
        return store_text(type, as_text(value, name), out, row);
      default:
        break;
    }
    if (yyjson_is_ctn(value) && !(openx_ && type.kind == TypeKind::boolean)) {
      throw BadRow("HIVE_BAD_DATA: Error parsing field " + name + ": " + trino_name(type) +
                   " must be a scalar JSON value");
    }
    if (scalar(type, value, out, row)) return;
    FlatVector::SetNull(out, row, true);
    if (null_for_invalid_) return;
    throw BadRow("HIVE_BAD_DATA: Error parsing field value '" + as_text(value, name) + "' for field " + name + " as " +
                 trino_name(type));
  }

  std::string as_text(yyjson_val* value, const std::string& name) const {
    if (yyjson_is_str(value)) return std::string(text_of(value));
    if (yyjson_is_raw(value)) return openx_ ? number_text(raw_of(value)) : std::string(raw_of(value));
    if (yyjson_is_ctn(value) && !openx_) {
      throw BadRow("HIVE_BAD_DATA: Invalid JSON: " + name + " must be a scalar JSON value");
    }
    std::string text;
    append_json(value, text);
    return text;
  }

  bool scalar(const Type& type, yyjson_val* value, Vector& out, idx_t row) const {
    const bool quoted = yyjson_is_str(value);
    const std::string_view text = quoted ? text_of(value) : yyjson_is_raw(value) ? raw_of(value) : std::string_view();
    switch (type.kind) {
      case TypeKind::boolean:
        FlatVector::GetData<bool>(out)[row] =
            yyjson_is_bool(value) ? yyjson_get_bool(value) : equal_ignoring_case(text, "true");
        return true;
      case TypeKind::tinyint:
      case TypeKind::smallint:
      case TypeKind::integer:
      case TypeKind::bigint:
        return (openx_ || !quoted) && integer(type, text, out, row);
      case TypeKind::real:
      case TypeKind::double_precision: {
        const auto number = openx_ || !quoted ? hive_double(text) : std::nullopt;
        if (number) store_double(type, *number, out, row);
        return number.has_value();
      }
      case TypeKind::decimal: {
        const auto number = hive_decimal(text, type.precision, type.scale);
        if (number) store_decimal(out, row, *number);
        return number.has_value();
      }
      case TypeKind::date: {
        auto days = hive_date(text);
        if (const auto number = hive_integer(text, false);
            !days && openx_ && number && std::abs(*number) < 100'000'000) {
          days = static_cast<std::int32_t>(*number);
        }
        if (days) FlatVector::GetData<std::int32_t>(out)[row] = *days;
        return days.has_value();
      }
      case TypeKind::timestamp: {
        const auto micros = timestamp(text);
        if (micros) FlatVector::GetData<std::int64_t>(out)[row] = *micros;
        return micros.has_value();
      }
      case TypeKind::varbinary: {
        const auto bytes = quoted ? hive_binary(text) : std::nullopt;
        if (bytes) detail::store(out, row, *bytes);
        return bytes.has_value();
      }
      default:
        return false;
    }
  }

  // OpenX takes whatever a decimal may be, and 0x1F; a fraction other than zero is none, and out of range neither.
  bool integer(const Type& type, std::string_view text, Vector& out, idx_t row) const {
    if (openx_ && (text.starts_with("0x") || text.starts_with("0X"))) {
      std::int64_t value = 0;
      const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
      return error == std::errc{} && end == text.data() + text.size() && store_integer(type, value, out, row);
    }
    auto number = hive_integer(text, !openx_);
    if (!number && text.find_first_of(".eE") != text.npos) {
      const auto exact = hive_decimal(text, 38, 6);
      if (!exact || (openx_ && *exact % power_of_ten(6) != 0)) return false;
      const Int128 whole = *exact / power_of_ten(6);
      if (whole > INT64_MAX || whole < INT64_MIN) return false;
      number = static_cast<std::int64_t>(whole);
    }
    return number && store_integer(type, *number, out, row);
  }

  // Besides Hive's forms OpenX knows instants (with Z or an offset, taken to UTC), seconds and milliseconds.
  std::optional<std::int64_t> timestamp(std::string_view text) const {
    if (const auto micros = timestamps_.read(text)) return micros;
    if (!openx_) return std::nullopt;
    if (text.find(':') == text.npos) {
      if (text.find('.') != text.npos) {
        const auto millis = hive_decimal(text, 38, 4);
        if (!millis) return std::nullopt;
        return static_cast<std::int64_t>(*millis / 10) * 1'000;
      }
      const auto number = hive_integer(text, false);
      if (!number || std::abs(*number) > std::int64_t{1} << 50) return std::nullopt;
      return *number * (text.size() >= 13 ? 1'000 : 1'000'000);
    }
    std::int64_t offset = 0;
    if (text.ends_with('Z') || text.ends_with('z')) {
      text.remove_suffix(1);
    } else {
      const auto sign = text.find_last_of("+-");
      if (sign == text.npos || sign < 11) return std::nullopt;
      std::string digits(text.substr(sign + 1));
      std::erase(digits, ':');
      const auto number = hive_integer(digits, false);
      if (digits.size() != 4 || !number) return std::nullopt;
      offset = (*number / 100 * 60 + *number % 100) * 60'000'000 * (text[sign] == '-' ? -1 : 1);
      text = text.substr(0, sign);
    }
    const auto clock = timestamps_.read(text);
    if (!clock) return std::nullopt;
    return *clock - offset;
  }

  void array(const Type& type, const std::string& name, yyjson_val* value, const Fields::Children& children,
             Vector& out, idx_t row) {
    if (yyjson_is_str(value) && openx_ && text_of(value).empty()) return FlatVector::SetNull(out, row, true);
    const bool whole = yyjson_is_arr(value);
    if (!whole && !openx_) throw BadRow("HIVE_BAD_DATA: Invalid JSON: " + name + " must be an array");
    const idx_t count = whole ? yyjson_arr_size(value) : 1;
    const idx_t start = ListVector::GetListSize(out);
    ListVector::Reserve(out, start + count);
    ListVector::SetListSize(out, start + count);
    FlatVector::GetData<::duckdb::list_entry_t>(out)[row] = {start, count};
    Vector& items = ListVector::GetEntry(out);
    const auto put = [&](yyjson_val* item, idx_t at) {
      clear(items, at);
      store(type.fields[0].type, name, item, children.parts[0].get(), items, at);
    };
    if (!whole) return put(value, start);
    idx_t at = start;
    yyjson_val* item;
    yyjson_arr_iter iterator;
    yyjson_arr_iter_init(value, &iterator);
    while ((item = yyjson_arr_iter_next(&iterator))) put(item, at++);
  }

  void map(const Type& type, const std::string& name, yyjson_val* value, const Fields::Children& children, Vector& out,
           idx_t row) {
    if (yyjson_is_str(value) && openx_ && trim(text_of(value)).empty()) return FlatVector::SetNull(out, row, true);
    if (!yyjson_is_obj(value)) throw BadRow("HIVE_BAD_DATA: Error parsing field " + name + ": a map must be an object");
    const idx_t count = yyjson_obj_size(value), start = ListVector::GetListSize(out);
    ListVector::Reserve(out, start + count);
    ListVector::SetListSize(out, start + count);
    FlatVector::GetData<::duckdb::list_entry_t>(out)[row] = {start, count};
    Vector &keys = ::duckdb::MapVector::GetKeys(out), &values = ::duckdb::MapVector::GetValues(out);
    std::vector<std::string_view> seen;
    idx_t at = start;
    yyjson_val* key;
    yyjson_obj_iter iterator;
    yyjson_obj_iter_init(value, &iterator);
    while ((key = yyjson_obj_iter_next(&iterator))) {
      if (std::ranges::find(seen, text_of(key)) != seen.end()) {
        throw BadRow("HIVE_CURSOR_ERROR: Row is not a valid JSON Object - Duplicate key \"" +
                     std::string(text_of(key)) + "\" in " + name);
      }
      seen.push_back(text_of(key));
      if (type.fields[0].type.kind == TypeKind::varchar || type.fields[0].type.kind == TypeKind::character) {
        store_text(type.fields[0].type, text_of(key), keys, at);
      } else if (!scalar(type.fields[0].type, key, keys, at)) {
        throw BadRow("HIVE_BAD_DATA: Error parsing the key '" + std::string(text_of(key)) + "' of map " + name);
      }
      clear(values, at);
      store(type.fields[1].type, name, yyjson_obj_iter_get_val(key), children.parts[1].get(), values, at);
      ++at;
    }
  }

  void record(const Type& type, const std::string& name, yyjson_val* value, const Fields::Children& children,
              Vector& out, idx_t row) {
    auto& parts = ::duckdb::StructVector::GetEntries(out);
    for (auto& part : parts) FlatVector::SetNull(*part, row, true);
    if (yyjson_is_str(value) && openx_ && trim(text_of(value)).empty()) return;
    if (!yyjson_is_ctn(value)) {
      throw BadRow("HIVE_BAD_DATA: Error parsing field " + name + ": a struct must be an object");
    }
    members(type.fields, *children.fields, value, [&](std::size_t i) { return parts[i].get(); }, row);
  }

  // Items of a list that was made longer were never written.
  static void clear(Vector& vector, idx_t row) { FlatVector::SetNull(vector, row, true); }

  std::vector<Column> columns_;
  Fields fields_;
  HiveTimestamps timestamps_;
  bool openx_, ignore_malformed_, null_for_invalid_;
};

}  // namespace

std::unique_ptr<RowReader> json_reader(const std::vector<Column>& columns, const HiveProperties& properties,
                                       bool openx) {
  return std::make_unique<JsonReader>(columns, properties, openx);
}

}  // namespace tarn::duck
