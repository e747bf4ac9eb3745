#include "query/result_format.h"

#include <utility>

namespace tarn::query {
namespace {

constexpr std::int64_t unbounded = 2'147'483'647;

void append_varint(std::uint64_t value, std::string& out) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

void append_number(int field, std::uint64_t value, std::string& out) {
  append_varint(static_cast<std::uint64_t>(field) << 3, out);
  append_varint(value, out);
}

void append_text(int field, std::string_view text, std::string& out) {
  append_varint((static_cast<std::uint64_t>(field) << 3) | 2, out);
  append_varint(text.size(), out);
  out += text;
}

bool has_precision(std::string_view type) {
  for (const auto other : {"boolean", "date", "array", "map", "row", "json", "varchar", "varbinary", "uuid",
                           "interval day to second", "interval year to month", "unknown"}) {
    if (type == other) return false;
  }
  return true;
}

std::string column_message(const ResultColumn& column) {
  std::string out;
  append_text(1, "hive", out);
  append_text(4, column.name, out);
  append_text(5, column.name, out);
  append_text(6, column.type, out);
  const bool sized = has_precision(column.type);
  if (sized) {
    append_number(7, static_cast<std::uint64_t>(column.precision), out);
    append_number(8, static_cast<std::uint64_t>(column.scale), out);
  } else if (column.type == "date") {
    append_number(8, 0, out);
  }
  append_number(9, 3, out);  // Whether it may be NULL is unknown.
  const bool flagged =
      sized || column.type == "boolean" || column.type == "date" || column.type.starts_with("interval");
  if (flagged) append_number(10, column.case_sensitive ? 1 : 0, out);
  return out;
}

}  // namespace

ResultColumn result_column(std::string name, const duck::Type& type) {
  ResultColumn column{.name = std::move(name), .type = duck::athena_name(type)};
  switch (type.kind) {
    case duck::TypeKind::tinyint:
      column.precision = 3;
      break;
    case duck::TypeKind::smallint:
      column.precision = 5;
      break;
    case duck::TypeKind::integer:
      column.precision = 10;
      break;
    case duck::TypeKind::bigint:
      column.precision = 19;
      break;
    case duck::TypeKind::real:
    case duck::TypeKind::double_precision:
      column.precision = 17;
      break;
    case duck::TypeKind::decimal:
      column.precision = type.precision;
      column.scale = type.scale;
      break;
    case duck::TypeKind::varchar:
    case duck::TypeKind::character:
      column.precision = type.length > 0 ? type.length : unbounded;
      column.case_sensitive = true;
      break;
    case duck::TypeKind::varbinary:
      column.precision = 1'073'741'824;
      break;
    case duck::TypeKind::time:
    case duck::TypeKind::timestamp:
    case duck::TypeKind::timestamp_with_time_zone:
      column.precision = 3;
      break;
    default:
      break;
  }
  return column;
}

void append_csv_field(const std::optional<std::string_view>& value, std::string& text) {
  if (!value) return;
  text += '"';
  for (const char c : *value) {
    if (c == '"') text += '"';
    text += c;
  }
  text += '"';
}

std::string metadata_file(std::string_view query_id, std::string_view update_type, std::uint64_t update_count,
                          const std::vector<ResultColumn>& columns) {
  std::string out;
  append_text(1, query_id, out);
  if (!update_type.empty()) append_text(2, update_type, out);
  append_number(3, update_count, out);
  for (const auto& column : columns) append_text(4, column_message(column), out);
  return out;
}

std::optional<std::vector<std::optional<std::string>>> ResultReader::next(bool last) {
  std::vector<std::optional<std::string>> row;
  // A line of text is a value, be it empty; an empty field of CSV is NULL.
  std::optional<std::string> field;
  if (!csv_) field.emplace();
  std::size_t at = at_;
  const auto finish = [&](std::size_t end) {
    consumed_ += end - at_;
    at_ = end;
    if (at_ > (1u << 20)) {
      buffer_.erase(0, at_);
      at_ = 0;
    }
    return std::move(row);
  };
  while (at < buffer_.size()) {
    const char c = buffer_[at];
    if (c == '\n') {
      row.push_back(std::move(field));
      return finish(at + 1);
    }
    if (csv_ && c == ',') {
      row.push_back(std::exchange(field, std::nullopt));
      ++at;
    } else if (csv_ && c == '"') {
      if (!field) field.emplace();
      for (++at; at < buffer_.size(); ++at) {
        if (buffer_[at] != '"') {
          *field += buffer_[at];
        } else if (at + 1 < buffer_.size() && buffer_[at + 1] == '"') {
          *field += '"';
          ++at;
        } else {
          break;
        }
      }
      if (at + 1 >= buffer_.size() && !last) return std::nullopt;  // The quote may be the first of two.
      ++at;
    } else {
      if (!field) field.emplace();
      *field += c;
      ++at;
    }
  }
  if (!last || at_ >= buffer_.size()) return std::nullopt;
  row.push_back(std::move(field));
  return finish(buffer_.size());
}

}  // namespace tarn::query
