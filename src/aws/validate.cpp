#include "aws/validate.h"

#include <algorithm>

#include "aws/pattern.h"
#include "aws/types.h"

namespace tarn::aws {
namespace {

constexpr std::size_t kShownBytes = 256;  // Of a value in a message.

// Lengths of text are counted in characters.
std::int64_t characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

void check(const Shape& shape, const void* value, const Path& path, Reading& reading);

std::string shown(const Shape& shape, const void* value) {
  if (shape.sensitive) return "Value";
  if (shape.kind == Kind::list || shape.kind == Kind::map) return "Value";
  std::string text = text_of(shape, value, TimeFormat::iso8601);
  if (text.size() > kShownBytes) {
    std::size_t end = kShownBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text.resize(end);
    text += "...";
  }
  return "Value '" + text + "'";
}

void violated(const Shape& shape, const void* value, const Path& path, std::string constraint, Reading& reading) {
  reading.violations.add({.value = shown(shape, value),
                          .path = path.text(),
                          .constraint = std::move(constraint),
                          .member = reading.member,
                          .shape = &shape});
}

void check_bounds(const Shape& shape, const void* value, std::int64_t size, const char* what, const Path& path,
                  Reading& reading) {
  if (shape.max != kNoMax && size > shape.max) {
    violated(shape, value, path,
             std::string("Member must have ") + what + " less than or equal to " + std::to_string(shape.max), reading);
  }
  if (shape.min != kNoMin && size < shape.min) {
    violated(shape, value, path,
             std::string("Member must have ") + what + " greater than or equal to " + std::to_string(shape.min),
             reading);
  }
}

void check_text(const Shape& shape, const std::string& text, const Path& path, Reading& reading) {
  if (shape.min != kNoMin || shape.max != kNoMax) {
    check_bounds(shape, &text, characters(text), "length", path, reading);
  }
  if (shape.pattern && !shape.pattern->matches(text)) {
    violated(shape, &text, path,
             "Member must satisfy regular expression pattern: " + std::string(shape.pattern->text()), reading);
  }
  if (!shape.values.empty() && !enum_value(shape, text)) reading.not_in_enum(shape, text, path);
}

void check_structure(const Shape& shape, const void* object, const Path* path, Reading& reading) {
  std::size_t present = 0;
  const bool outermost = path == nullptr;
  for (const Member& member : shape.members) {
    const void* value = member_value(member, object);
    if (!value) continue;
    ++present;
    if (outermost) reading.member = &member;
    check(*member.shape, value, Path{.parent = path, .name = member.name}, reading);
  }
  if (outermost) reading.member = nullptr;
  if (shape.is_union && present != 1 && path) {
    reading.violations.add({.value = "Value",
                            .path = path->text(),
                            .constraint = "Member must have exactly one of its members set",
                            .member = reading.member,
                            .shape = &shape});
  }
}

struct MapSink {
  const Shape& shape;
  const Path& path;
  Reading& reading;
};

void check(const Shape& shape, const void* value, const Path& path, Reading& reading) {
  switch (shape.kind) {
    case Kind::text:
      check_text(shape, *static_cast<const std::string*>(value), path, reading);
      break;
    case Kind::blob:
      check_bounds(shape, value, static_cast<std::int64_t>(static_cast<const std::string*>(value)->size()), "length",
                   path, reading);
      break;
    case Kind::int32:
      check_bounds(shape, value, *static_cast<const std::int32_t*>(value), "value", path, reading);
      break;
    case Kind::int64:
      check_bounds(shape, value, *static_cast<const std::int64_t*>(value), "value", path, reading);
      break;
    case Kind::float32:
    case Kind::float64: {
      const double number =
          shape.kind == Kind::float32 ? *static_cast<const float*>(value) : *static_cast<const double*>(value);
      if (shape.max != kNoMax && number > static_cast<double>(shape.max)) {
        violated(shape, value, path, "Member must have value less than or equal to " + std::to_string(shape.max),
                 reading);
      }
      if (shape.min != kNoMin && number < static_cast<double>(shape.min)) {
        violated(shape, value, path, "Member must have value greater than or equal to " + std::to_string(shape.min),
                 reading);
      }
      break;
    }
    case Kind::list: {
      const std::size_t size = shape.list->size(value);
      check_bounds(shape, value, static_cast<std::int64_t>(size), "length", path, reading);
      for (std::size_t i = 0; i < size; ++i) {
        check(*shape.element, shape.list->at(value, i), Path{.parent = &path, .name = {}, .index = i + 1}, reading);
      }
      break;
    }
    case Kind::map: {
      check_bounds(shape, value, static_cast<std::int64_t>(shape.map->size(value)), "length", path, reading);
      MapSink sink{shape, path, reading};
      shape.map->each(value, &sink, [](void* to, const std::string& key, const void* item) {
        const auto& [map, at, into] = *static_cast<MapSink*>(to);
        if (map.key) check_text(*map.key, key, Path{.parent = &at, .name = "key"}, into);
        check(*map.element, item, Path{.parent = &at, .name = key}, into);
      });
      break;
    }
    case Kind::structure:
      check_structure(shape, value, &path, reading);
      break;
    case Kind::boolean:
    case Kind::enumeration:
    case Kind::timestamp:
    case Kind::json:
    case Kind::stream:
      break;
  }
}

}  // namespace

void validate(const Shape& shape, const void* object, Reading& reading) {
  check_structure(shape, object, nullptr, reading);
}

}  // namespace tarn::aws
