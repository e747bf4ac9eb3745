// What the generated structs are made of.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/box.h"
#include "base/error.h"
#include "base/stream.h"
#include "base/task.h"
#include "base/time.h"

namespace tarn::aws {

struct Shape;

// A JSON document, kept as its text: what Tarn stores and returns and does not act on.
struct Json {
  std::string text;
  friend bool operator==(const Json&, const Json&) = default;
};

// The text of an enumeration's value and back; what the generated to_string and parse_enum call.
std::string_view enum_text(const Shape& shape, std::uint16_t value);
std::optional<std::uint16_t> enum_value(const Shape& shape, std::string_view text);

// parse_enum<StorageClass>("GLACIER"); none if the API has no such value.
template <typename Enum>
std::optional<Enum> parse_enum(std::string_view text) {
  const auto value = enum_value(shape_of(static_cast<const Enum*>(nullptr)), text);
  if (!value) return std::nullopt;
  return static_cast<Enum>(*value);
}

}  // namespace tarn::aws
