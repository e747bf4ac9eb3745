#include "duck/trino/json.h"

#include <algorithm>
#include <charconv>

#include "duck/engine.h"
#include "duck/trino/kernels.h"
#include "duck/trino/registry.h"

namespace tarn::duck {

using namespace ::duckdb_yyjson;  // NOLINT: its names all begin with yyjson_.

namespace {
constexpr int max_json_depth = 1'000;

std::string_view text_of(yyjson_val* value) {
  return {yyjson_get_str(value), yyjson_get_len(value)};
}

// Trino keeps the order of members but where it parses JSON as such.
enum class Members { sorted, as_given };

void write_value(yyjson_val* value, std::string& text, int depth, Members order = Members::sorted) {
  if (depth > max_json_depth) throw_invalid_argument("JSON nests too deeply");
  switch (yyjson_get_type(value)) {
    case YYJSON_TYPE_NULL:
      text += "null";
      return;
    case YYJSON_TYPE_BOOL:
      text += yyjson_get_bool(value) ? "true" : "false";
      return;
    case YYJSON_TYPE_NUM:
      if (yyjson_is_uint(value)) {
        text += std::to_string(yyjson_get_uint(value));
      } else if (yyjson_is_sint(value)) {
        text += std::to_string(yyjson_get_sint(value));
      } else {
        text += double_text(yyjson_get_real(value));
      }
      return;
    case YYJSON_TYPE_RAW:  // A number that was left as it stands.
      text.append(yyjson_get_raw(value), yyjson_get_len(value));
      return;
    case YYJSON_TYPE_STR:
      return write_json_string(text_of(value), text);
    case YYJSON_TYPE_ARR: {
      text += '[';
      bool first = true;
      yyjson_val* item;
      yyjson_arr_iter items;
      yyjson_arr_iter_init(value, &items);
      while ((item = yyjson_arr_iter_next(&items))) {
        if (!std::exchange(first, false)) text += ',';
        write_value(item, text, depth + 1, order);
      }
      text += ']';
      return;
    }
    case YYJSON_TYPE_OBJ: {
      std::vector<std::pair<std::string_view, yyjson_val*>> members;
      yyjson_val* key;
      yyjson_obj_iter iterator;
      yyjson_obj_iter_init(value, &iterator);
      while ((key = yyjson_obj_iter_next(&iterator))) members.emplace_back(text_of(key), yyjson_obj_iter_get_val(key));
      if (order == Members::sorted) {
        std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
      }
      text += '{';
      bool first = true;
      for (const auto& [name, member] : members) {
        if (!std::exchange(first, false)) text += ',';
        write_json_string(name, text);
        text += ':';
        write_value(member, text, depth + 1, order);
      }
      text += '}';
      return;
    }
    default:
      text += "null";
  }
}

// A scalar as plain text; none for null, arrays and objects.
std::optional<std::string> scalar_text(yyjson_val* value) {
  if (!value || yyjson_is_null(value) || yyjson_is_ctn(value)) return std::nullopt;
  if (yyjson_is_str(value)) return std::string(text_of(value));
  std::string text;
  write_value(value, text, 0);
  return text;
}

std::string json_text(yyjson_val* value, Members order = Members::sorted) {
  std::string text;
  write_value(value, text, 0, order);
  return text;
}

JsonDocument read_with(std::string_view text, yyjson_read_flag flags) {
  return JsonDocument(yyjson_read_opts(const_cast<char*>(text.data()), text.size(), flags, nullptr, nullptr));
}

// Integers beyond 64 bits keep their digits; numbers with a fraction are doubles for Trino, too.
JsonDocument read_with_digits(std::string_view text) {
  return read_with(text, YYJSON_READ_BIGNUM_AS_RAW);
}

using Found = std::optional<std::string> (*)(yyjson_val*);

// A kernel (json, path) → what `found` makes of the value there.
template <typename R>
Maker path_maker(std::optional<R> (*found)(yyjson_val*), yyjson_read_flag flags = YYJSON_READ_NOFLAG) {
  return [found, flags](Call& call) -> Kernel {
    if (const auto path_text = call.constant_text(1)) {
      const auto path = std::make_shared<JsonPath>(*path_text);
      return rows<Text, Text>([path, found, flags](Text json, Text) -> std::optional<R> {
        const auto document = read_with(json, flags);
        return document ? found(path->find(yyjson_doc_get_root(document.get()))) : std::nullopt;
      });
    }
    return rows<Text, Text>([found, flags](Text json, Text path) -> std::optional<R> {
      const auto document = read_with(json, flags);
      return document ? found(JsonPath(path).find(yyjson_doc_get_root(document.get()))) : std::nullopt;
    });
  };
}

std::optional<std::string> extract_json(yyjson_val* value) {
  if (!value) return std::nullopt;
  return json_text(value, Members::as_given);
}
std::optional<std::int64_t> size_of(yyjson_val* value) {
  if (!value) return std::nullopt;
  return yyjson_is_ctn(value) ? static_cast<std::int64_t>(yyjson_get_len(value)) : 0;
}

std::optional<std::int64_t> array_length(Text json) {
  const auto document = read_json(json);
  yyjson_val* root = document ? yyjson_doc_get_root(document.get()) : nullptr;
  if (!yyjson_is_arr(root)) return std::nullopt;
  return static_cast<std::int64_t>(yyjson_arr_size(root));
}

// Trino hands out the item's text as it stands, a string's without quotes.
std::optional<std::string> array_get(Text json, std::int64_t index) {
  const auto document = read_with(json, YYJSON_READ_NUMBER_AS_RAW);
  yyjson_val* root = document ? yyjson_doc_get_root(document.get()) : nullptr;
  if (!yyjson_is_arr(root)) return std::nullopt;
  const auto size = static_cast<std::int64_t>(yyjson_arr_size(root));
  if (index < 0) index += size;
  if (index < 0 || index >= size) return std::nullopt;
  yyjson_val* item = yyjson_arr_get(root, static_cast<std::size_t>(index));
  if (yyjson_is_null(item)) return std::nullopt;
  if (yyjson_is_str(item)) return std::string(text_of(item));
  return json_text(item, Members::as_given);
}

// Whether an array has an item for which `is` holds; none if it is no array.
template <typename F>
std::optional<bool> array_contains(Text json, F is) {
  const auto document = read_json(json);
  yyjson_val* root = document ? yyjson_doc_get_root(document.get()) : nullptr;
  if (!yyjson_is_arr(root)) return std::nullopt;
  yyjson_val* item;
  yyjson_arr_iter items;
  yyjson_arr_iter_init(root, &items);
  while ((item = yyjson_arr_iter_next(&items))) {
    if (is(item)) return true;
  }
  return false;
}

}  // namespace

JsonDocument read_json(std::string_view text) {
  return JsonDocument(
      yyjson_read_opts(const_cast<char*>(text.data()), text.size(), YYJSON_READ_NOFLAG, nullptr, nullptr));
}

void write_json(yyjson_val* value, std::string& text) {
  write_value(value, text, 0);
}

void write_json_string(std::string_view value, std::string& text) {
  text += '"';
  for (const char c : value) {
    switch (c) {
      case '"':
        text += "\\\"";
        break;
      case '\\':
        text += "\\\\";
        break;
      case '\n':
        text += "\\n";
        break;
      case '\r':
        text += "\\r";
        break;
      case '\t':
        text += "\\t";
        break;
      case '\b':
        text += "\\b";
        break;
      case '\f':
        text += "\\f";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          char buffer[8];
          std::snprintf(buffer, sizeof buffer, "\\u%04X", static_cast<unsigned char>(c));
          text += buffer;
        } else {
          text += c;
        }
    }
  }
  text += '"';
}

