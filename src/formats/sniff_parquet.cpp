#include <cstring>

#include "base/encoding.h"
#include "base/unicode.h"
#include "formats/sniff.h"
#include "formats/thrift_compact.h"

namespace tarn::formats {
namespace {

// SchemaElement of parquet.thrift: what its fields' numbers are is noted where they are read.
struct Element {
  int physical = -1;   // 0 boolean, 1 int32, 2 int64, 3 int96, 4 float, 5 double, 6 byte array, 7 fixed
  int repetition = 0;  // 0 required, 1 optional, 2 repeated
  std::string name;
  std::int64_t children = 0;
  int converted = -1;  // 0 utf8, 1 map, 2 map_key_value, 3 list, 4 enum, 5 decimal, 6 date, 7-8 time, 9-10 timestamp,
                       // 15 int8, 16 int16
  std::int64_t scale = 0, precision = 0;
  int logical = -1;  // Number of the LogicalType's member: 1 string, 2 map, 3 list, 4 enum, 5 decimal, 6 date, 7 time,
                     // 8 timestamp
};

int read_logical(ThriftReader& in) {
  int member = -1;
  in.enter();
  for (auto field = in.field(); field.type != ThriftReader::Type::stop; field = in.field()) {
    member = field.id;
    in.skip(field.type);
  }
  return member;
}

Element read_element(ThriftReader& in) {
  Element element;
  in.enter();
  for (auto field = in.field(); field.type != ThriftReader::Type::stop; field = in.field()) {
    switch (field.id) {
      case 1:
        element.physical = static_cast<int>(in.integer());
        break;
      case 3:
        element.repetition = static_cast<int>(in.integer());
        break;
      case 4:
        element.name = to_lower_letters(in.binary());
        break;
      case 5:
        element.children = in.integer();
        break;
      case 6:
        element.converted = static_cast<int>(in.integer());
        break;
      case 7:
        element.scale = in.integer();
        break;
      case 8:
        element.precision = in.integer();
        break;
      case 10:
        element.logical = read_logical(in);
        break;
      default:
        in.skip(field.type);
    }
  }
  return element;
}

// Elements stand in depth-first order: each group is followed by its children.
class SchemaTyper {
 public:
  explicit SchemaTyper(const std::vector<Element>& elements) : elements_(elements) {}

  std::vector<SniffedColumn> columns() {
    std::vector<SniffedColumn> columns;
    const std::int64_t count = take().children;
    for (std::int64_t i = 0; i < count; ++i) {
      const std::string name = peek().name;
      columns.push_back({.name = name, .type = type(0)});
    }
    return columns;
  }

 private:
  const Element& peek() const {
    if (at_ >= elements_.size()) throw FormatError("the Parquet schema ends too early", 0);
    return elements_[at_];
  }
  const Element& take() {
    const Element& element = peek();
    ++at_;
    return element;
  }

  std::string type(int depth) {
    if (depth > 32) throw FormatError("the Parquet schema is nested too deeply", 0);
    const Element& element = take();
    const std::string inner =
        element.children == 0 && element.physical >= 0 ? primitive(element) : group(element, depth);
    // A repeated field outside a list is a list of its own.
    return element.repetition == 2 && !inside_list_ ? "array<" + inner + ">" : inner;
  }

  static std::string primitive(const Element& e) {
    const bool decimal = e.converted == 5 || e.logical == 5;
    if (decimal) return "decimal(" + std::to_string(e.precision) + "," + std::to_string(e.scale) + ")";
    switch (e.physical) {
      case 0:
        return "boolean";
      case 1:
        if (e.converted == 6 || e.logical == 6) return "date";
        return e.converted == 15 ? "tinyint" : e.converted == 16 ? "smallint" : "int";
      case 2:
        return e.converted == 9 || e.converted == 10 || e.logical == 8 ? "timestamp" : "bigint";
      case 3:
        return "timestamp";
      case 4:
        return "float";
      case 5:
        return "double";
      case 6:
        return e.converted == 0 || e.converted == 4 || e.converted == 19 || e.logical == 1 || e.logical == 4 ||
                       e.logical == 12
                   ? "string"
                   : "binary";
      default:
        return "binary";
    }
  }

  std::string group(const Element& element, int depth) {
    const bool outer = std::exchange(inside_list_, false);
    std::string result;
    if ((element.converted == 3 || element.logical == 3) && element.children == 1) {
      result = list_of(depth);
    } else if ((element.converted == 1 || element.converted == 2 || element.logical == 2) && element.children == 1) {
      const Element& entries = take();
      if (entries.children != 2) throw FormatError("a map in the Parquet schema has no key and value", 0);
      const std::string key = type(depth + 1);
      result = "map<" + key + "," + type(depth + 1) + ">";
    } else {
      std::string fields;
      for (std::int64_t i = 0; i < element.children; ++i) {
        const std::string name = peek().name;
        fields += (fields.empty() ? "" : ",") + name + ":" + type(depth + 1);
      }
      result = "struct<" + fields + ">";
    }
    inside_list_ = outer;
    return result;
  }

  // A list holds a repeated group with the element in it, or, in old files, the repeated element itself.
  std::string list_of(int depth) {
    const Element& repeated = peek();
    const bool wrapper = repeated.children == 1 && repeated.name != "array" && !repeated.name.ends_with("_tuple");
    if (wrapper) {
      take();
      return "array<" + type(depth + 1) + ">";
    }
    inside_list_ = true;
    const std::string element = type(depth + 1);
    inside_list_ = false;
    return "array<" + element + ">";
  }

  const std::vector<Element>& elements_;
  std::size_t at_ = 0;
  bool inside_list_ = false;
};

}  // namespace

bool is_parquet(std::string_view beginning) {
  return beginning.starts_with("PAR1");
}

std::optional<std::uint64_t> parquet_footer_bytes(std::string_view last) {
  if (last.size() < 8 || last.substr(last.size() - 4) != "PAR1") return std::nullopt;
  std::uint32_t length;
  std::memcpy(&length, last.data() + last.size() - 8, sizeof length);
  return std::uint64_t(length) + 8;
}

Sniffed sniff_parquet(std::string_view tail, std::uint64_t file_size) {
  const auto footer = parquet_footer_bytes(tail);
  if (!footer)
    throw FormatError("the file does not end as Parquet files do: it is cut short, or no Parquet", file_size);
  if (*footer > tail.size()) throw FormatError("the Parquet footer is longer than the file", file_size);
  ThriftReader in(tail.substr(tail.size() - *footer, *footer - 8));
  std::vector<Element> elements;
  Sniffed sniffed;
  in.enter();
  for (auto field = in.field(); field.type != ThriftReader::Type::stop; field = in.field()) {
    if (field.id == 2 && field.type == ThriftReader::Type::list) {
      const auto [type, length] = in.list();
      for (std::uint32_t i = 0; i < length; ++i) elements.push_back(read_element(in));
    } else if (field.id == 3 && field.type == ThriftReader::Type::i64) {
      sniffed.rows = static_cast<std::uint64_t>(in.integer());
    } else {
      in.skip(field.type);
    }
  }
  if (elements.empty()) throw FormatError("the Parquet footer has no schema", file_size);
  sniffed.classification = "parquet";
  sniffed.bytes = file_size;
  sniffed.columns = SchemaTyper(elements).columns();
  for (const Element& element : elements) {
    if (element.children == 0 && (element.logical == 7 || element.converted == 7 || element.converted == 8)) {
      sniffed.reasons.push_back("column " + element.name +
                                " holds times of day, for which tables have no type: queries that read it fail");
    }
  }
  return sniffed;
}

}  // namespace tarn::formats
