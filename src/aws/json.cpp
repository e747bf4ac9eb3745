#include "aws/json.h"

// What simdjson writes JSON with is, in 3.6 (Ubuntu 24.04), no code that clang 19 takes.
#define SIMDJSON_SERIALIZATION_H
#define SIMDJSON_SERIALIZATION_INL_H
#include <simdjson.h>

#include <charconv>
#include <cmath>
#include <limits>

#include "aws/types.h"
#include "base/encoding.h"
#include "base/json_text.h"
#include "base/names.h"

namespace tarn::aws {
namespace {

using Element = simdjson::dom::element;
using Type = simdjson::dom::element_type;

constexpr std::size_t kMaxDepth = 128;
// A parser's memory is some ten times its text; one for texts of this size stays with each thread.
constexpr std::size_t kKeptParserBytes = 128 << 10;

std::string_view type_name(Type type) {
  switch (type) {
    case Type::ARRAY:
      return "a list";
    case Type::OBJECT:
      return "a structure";
    case Type::STRING:
      return "a string";
    case Type::BOOL:
      return "a boolean";
    case Type::NULL_VALUE:
      return "null";
    default:
      return "a number";
  }
}

std::string_view expected(const Shape& shape) {
  switch (shape.kind) {
    case Kind::boolean:
      return "a boolean";
    case Kind::int32:
    case Kind::int64:
    case Kind::float32:
    case Kind::float64:
      return "a number";
    case Kind::timestamp:
      return "a timestamp";
    case Kind::structure:
    case Kind::map:
      return "a structure";
    case Kind::list:
      return "a list";
    default:
      return "a string";
  }
}

[[noreturn]] void wrong_type(const Shape& shape, Element element, const Path& path) {
  throw Malformed("Found " + std::string(type_name(element.type())) + " where " + std::string(expected(shape)) +
                  " is expected, at '" + path.text() + "'");
}

std::string_view text_in(const Shape& shape, Element element, const Path& path) {
  std::string_view text;
  if (element.get_string().get(text)) wrong_type(shape, element, path);
  return text;
}

std::int64_t integer_in(const Shape& shape, Element element, const Path& path) {
  std::int64_t number = 0;
  if (!element.get_int64().get(number)) return number;
  // 3.0 is an integer that some clients spell so; 3.5 is none.
  double real = 0;
  if (element.type() == Type::DOUBLE && !element.get_double().get(real) && real == std::trunc(real) &&
      std::abs(real) < 9e15) {
    return static_cast<std::int64_t>(real);
  }
  wrong_type(shape, element, path);
}

double real_in(const Shape& shape, Element element, const Path& path) {
  double number = 0;
  if (!element.get_double().get(number)) return number;
  if (element.type() == Type::STRING) {
    const std::string_view text = text_in(shape, element, path);
    if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (text == "Infinity") return std::numeric_limits<double>::infinity();
    if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  }
  wrong_type(shape, element, path);
}

void read_value(const Shape& shape, void* value, Element element, TimeFormat time, const Path& path, Reading& reading);

const Member* member_named(const Shape& shape, std::string_view name) {
  for (const Member& member : shape.members) {
    if (member.wire == name) return &member;
  }
  return nullptr;
}

void read_object(const Shape& shape, void* object, simdjson::dom::object json, const Path* path, Reading& reading,
                 Members members) {
  Seen seen;
  for (const auto field : json) {
    const Member* member = member_named(shape, field.key);
    if (!member || field.value.is_null()) continue;
    if (members == Members::body && member->location != Location::body) continue;
    const Path at{.parent = path, .name = member->name};
    if (!path) reading.member = member;
    seen.mark(shape, *member);
    read_value(*member->shape, make_member(*member, object), field.value,
               time_format(*member, TimeFormat::unix_seconds), at, reading);
  }
  if (!path) reading.member = nullptr;
  seen.report(shape, path, reading, members == Members::body);
}

void read_list(const Shape& shape, void* list, Element element, const Path& path, Reading& reading) {
  simdjson::dom::array array;
  if (element.get_array().get(array)) wrong_type(shape, element, path);
  std::size_t index = 0;
  for (const Element item : array) {
    const Path at{.parent = &path, .name = {}, .index = ++index};
    void* slot = shape.list->append(list);
    if (!item.is_null()) {
      read_value(*shape.element, slot, item, time_format(*shape.element, TimeFormat::unix_seconds), at, reading);
    }
  }
}

void read_map(const Shape& shape, void* map, Element element, const Path& path, Reading& reading) {
  simdjson::dom::object object;
  if (element.get_object().get(object)) wrong_type(shape, element, path);
  for (const auto field : object) {
    if (field.value.is_null()) continue;
    const Path at{.parent = &path, .name = field.key};
    read_value(*shape.element, shape.map->put(map, std::string(field.key)), field.value,
               time_format(*shape.element, TimeFormat::unix_seconds), at, reading);
  }
}

void read_time(const Shape& shape, void* value, Element element, TimeFormat time, const Path& path, Reading& reading) {
  if (element.type() == Type::STRING) {
    set_text(shape, value, text_in(shape, element, path), time, path, reading);
    return;
  }
  const double seconds = real_in(shape, element, path);
  if (!(std::abs(seconds) < 1e14)) wrong_type(shape, element, path);
  *static_cast<Timestamp*>(value) = from_millis(std::llround(seconds * 1000));
}

// The number as it was meant: one with a point or an exponent keeps one, so that it is read as such again.
template <typename Number>
void append_number(std::string& out, Number number) {
  char text[32];
  const char* const end = std::to_chars(text, text + sizeof text, number).ptr;
  const std::string_view digits(text, static_cast<std::size_t>(end - text));
  out += digits;
  if (std::is_floating_point_v<Number> && digits.find_first_of(".e") == std::string_view::npos) out += ".0";
}

// What nothing acts on is kept as JSON without spaces. No deeper than the parser went.
void append_element(std::string& out, Element element) {
  char between = 0;
  const auto separate = [&] {
    if (between) out += between;
    between = ',';
  };
  switch (element.type()) {
    case Type::ARRAY:
      out += '[';
      for (const Element item : simdjson::dom::array(element)) {
        separate();
        append_element(out, item);
      }
      out += ']';
      return;
    case Type::OBJECT:
      out += '{';
      for (const auto [key, item] : simdjson::dom::object(element)) {
        separate();
        append_json_string(out, key);
        out += ':';
        append_element(out, item);
      }
      out += '}';
      return;
    case Type::STRING:
      return append_json_string(out, std::string_view(element));
    case Type::BOOL:
      out += bool(element) ? "true" : "false";
      return;
    case Type::INT64:
      return append_number(out, std::int64_t(element));
    case Type::UINT64:
      return append_number(out, std::uint64_t(element));
    case Type::DOUBLE:
      return append_number(out, double(element));
    default:
      out += "null";
      return;
  }
}

void read_value(const Shape& shape, void* value, Element element, TimeFormat time, const Path& path, Reading& reading) {
  switch (shape.kind) {
    case Kind::structure: {
      simdjson::dom::object object;
      if (element.get_object().get(object)) wrong_type(shape, element, path);
      return read_object(shape, value, object, &path, reading, Members::all);
    }
    case Kind::list:
      return read_list(shape, value, element, path, reading);
    case Kind::map:
      return read_map(shape, value, element, path, reading);
    case Kind::json: {
      std::string text;
      append_element(text, element);
      static_cast<Json*>(value)->text = std::move(text);
      return;
    }
    case Kind::boolean:
      if (element.get_bool().get(*static_cast<bool*>(value))) wrong_type(shape, element, path);
      return;
    case Kind::int32: {
      const std::int64_t number = integer_in(shape, element, path);
      if (number < std::numeric_limits<std::int32_t>::min() || number > std::numeric_limits<std::int32_t>::max()) {
        throw Malformed("The number at '" + path.text() + "' does not fit an integer of 32 bits");
      }
      *static_cast<std::int32_t*>(value) = static_cast<std::int32_t>(number);
      return;
    }
    case Kind::int64:
      *static_cast<std::int64_t*>(value) = integer_in(shape, element, path);
      return;
    case Kind::float32:
      *static_cast<float*>(value) = static_cast<float>(real_in(shape, element, path));
      return;
    case Kind::float64:
      *static_cast<double*>(value) = real_in(shape, element, path);
      return;
    case Kind::timestamp:
      return read_time(shape, value, element, time, path, reading);
    case Kind::text:
    case Kind::enumeration:
    case Kind::blob:
      set_text(shape, value, text_in(shape, element, path), time, path, reading);
      return;
    case Kind::stream:
      return;
  }
}

void append_members(std::string& out, const Shape& shape, const void* object, Members members) {
  out += '{';
  bool first = true;
  for (const Member& member : shape.members) {
    if ((members == Members::body && member.location != Location::body) || member.shape->kind == Kind::stream) continue;
    const void* value = member_value(member, object);
    if (!value) continue;
    if (!first) out += ',';
    first = false;
    append_json_string(out, member.wire);
    out += ':';
    append_json(out, *member.shape, value, time_format(member, TimeFormat::unix_seconds));
  }
  out += '}';
}

struct MapSink {
  std::string& out;
  const Shape& element;
  bool first = true;
};

}  // namespace

void read_json(const Shape& shape, void* object, std::string_view text, Reading& reading, Members members) {
  if (trim(text).empty()) text = "{}";
  thread_local simdjson::dom::parser kept;
  simdjson::dom::parser large;
  simdjson::dom::parser& parser = text.size() <= kKeptParserBytes ? kept : large;
  if (parser.max_depth() != kMaxDepth || parser.capacity() < text.size()) {
    if (parser.allocate(std::max<std::size_t>(text.size(), 64 << 10), kMaxDepth)) {
      throw Malformed("The request's body is too large to be read as JSON");
    }
  }
  Element root;
  if (const auto error = parser.parse(text.data(), text.size()).get(root)) {
    throw Malformed(error == simdjson::DEPTH_ERROR ? "The request's body is nested too deeply"
                                                   : "The request's body is no valid JSON");
  }
  simdjson::dom::object json;
  if (root.get_object().get(json)) throw Malformed("The request's body is no JSON object");
  read_object(shape, object, json, nullptr, reading, members);
}

std::string write_json(const Shape& shape, const void* object, Members members) {
  std::string out;
  append_members(out, shape, object, members);
  return out;
}

void append_json(std::string& out, const Shape& shape, const void* value, TimeFormat time) {
  switch (shape.kind) {
    case Kind::structure:
      append_members(out, shape, value, Members::all);
      return;
    case Kind::list: {
      out += '[';
      const std::size_t size = shape.list->size(value);
      for (std::size_t i = 0; i < size; ++i) {
        if (i) out += ',';
        append_json(out, *shape.element, shape.list->at(value, i),
                    time_format(*shape.element, TimeFormat::unix_seconds));
      }
      out += ']';
      return;
    }
    case Kind::map: {
      out += '{';
      MapSink sink{out, *shape.element};
      shape.map->each(value, &sink, [](void* to, const std::string& key, const void* item) {
        auto& [into, element, first] = *static_cast<MapSink*>(to);
        if (!first) into += ',';
        first = false;
        append_json_string(into, key);
        into += ':';
        append_json(into, element, item, time_format(element, TimeFormat::unix_seconds));
      });
      out += '}';
      return;
    }
    case Kind::json: {
      const std::string& text = static_cast<const Json*>(value)->text;
      out += text.empty() ? "null" : text;
      return;
    }
    case Kind::float32:
    case Kind::float64: {
      const std::string text = text_of(shape, value, time);
      const bool finite = text.find_first_of("NI") == std::string::npos;
      out += finite ? text : '"' + text + '"';
      return;
    }
    case Kind::boolean:
    case Kind::int32:
    case Kind::int64:
      out += text_of(shape, value, time);
      return;
    case Kind::timestamp:
      if (time == TimeFormat::unix_seconds) {
        out += text_of(shape, value, time);
        return;
      }
      [[fallthrough]];
    case Kind::text:
    case Kind::enumeration:
    case Kind::blob:
      append_json_string(out, text_of(shape, value, time));
      return;
    case Kind::stream:
      return;
  }
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;  // Bytes of `text` that wait to be copied begin here.
  const bool valid = is_utf8(text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\' && (c < 0x80 || valid)) continue;
    out += text.substr(plain, i - plain);
    plain = i + 1;
    if (c < 0x80) {
      append_json_escape(out, text[i]);
    } else {
      out += "\xEF\xBF\xBD";
    }
  }
  out += text.substr(plain);
  out += '"';
}

}  // namespace tarn::aws