JsonPath::JsonPath(std::string_view text) {
  const auto fail = [&] { throw_invalid_argument("Invalid JSON path: '" + std::string(text) + "'"); };
  if (text.empty() || text.front() != '$') fail();
  std::size_t at = 1;
  while (at < text.size()) {
    if (text[at] == '.') {
      const std::size_t end = std::min(text.find_first_of(".[", at + 1), text.size());
      if (end == at + 1) fail();
      steps_.push_back({.index = {}, .name = std::string(text.substr(at + 1, end - at - 1))});
      if (steps_.back().name == "*")
        throw_sql("NOT_SUPPORTED", "wildcards in the JSON path '" + std::string(text) + "'");
      at = end;
    } else if (text[at] == '[' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\'')) {
      const std::size_t end = text.find(text[at + 1], at + 2);
      if (end == text.npos || end + 1 >= text.size() || text[end + 1] != ']') fail();
      steps_.push_back({.index = {}, .name = std::string(text.substr(at + 2, end - at - 2))});
      at = end + 2;
    } else if (text[at] == '[') {
      const std::size_t end = text.find(']', at);
      if (end == text.npos || end == at + 1) fail();
      const std::string_view inside = text.substr(at + 1, end - at - 1);
      std::size_t index = 0;
      const auto parsed = std::from_chars(inside.data(), inside.data() + inside.size(), index);
      const bool number = parsed.ec == std::errc{} && parsed.ptr == inside.data() + inside.size();
      if (!number && inside.find_first_of("*?@:,") != inside.npos) {
        throw_sql("NOT_SUPPORTED", "filters in the JSON path '" + std::string(text) + "'");
      }
      // A number also reaches an object's member of that name.
      steps_.push_back({.index = number ? std::optional(index) : std::nullopt, .name = std::string(inside)});
      at = end + 1;
    } else {
      fail();
    }
  }
}

