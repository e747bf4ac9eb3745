#include "aws/value.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "aws/types.h"
#include "base/encoding.h"

namespace tarn::aws {
namespace {

constexpr std::size_t kNamedViolations = 100;  // More are counted, not named.

template <typename Number>
bool parse_number(std::string_view text, Number& out) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto result = std::from_chars(text.data(), text.data() + text.size(), out);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

bool parse_floating(std::string_view text, double& out) {
  if (text == "NaN") return out = std::numeric_limits<double>::quiet_NaN(), true;
  if (text == "Infinity") return out = std::numeric_limits<double>::infinity(), true;
  if (text == "-Infinity") return out = -std::numeric_limits<double>::infinity(), true;
  return parse_number(text, out) && std::isfinite(out);
}

std::optional<Timestamp> parse_time(std::string_view text, TimeFormat format) {
  double seconds = 0;
  if (format == TimeFormat::unix_seconds && parse_floating(text, seconds) && std::abs(seconds) < 1e14) {
    return from_millis(std::llround(seconds * 1000));
  }
  // Clients mix the other two, and say clearly which they mean.
  if (format == TimeFormat::rfc822) {
    if (const auto time = parse_http_date(text)) return time;
    return parse_iso8601(text);
  }
  if (const auto time = parse_iso8601(text)) return time;
  return parse_http_date(text);
}

[[noreturn]] void refuse(const Shape& shape, std::string_view text, const Reading& reading) {
  throw Malformed("'" + std::string(shape.sensitive ? "***" : text.substr(0, 100)) + "' is not a valid " +
                      std::string(shape.kind == Kind::boolean     ? "boolean"
                                  : shape.kind == Kind::timestamp ? "timestamp"
                                  : shape.kind == Kind::blob      ? "base64 value"
                                                                  : "number"),
                  reading.member, text);
}

std::string lower_first(std::string_view name) {
  std::string text(name);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] + 32);
  return text;
}

}  // namespace

std::string Path::text() const {
  if (index) return (parent ? parent->text() + "." : "") + std::to_string(index) + ".member";
  return (parent ? parent->text() + "." : "") + lower_first(name);
}

void Violations::add(Entry entry) {
  // What is missing is not also too short.
  for (const Entry& other : entries_) {
    if (other.path == entry.path && other.value == "Value null") return;
  }
  ++count_;
  if (entries_.size() < kNamedViolations) entries_.push_back(std::move(entry));
}

std::string Violations::message() const {
  std::string text = std::to_string(count_) + " validation error" + (count_ == 1 ? "" : "s") + " detected: ";
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (i) text += "; ";
    text += entry.value + " at '" + entry.path + "' failed to satisfy constraint: " + entry.constraint;
  }
  return text;
}

void Reading::missing(const Path& path) {
  violations.add(
      {.value = "Value null", .path = path.text(), .constraint = "Member must not be null", .member = member});
}

void Reading::not_in_enum(const Shape& shape, std::string_view text, const Path& path) {
  std::string set;
  for (const std::string_view value : shape.values) set += (set.empty() ? "" : ", ") + std::string(value);
  violations.add({.value = shape.sensitive ? "Value" : "Value '" + std::string(text.substr(0, 256)) + "'",
                  .path = path.text(),
                  .constraint = "Member must satisfy enum value set: [" + set + "]",
                  .member = member,
                  .shape = &shape});
}

void Seen::report(const Shape& shape, const Path* path, Reading& reading, bool body_only) const {
  for (const Member& member : shape.members) {
    if (!member.required || has(shape, member) || (body_only && member.location != Location::body)) continue;
    const Path at{.parent = path, .name = member.name};
    const Member* const outer = reading.member;
    if (!outer) reading.member = &member;
    reading.missing(at);
    reading.member = outer;
  }
}

TimeFormat time_format(const Shape& shape, TimeFormat otherwise) {
  return shape.time != TimeFormat::standard ? shape.time : otherwise;
}

TimeFormat time_format(const Member& member, TimeFormat otherwise) {
  return member.time != TimeFormat::standard ? member.time : time_format(*member.shape, otherwise);
}

bool is_scalar(const Shape& shape) {
  return shape.kind != Kind::structure && shape.kind != Kind::list && shape.kind != Kind::map &&
         shape.kind != Kind::stream;
}

