// LazySimpleSerDe and OpenCSVSerde.
#include <algorithm>

#include "base/encoding.h"
#include "duck/trino/errors.h"
#include "duck/trino/hive_rows.h"
#include "duck/trino/hive_values.h"
#include "duck/trino/kernels.h"
#include "duck/trino/values.h"

namespace tarn::duck {
namespace {

using ::duckdb::FlatVector;
using ::duckdb::idx_t;
using ::duckdb::ListVector;
using ::duckdb::Vector;

constexpr std::size_t max_levels = 8;  // Of separators, as Hive has them without further settings.

std::optional<bool> boolean_of(std::string_view text) {
  if (equal_ignoring_case(text, "true")) return true;
  if (equal_ignoring_case(text, "false")) return false;
  return std::nullopt;
}

void refuse_nesting(const Type& type, std::size_t levels, const std::string& column) {
  if (type.fields.empty()) return;
  levels += type.kind == TypeKind::map ? 2 : 1;
  if (levels > max_levels) throw_not_supported("column " + column + " nests too deeply for delimited text");
  for (const auto& field : type.fields) refuse_nesting(field.type, levels, column);
}

// Of what both kinds of files write alike: booleans and numbers. A fraction of an integer is cut off where it is
// allowed.
bool parsed_simply(const Type& type, std::string_view text, bool with_fraction, Vector& out, idx_t row) {
  switch (type.kind) {
    case TypeKind::boolean: {
      const auto flag = boolean_of(text);
      if (flag) FlatVector::GetData<bool>(out)[row] = *flag;
      return flag.has_value();
    }
    case TypeKind::tinyint:
    case TypeKind::smallint:
    case TypeKind::integer:
    case TypeKind::bigint: {
      const auto number = hive_integer(text, with_fraction);
      return number && store_integer(type, *number, out, row);
    }
    case TypeKind::real:
    case TypeKind::double_precision: {
      const auto number = hive_double(text);
      if (number) store_double(type, *number, out, row);
      return number.has_value();
    }
    case TypeKind::decimal: {
      const auto number = hive_decimal(text, type.precision, type.scale);
      if (number) store_decimal(out, row, *number);
      return number.has_value();
    }
    default:
      return false;
  }
}

class DelimitedReader : public RowReader {
 public:
  DelimitedReader(const std::vector<Column>& columns, const HiveProperties& properties)
      : columns_(columns),
        null_text_(property_or(properties, "serialization.null.format", "\\N")),
        timestamps_(property_or(properties, "timestamp.formats", "")),
        last_takes_rest_(is_true(properties, "serialization.last.column.takes.rest")) {
    const char first = separator_of(properties, "serialization.format", '\x01');
    separators_ = {separator_of(properties, "field.delim", properties.contains("field.delim") ? '\x01' : first),
                   separator_of(properties, "collection.delim", separator_of(properties, "colelction.delim", '\x02')),
                   separator_of(properties, "mapkey.delim", '\x03'),
                   '\x04',
                   '\x05',
                   '\x06',
                   '\x07',
                   '\x08'};
    if (const auto found = properties.find("escape.delim"); found != properties.end() && !found->second.empty()) {
      escape_ = separator_of(properties, "escape.delim", '\\');
    }
    // Other spellings of null that a crawler saw.
    std::string all = property_or(properties, "tarn.null.formats", "");
    for (std::size_t at = 0; at < all.size();) {
      const auto end = std::min(all.find(',', at), all.size());
      if (end > at) null_texts_.push_back(all.substr(at, end - at));
      at = end + 1;
    }
    for (const auto& column : columns) refuse_nesting(column.type, 1, column.name);
  }