yyjson_val* JsonPath::find(yyjson_val* value) const {
  for (const Step& step : steps_) {
    if (!value) return nullptr;
    if (yyjson_is_arr(value)) {
      std::size_t index = step.index.value_or(0);
      if (!step.index) {
        const auto parsed = std::from_chars(step.name.data(), step.name.data() + step.name.size(), index);
        if (parsed.ec != std::errc{} || parsed.ptr != step.name.data() + step.name.size()) return nullptr;
      }
      value = yyjson_arr_get(value, index);
    } else {
      value = yyjson_obj_getn(value, step.name.data(), step.name.size());
    }
  }
  return value;
}

void add_json(Registry& registry) {
  registry.kernel("json_parse(varchar) -> json", rows<Text>([](Text text) {
                    const auto document = read_with_digits(text);
                    if (!document) throw_invalid_argument("Cannot convert value to JSON: '" + std::string(text) + "'");
                    return json_text(yyjson_doc_get_root(document.get()));
                  }));
  registry.kernel("json_format(json) -> varchar", rows<Text>([](Text text) { return std::string(text); }));
  for (const std::string type : {"json", "varchar"}) {
    registry.maker("json_extract(" + type + ", varchar) -> json", path_maker<std::string>(extract_json));
    registry.maker("json_extract_scalar(" + type + ", varchar) -> varchar",
                   path_maker<std::string>(scalar_text, YYJSON_READ_NUMBER_AS_RAW));
    registry.maker("json_size(" + type + ", varchar) -> bigint", path_maker<std::int64_t>(size_of));
    registry.kernel("json_array_length(" + type + ") -> bigint", rows<Text>(array_length));
    registry.kernel("json_array_get(" + type + ", bigint) -> json", rows<Text, std::int64_t>(array_get));
    registry.kernel("is_json_scalar(" + type + ") -> boolean", rows<Text>([](Text text) {
                      const auto document = read_json(text);
                      if (!document) throw_invalid_argument("Invalid JSON value: " + std::string(text));
                      return !yyjson_is_ctn(yyjson_doc_get_root(document.get()));
                    }));
    registry.kernel("json_array_contains(" + type + ", varchar) -> boolean",
                    rows<Text, Text>([](Text json, Text wanted) {
                      return array_contains(
                          json, [wanted](yyjson_val* item) { return yyjson_is_str(item) && text_of(item) == wanted; });
                    }));
    registry.kernel(
        "json_array_contains(" + type + ", boolean) -> boolean", rows<Text, bool>([](Text json, bool wanted) {
          return array_contains(
              json, [wanted](yyjson_val* item) { return yyjson_is_bool(item) && yyjson_get_bool(item) == wanted; });
        }));
    registry.kernel("json_array_contains(" + type + ", bigint) -> boolean",
                    rows<Text, std::int64_t>([](Text json, std::int64_t wanted) {
                      return array_contains(json, [wanted](yyjson_val* item) {
                        return yyjson_is_int(item) && yyjson_get_sint(item) == wanted;
                      });
                    }));
    registry.kernel(
        "json_array_contains(" + type + ", double) -> boolean", rows<Text, double>([](Text json, double wanted) {
          return array_contains(
              json, [wanted](yyjson_val* item) { return yyjson_is_real(item) && yyjson_get_real(item) == wanted; });
        }));
  }
}

}  // namespace tarn::duck
