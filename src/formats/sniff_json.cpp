#include <algorithm>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/unicode.h"
#include "formats/sniff.h"

namespace tarn::formats {
namespace {

using json = nlohmann::ordered_json;

constexpr int max_depth = 32;
constexpr std::size_t max_fields = 5'000;

// What a place in the documents holds, over all of them.
struct Shape {
  enum class Kind { nothing, boolean, integer, bigint, number, text, array, object };
  Kind kind = Kind::nothing;
  std::unique_ptr<Shape> element;                                      // Of an array.
  std::vector<std::pair<std::string, std::unique_ptr<Shape>>> fields;  // Of an object, in order of appearance.
};

Shape::Kind kind_of(const json& value) {
  switch (value.type()) {
    case json::value_t::boolean:
      return Shape::Kind::boolean;
    case json::value_t::number_unsigned:
      if (value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return Shape::Kind::number;
      [[fallthrough]];
    case json::value_t::number_integer: {
      const auto number = value.get<std::int64_t>();
      return number >= std::numeric_limits<std::int32_t>::min() && number <= std::numeric_limits<std::int32_t>::max()
                 ? Shape::Kind::integer
                 : Shape::Kind::bigint;
    }
    case json::value_t::number_float:
      return Shape::Kind::number;
    case json::value_t::string:
      return Shape::Kind::text;
    case json::value_t::array:
      return Shape::Kind::array;
    case json::value_t::object:
      return Shape::Kind::object;
    default:
      return Shape::Kind::nothing;
  }
}

bool is_number(Shape::Kind kind) {
  return kind >= Shape::Kind::integer && kind <= Shape::Kind::number;
}

// What is of several kinds is text.
void widen(Shape& shape, Shape::Kind kind) {
  if (kind == Shape::Kind::nothing || kind == shape.kind) return;
  if (shape.kind == Shape::Kind::nothing) {
    shape.kind = kind;
  } else if (is_number(kind) && is_number(shape.kind)) {
    shape.kind = std::max(kind, shape.kind);
  } else {
    shape.kind = Shape::Kind::text;
    shape.element.reset();
    shape.fields.clear();
  }
}

void add(Shape& shape, const json& value, int depth) {
  widen(shape, depth >= max_depth ? Shape::Kind::text : kind_of(value));
  if (shape.kind == Shape::Kind::array && value.is_array()) {
    if (!shape.element) shape.element = std::make_unique<Shape>();
    for (const json& each : value) add(*shape.element, each, depth + 1);
  } else if (shape.kind == Shape::Kind::object && value.is_object()) {
    for (const auto& [key, each] : value.items()) {
      const std::string name = to_lower_letters(key);
      auto field =
          std::ranges::find(shape.fields, name, [](const auto& entry) -> const std::string& { return entry.first; });
      if (field == shape.fields.end()) {
        if (shape.fields.size() == max_fields) continue;
        shape.fields.emplace_back(name, std::make_unique<Shape>());
        field = shape.fields.end() - 1;
      }
      add(*field->second, each, depth + 1);
    }
  }
}

// Hive's type grammar has no way to quote a name.
bool can_be_field(const std::string& name) {
  return !name.empty() && name.find_first_of(":,<>() \t\"'`") == std::string::npos;
}

std::string hive_type(const Shape& shape) {
  switch (shape.kind) {
    case Shape::Kind::boolean:
      return "boolean";
    case Shape::Kind::integer:
      return "int";
    case Shape::Kind::bigint:
      return "bigint";
    case Shape::Kind::number:
      return "double";
    case Shape::Kind::array:
      return "array<" + (shape.element ? hive_type(*shape.element) : "string") + ">";
    case Shape::Kind::object: {
      std::string fields;
      for (const auto& [name, field] : shape.fields) {
        if (!can_be_field(name)) return "string";
        fields += (fields.empty() ? "" : ",") + name + ":" + hive_type(*field);
      }
      return fields.empty() ? "string" : "struct<" + fields + ">";
    }
    default:
      return "string";
  }
}

// One document after the other, each from { or [ to its end. Linear: finds ends by counting brackets outside strings.
class Documents {
 public:
  explicit Documents(std::string_view text) : text_(text) {}
  // False where no whole document follows; left() tells whether something other than blanks does.
  bool next(std::string_view& document) {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
    if (at_ == text_.size() || (text_[at_] != '{' && text_[at_] != '[')) return false;
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = at_; i < text_.size(); ++i) {
      const char c = text_[i];
      if (in_string) {
        if (c == '\\')
          ++i;
        else if (c == '"')
          in_string = false;
      } else if (c == '"') {
        in_string = true;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if ((c == '}' || c == ']') && --depth == 0) {
        document = text_.substr(at_, i + 1 - at_);
        at_ = i + 1;
        return true;
      }
    }
    return false;
  }
  std::string_view left() const { return text_.substr(at_); }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<Sniffed> sniff_json(std::string_view text, bool whole, const SniffOptions& options) {
  Documents documents(text);
  std::string_view document;
  Shape shape;
  Sniffed sniffed;
  std::uint64_t broken = 0;
  bool is_array = false, several_lines = false, shared_line = false;
  const char* end_before = nullptr;
  while (documents.next(document)) {
    if (options.now_and_then && sniffed.rows % rows_between_calls == 0) options.now_and_then();
    const json value = json::parse(document, nullptr, false);
    if (value.is_discarded()) {
      if (sniffed.rows == 0) return std::nullopt;
      ++broken;
      continue;
    }
    is_array = is_array || value.is_array();
    several_lines = several_lines || document.find('\n') != document.npos;
    const bool on_line = end_before && std::string_view(end_before, document.data()).find('\n') == document.npos;
    shared_line = shared_line || on_line;
    end_before = document.data() + document.size();
    add(shape, value, 0);
    ++sniffed.rows;
  }
  const bool rest = documents.left().find_first_not_of(" \t\r\n") != std::string_view::npos;
  if (sniffed.rows == 0 || (rest && whole && sniffed.rows < 2)) return std::nullopt;
  sniffed.classification = "json";
  sniffed.bytes = text.size();
  if (is_array) {
    // A document that is a list is one row with one column, as AWS has it.
    sniffed.columns.push_back({.name = "array", .type = hive_type(shape)});
    sniffed.reasons.push_back(
        "the document is a list: one column; write one object a line to have its members as columns");
  } else {
    for (const auto& [name, field] : shape.fields) {
      if (name.empty()) {
        sniffed.reasons.push_back("a member without a name is left out: no column can be called so");
      } else {
        sniffed.columns.push_back({.name = name, .type = hive_type(*field)});
      }
    }
    if (sniffed.columns.empty()) {
      // A table without columns could not be read by any query.
      sniffed.classification = "UNKNOWN";
      sniffed.reasons.push_back("its JSON objects have no members, so there is no column to make");
      return sniffed;
    }
  }
  if (several_lines) {
    sniffed.reasons.push_back("objects span several lines: queries read one object a line only");
  }
  if (shared_line) {
    sniffed.reasons.push_back("several objects stand on one line: queries read one object a line only");
  }
  if (broken > 0) sniffed.reasons.push_back(std::to_string(broken) + " documents are no valid JSON");
  if (rest && whole) sniffed.reasons.push_back("what follows the last object is no JSON");
  return sniffed;
}

}  // namespace tarn::formats
