#include "aws/audit_json.h"

#include "aws/json.h"
#include "aws/types.h"
#include "aws/value.h"

namespace tarn::aws {
namespace {

constexpr std::size_t kMaxBytes = 64 << 10;  // CloudTrail leaves out larger ones.
constexpr std::string_view kHidden = "HIDDEN_DUE_TO_SECURITY_REASONS";

std::string lower_camel(std::string_view name) {
  std::string text(name);
  // "SSEKMSKeyId" stays readable: only the first letter falls, or all of a leading run that is the whole name.
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] + 32);
  return text;
}

void append(std::string& out, const Shape& shape, const void* value, TimeFormat time);

void append_members(std::string& out, const Shape& shape, const void* object) {
  out += '{';
  bool first = true;
  for (const Member& member : shape.members) {
    const Kind kind = member.shape->kind;
    const void* value = kind == Kind::stream || kind == Kind::blob ? nullptr : member_value(member, object);
    if (!value) continue;
    if (!first) out += ',';
    first = false;
    append_json_string(out, lower_camel(member.name));
    out += ':';
    append(out, *member.shape, value, TimeFormat::iso8601);
  }
  out += '}';
}

struct MapSink {
  std::string& out;
  const Shape& map;
  bool first = true;
};

void append(std::string& out, const Shape& shape, const void* value, TimeFormat time) {
  if (out.size() > kMaxBytes) {
    out += "null";
    return;
  }
  if (shape.sensitive) return append_json_string(out, kHidden);
  switch (shape.kind) {
    case Kind::structure:
      return append_members(out, shape, value);
    case Kind::list: {
      out += '[';
      for (std::size_t i = 0; i < shape.list->size(value); ++i) {
        if (i) out += ',';
        append(out, *shape.element, shape.list->at(value, i), time);
      }
      out += ']';
      return;
    }
    case Kind::map: {
      out += '{';
      MapSink sink{out, shape};
      shape.map->each(value, &sink, [](void* to, const std::string& key, const void* item) {
        auto& [into, map, first] = *static_cast<MapSink*>(to);
        if (!first) into += ',';
        first = false;
        append_json_string(into, key);
        into += ':';
        append(into, *map.element, item, TimeFormat::iso8601);
      });
      out += '}';
      return;
    }
    case Kind::blob:
      out += "null";
      return;
    default:
      append_json(out, shape, value, time);
  }
}

}  // namespace

std::string audit_json(const Shape& shape, const void* object) {
  std::string out;
  append_members(out, shape, object);
  return out;
}

}  // namespace tarn::aws
