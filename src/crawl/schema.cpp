#include <algorithm>
#include <array>
#include <set>

#include "base/encoding.h"
#include "crawl/grouping.h"

namespace tarn::crawl {
namespace {

// Each holds what stands before it.
constexpr std::array<std::string_view, 6> numbers{"tinyint", "smallint", "int", "bigint", "float", "double"};

std::optional<std::size_t> number_rank(std::string_view type) {
  const auto at = std::ranges::find(numbers, type);
  if (at == numbers.end()) return std::nullopt;
  return static_cast<std::size_t>(at - numbers.begin());
}

constexpr std::string_view quoted_serde = "org.apache.hadoop.hive.serde2.OpenCSVSerde";

// The spellings of null that a schema's readers know, besides the empty field.
std::set<std::string> null_texts(const FileSchema& schema) {
  std::set<std::string> texts;
  if (const auto one = schema.serde.parameters.find("serialization.null.format"); one != schema.serde.parameters.end())
    texts.insert(one->second);
  const auto all = schema.parameters.find("tarn.null.formats");
  std::string_view rest = all == schema.parameters.end() ? "" : std::string_view(all->second);
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    if (comma > 0) texts.emplace(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return texts;
}

// How text is read that is partly in quotes and partly not, or that spells null in several ways.
void merge_csv_readers(FileSchema& merged, const FileSchema& other) {
  std::set<std::string> nulls = null_texts(merged);
  nulls.merge(null_texts(other));
  const bool quoted = merged.serde.library == quoted_serde || other.serde.library == quoted_serde;
  if (quoted && merged.serde.library != quoted_serde) {
    // Fields without quotes read the same with this one.
    catalog::SerdeInfo serde = other.serde;
    if (const auto formats = merged.serde.parameters.find("timestamp.formats");
        formats != merged.serde.parameters.end()) {
      serde.parameters.insert(*formats);
    }
    merged.serde = std::move(serde);
    merged.parameters["areColumnsQuoted"] = "true";
  }
  if (!quoted && nulls.size() < 2) return;
  std::string all;
  for (const std::string& text : nulls) all += (all.empty() ? "" : ",") + text;
  merged.parameters["tarn.null.formats"] = quoted && !all.empty() ? all + "," : all;
}

}  // namespace

std::optional<std::string> common_type(const std::string& a, const std::string& b) {
  if (a == b) return a;
  const auto left = number_rank(a), right = number_rank(b);
  if (left && right) {
    // A float keeps no bigint: the two meet in double.
    const std::size_t larger = std::max(*left, *right);
    const bool narrow = numbers[larger] == "float" && numbers[std::min(*left, *right)] == "bigint";
    return std::string(narrow ? "double" : numbers[larger]);
  }
  const auto simple = [](const std::string& type) { return type.find_first_of("<(") == std::string::npos; };
  if ((a == "date" && b == "timestamp") || (a == "timestamp" && b == "date")) return "timestamp";
  if (simple(a) && simple(b) && (a == "string" || b == "string")) return "string";
  return std::nullopt;
}

double schema_similarity(const FileSchema& a, const FileSchema& b) {
  const std::size_t larger = std::max(a.columns.size(), b.columns.size());
  if (larger == 0) return 1;
  std::size_t alike = 0;
  for (const catalog::Column& column : a.columns) {
    const auto other = std::ranges::find(b.columns, column.name, &catalog::Column::name);
    if (other != b.columns.end() && common_type(column.type.value_or("string"), other->type.value_or("string")))
      ++alike;
  }
  return static_cast<double>(alike) / static_cast<double>(larger);
}

FileSchema merge_schemas(const FileSchema& a, const FileSchema& b) {
  FileSchema merged = a;
  merged.rows += b.rows;
  merged.bytes += b.bytes;
  for (const catalog::Column& column : b.columns) {
    const auto own = std::ranges::find(merged.columns, column.name, &catalog::Column::name);
    if (own == merged.columns.end()) {
      merged.columns.push_back(column);
    } else if (own->type != column.type) {
      own->type = common_type(own->type.value_or("string"), column.type.value_or("string")).value_or("string");
    }
  }
  if (a.classification == "csv" && b.classification == "csv") merge_csv_readers(merged, b);
  // One file with NA is enough to read NA as null.
  for (const auto& [name, value] : b.serde.parameters) {
    if (merged.serde.library != quoted_serde || name != "field.delim") merged.serde.parameters.emplace(name, value);
  }
  for (const auto& [name, value] : b.parameters) merged.parameters.emplace(name, value);
  for (const std::string& reason : b.reasons) {
    if (std::ranges::find(merged.reasons, reason) == merged.reasons.end()) merged.reasons.push_back(reason);
  }
  return merged;
}

std::string table_name_from(std::string_view text) {
  std::string name = to_lower(text);
  for (char& c : name) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) c = '_';
  }
  return name.empty() ? "table" : name;
}

}  // namespace tarn::crawl