  void read(std::string_view line, const std::vector<Vector*>& outputs, idx_t row) override {
    std::size_t field = 0, start = 0;
    const auto finish = [&](std::size_t end) {
      if (field < columns_.size() && outputs[field]) {
        value(columns_[field].type, line.substr(start, end - start), 1, *outputs[field], row);
      }
      ++field;
      start = end + 1;
    };
    const char separator = separators_[0];
    for (;;) {
      const bool rest = field + 1 >= columns_.size() && (last_takes_rest_ || field >= columns_.size());
      const std::size_t end = rest ? line.size() : next(line, start, separator);
      finish(end);
      if (end >= line.size() || field >= columns_.size()) break;
    }
    for (; field < columns_.size(); ++field) {
      if (outputs[field]) FlatVector::SetNull(*outputs[field], row, true);
    }
  }

 private:
  // The end of the item that begins at `start`.
  std::size_t next(std::string_view text, std::size_t start, char separator) const {
    if (!escape_) {
      const std::size_t end = text.find(separator, start);
      return end == text.npos ? text.size() : end;
    }
    for (std::size_t at = start; at < text.size(); ++at) {
      if (text[at] == separator) return at;
      if (text[at] == *escape_) ++at;
    }
    return text.size();
  }

  bool is_null(std::string_view text) const {
    return text == null_text_ || std::ranges::find(null_texts_, text) != null_texts_.end();
  }

  // `level` is that of the separator between the items of a nested value.
  void value(const Type& type, std::string_view text, std::size_t level, Vector& out, idx_t row) {
    if (is_null(text) || !parsed(type, text, level, out, row)) FlatVector::SetNull(out, row, true);
  }

  bool parsed(const Type& type, std::string_view text, std::size_t level, Vector& out, idx_t row) {
    switch (type.kind) {
      case TypeKind::varchar:
      case TypeKind::character:
        store_text(type, unescaped(text), out, row);
        return true;
      case TypeKind::date: {
        const auto days = hive_date(text);
        if (days) FlatVector::GetData<std::int32_t>(out)[row] = *days;
        return days.has_value();
      }
      case TypeKind::timestamp: {
        const auto micros = timestamps_.read(text);
        if (micros) FlatVector::GetData<std::int64_t>(out)[row] = *micros;
        return micros.has_value();
      }
      case TypeKind::varbinary: {
        // Bytes that are no base64 stand for themselves.
        const auto bytes = hive_binary(text);
        detail::store(out, row, bytes ? *bytes : std::string(text));
        return true;
      }
      case TypeKind::array:
        return array(type, text, level, out, row);
      case TypeKind::map:
        return map(type, text, level, out, row);
      case TypeKind::row:
        return record(type, text, level, out, row);
      default:
        return parsed_simply(type, text, true, out, row);
    }
  }

  std::string_view unescaped(std::string_view text) {
    if (!escape_ || text.find(*escape_) == text.npos) return text;
    scratch_.clear();
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == *escape_ && at + 1 < text.size()) {
        ++at;
        scratch_ += text[at] == 'n' ? '\n' : text[at] == 'r' ? '\r' : text[at];
      } else {
        scratch_ += text[at];
      }
    }
    return scratch_;
  }

  std::vector<std::string_view> items(std::string_view text, char separator) const {
    std::vector<std::string_view> all;
    for (std::size_t start = 0;;) {
      const std::size_t end = next(text, start, separator);
      all.push_back(text.substr(start, end - start));
      if (end >= text.size()) return all;
      start = end + 1;
    }
  }

  bool array(const Type& type, std::string_view text, std::size_t level, Vector& out, idx_t row) {
    const auto all = text.empty() ? std::vector<std::string_view>() : items(text, separators_.at(level));
    const idx_t start = ListVector::GetListSize(out);
    ListVector::Reserve(out, start + all.size());
    ListVector::SetListSize(out, start + all.size());
    FlatVector::GetData<::duckdb::list_entry_t>(out)[row] = {start, all.size()};
    for (std::size_t i = 0; i < all.size(); ++i) {
      value(type.fields[0].type, all[i], level + 1, ListVector::GetEntry(out), start + i);
    }
    return true;
  }