void set_text(const Shape& shape, void* value, std::string_view text, TimeFormat time, const Path& path,
              Reading& reading) {
  switch (shape.kind) {
    case Kind::text:
      static_cast<std::string*>(value)->assign(text);
      return;
    case Kind::json:
      static_cast<Json*>(value)->text.assign(text);
      return;
    case Kind::enumeration:
      if (const auto found = enum_value(shape, text)) {
        *static_cast<std::uint16_t*>(value) = *found;
      } else {
        reading.not_in_enum(shape, text, path);
      }
      return;
    case Kind::boolean:
      if (equal_ignoring_case(text, "true") || equal_ignoring_case(text, "false")) {
        *static_cast<bool*>(value) = text.size() == 4;
        return;
      }
      refuse(shape, text, reading);
    case Kind::int32:
      if (!parse_number(trim(text), *static_cast<std::int32_t*>(value))) refuse(shape, text, reading);
      return;
    case Kind::int64:
      if (!parse_number(trim(text), *static_cast<std::int64_t*>(value))) refuse(shape, text, reading);
      return;
    case Kind::float32:
    case Kind::float64: {
      double number = 0;
      if (!parse_floating(trim(text), number)) refuse(shape, text, reading);
      if (shape.kind == Kind::float32) {
        *static_cast<float*>(value) = static_cast<float>(number);
      } else {
        *static_cast<double*>(value) = number;
      }
      return;
    }
    case Kind::timestamp:
      if (const auto parsed = parse_time(trim(text), time)) {
        *static_cast<Timestamp*>(value) = *parsed;
        return;
      }
      refuse(shape, text, reading);
    case Kind::blob:
      if (auto bytes = from_base64(trim(text))) {
        *static_cast<std::string*>(value) = std::move(*bytes);
        return;
      }
      refuse(shape, text, reading);
    case Kind::structure:
    case Kind::list:
    case Kind::map:
    case Kind::stream:
      break;
  }
  throw Malformed("text where a " + std::string(shape.kind == Kind::list ? "list" : "structure") + " is expected",
                  reading.member);
}

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  char buffer[32];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, value);
  std::string text(buffer, result.ptr);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string unix_seconds_text(Timestamp time) {
  const std::int64_t millis = to_millis(time);
  std::string text = std::to_string(millis / 1000);
  std::int64_t rest = millis % 1000;
  if (rest < 0) {
    if (millis > -1000) text = "-0";
    rest = -rest;
  }
  if (rest == 0) return text;
  char buffer[8] = {'.', static_cast<char>('0' + rest / 100), static_cast<char>('0' + rest / 10 % 10),
                    static_cast<char>('0' + rest % 10)};
  std::string fraction(buffer, 4);
  while (fraction.back() == '0') fraction.pop_back();
  return text + fraction;
}

std::string text_of(const Shape& shape, const void* value, TimeFormat time) {
  switch (shape.kind) {
    case Kind::text:
      return *static_cast<const std::string*>(value);
    case Kind::json:
      return static_cast<const Json*>(value)->text;
    case Kind::enumeration:
      return std::string(enum_text(shape, *static_cast<const std::uint16_t*>(value)));
    case Kind::boolean:
      return *static_cast<const bool*>(value) ? "true" : "false";
    case Kind::int32:
      return std::to_string(*static_cast<const std::int32_t*>(value));
    case Kind::int64:
      return std::to_string(*static_cast<const std::int64_t*>(value));
    case Kind::float32: {
      const float number = *static_cast<const float*>(value);
      char buffer[32];
      if (!std::isfinite(number)) return number_text(number);
      return std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr);
    }
    case Kind::float64:
      return number_text(*static_cast<const double*>(value));
    case Kind::timestamp: {
      const Timestamp at = *static_cast<const Timestamp*>(value);
      if (time == TimeFormat::unix_seconds) return unix_seconds_text(at);
      if (time == TimeFormat::rfc822) return http_date(at);
      return iso8601(at);
    }
    case Kind::blob:
      return to_base64(as_bytes(*static_cast<const std::string*>(value)));
    case Kind::structure:
    case Kind::list:
    case Kind::map:
    case Kind::stream:
      break;
  }
  return {};
}

Found find_value(const Shape& shape, const void* object, std::string_view dotted) {
  Found found{.shape = &shape, .value = object};
  while (!dotted.empty()) {
    const std::string_view name = dotted.substr(0, dotted.find('.'));
    dotted.remove_prefix(std::min(dotted.size(), name.size() + 1));
    const Member* next = nullptr;
    for (const Member& member : found.shape->members) {
      if (member.name != name) continue;
      next = &member;
      break;
    }
    if (!next) return {};
    const void* value = member_value(*next, found.value);
    if (!value) return {};
    found = {.shape = next->shape, .value = value, .member = next};
  }
  return found;
}

}  // namespace tarn::aws