  // Of a key that comes twice, the first counts; one that is no key is left out.
  bool map(const Type& type, std::string_view text, std::size_t level, Vector& out, idx_t row) {
    const auto all = text.empty() ? std::vector<std::string_view>() : items(text, separators_.at(level));
    const idx_t start = ListVector::GetListSize(out);
    ListVector::Reserve(out, start + all.size());
    ListVector::SetListSize(out, start + all.size());
    Vector &keys = ::duckdb::MapVector::GetKeys(out), &values = ::duckdb::MapVector::GetValues(out);
    std::vector<std::string_view> seen;
    idx_t count = 0;
    for (const auto item : all) {
      const std::size_t end = next(item, 0, separators_.at(level + 1));
      const std::string_view key = item.substr(0, end);
      if (is_null(key) || std::ranges::find(seen, key) != seen.end()) continue;
      if (!parsed(type.fields[0].type, key, level + 2, keys, start + count)) continue;
      seen.push_back(key);
      if (end < item.size()) {
        value(type.fields[1].type, item.substr(end + 1), level + 2, values, start + count);
      } else {
        FlatVector::SetNull(values, start + count, true);
      }
      ++count;
    }
    ListVector::SetListSize(out, start + count);
    FlatVector::GetData<::duckdb::list_entry_t>(out)[row] = {start, count};
    return true;
  }

  bool record(const Type& type, std::string_view text, std::size_t level, Vector& out, idx_t row) {
    const auto all = items(text, separators_.at(level));
    auto& children = ::duckdb::StructVector::GetEntries(out);
    for (std::size_t i = 0; i < type.fields.size(); ++i) {
      if (i < all.size()) {
        value(type.fields[i].type, all[i], level + 1, *children[i], row);
      } else {
        FlatVector::SetNull(*children[i], row, true);
      }
    }
    return true;
  }

  std::vector<Column> columns_;
  std::string null_text_;
  std::vector<std::string> null_texts_;
  HiveTimestamps timestamps_;
  bool last_takes_rest_;
  std::vector<char> separators_;
  std::optional<char> escape_;
  std::string scratch_;
};

// ---- OpenCSVSerde

class OpenCsvReader : public RowReader {
 public:
  OpenCsvReader(const std::vector<Column>& columns, const HiveProperties& properties)
      : columns_(columns),
        separator_(separator_of(properties, "separatorChar", ',')),
        quote_(separator_of(properties, "quoteChar", '"')),
        escape_(separator_of(properties, "escapeChar", '\\')),
        null_for_invalid_(is_true(properties, "use.null.for.invalid.data")) {
    if (const auto found = properties.find("serialization.null.format"); found != properties.end()) {
      null_texts_.push_back(found->second);
    }
    if (const auto found = properties.find("tarn.null.formats"); found != properties.end()) {
      const std::string& all = found->second;
      for (std::size_t at = 0; at <= all.size();) {
        const auto end = std::min(all.find(',', at), all.size());
        null_texts_.push_back(all.substr(at, end - at));
        at = end + 1;
      }
    }
    for (const auto& column : columns) {
      if (!column.type.fields.empty() || column.type.kind == TypeKind::varbinary) {
        throw_not_supported("column " + column.name + " of type " + trino_name(column.type) +
                            " is not supported by OpenCSVSerde");
      }
    }
    fields_.resize(columns.size());
  }

  void read(std::string_view line, const std::vector<Vector*>& outputs, idx_t row) override {
    const std::size_t count = split(line);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (!outputs[i]) continue;
      if (i >= count || !value(columns_[i], fields_[i], *outputs[i], row)) FlatVector::SetNull(*outputs[i], row, true);
    }
  }

 private:
  bool can_be_escaped(std::string_view line, std::size_t at) const {
    return at < line.size() && (line[at] == quote_ || line[at] == escape_);
  }

  // The fields of a line; a last one whose quote is not closed is none. Inside a field the escape character stands
  // before a quote or itself, a quote is doubled, and a quote amid a field that does not touch a separator is text.
  std::size_t split(std::string_view line) {
    if (line.empty()) return 0;
    std::size_t count = 0;
    std::string field;
    bool quoted = false, inside = false;
    for (std::size_t at = 0; at < line.size() && count < fields_.size(); ++at) {
      const char c = line[at];
      if (c == escape_) {
        if ((quoted || inside) && can_be_escaped(line, at + 1)) field += line[++at];
      } else if (c == quote_) {
        if ((quoted || inside) && at + 1 < line.size() && line[at + 1] == quote_) {
          field += line[++at];
        } else {
          const bool amid = at > 2 && line[at - 1] != separator_ && at + 1 < line.size() && line[at + 1] != separator_;
          if (amid) {
            const bool blank =
                !field.empty() && std::ranges::all_of(field, [](char b) { return b == ' ' || b == '\t'; });
            if (blank) {
              field.clear();
            } else {
              field += c;
            }
          }
          quoted = !quoted;
        }
        inside = !inside;
      } else if (c == separator_ && !quoted) {
        fields_[count++] = std::exchange(field, {});
        inside = false;
      } else {
        field += c;
        inside = true;
      }
    }
    if (count < fields_.size() && !quoted) fields_[count++] = std::move(field);
    return count;
  }

  bool value(const Column& column, const std::string& text, Vector& out, idx_t row) const {
    const Type& type = column.type;
    if (type.kind == TypeKind::varchar || type.kind == TypeKind::character) {
      store_text(type, text, out, row);
      return true;
    }
    if (std::ranges::find(null_texts_, text) != null_texts_.end()) return false;
    if (parsed(type, text, out, row)) return true;
    if (null_for_invalid_) return false;
    throw BadRow("HIVE_BAD_DATA: Error parsing field value '" + text + "' for field " + column.name + " as " +
                 trino_name(type));
  }

  static bool parsed(const Type& type, const std::string& text, Vector& out, idx_t row) {
    switch (type.kind) {
      case TypeKind::date: {
        const auto days = hive_integer(text, false);
        if (!days || std::abs(*days) > 100'000'000) return false;
        FlatVector::GetData<std::int32_t>(out)[row] = static_cast<std::int32_t>(*days);
        return true;
      }
      case TypeKind::timestamp: {
        const auto millis = hive_integer(text, false);
        if (!millis || std::abs(*millis) > std::int64_t{1} << 52) return false;
        FlatVector::GetData<std::int64_t>(out)[row] = *millis * 1'000;
        return true;
      }
      default:
        return parsed_simply(type, text, false, out, row);
    }
  }

  std::vector<Column> columns_;
  char separator_, quote_, escape_;
  bool null_for_invalid_;
  std::vector<std::string> null_texts_;
  std::vector<std::string> fields_;
};

}  // namespace

std::unique_ptr<RowReader> delimited_reader(const std::vector<Column>& columns, const HiveProperties& properties) {
  return std::make_unique<DelimitedReader>(columns, properties);
}

std::unique_ptr<RowReader> open_csv_reader(const std::vector<Column>& columns, const HiveProperties& properties) {
  return std::make_unique<OpenCsvReader>(columns, properties);
}

bool is_true(const HiveProperties& properties, const std::string& name, bool otherwise) {
  const auto found = properties.find(name);
  return found == properties.end() ? otherwise : equal_ignoring_case(found->second, "true");
}

std::string property_or(const HiveProperties& properties, const std::string& name, std::string otherwise) {
  const auto found = properties.find(name);
  return found == properties.end() ? otherwise : found->second;
}

char separator_of(const HiveProperties& properties, const std::string& name, char otherwise) {
  const auto found = properties.find(name);
  if (found == properties.end() || found->second.empty()) return otherwise;
  const std::string& text = found->second;
  if (text == "\\t") return '\t';
  if (text.size() == 6 && text.starts_with("\\u00")) {
    if (const auto byte = from_hex(text.substr(4))) return byte->front();
  }
  // A number is a byte's, but for a lone digit that someone may well separate by: Hive takes it for a number too.
  if (const auto number = hive_integer(text, false); number && *number >= -128 && *number <= 255) {
    return static_cast<char>(*number);
  }
  return text.front();
}

}  // namespace tarn::duck
