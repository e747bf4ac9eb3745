#include "aws/model.h"

#include "aws/types.h"

namespace tarn::aws {

std::string_view enum_text(const Shape& shape, std::uint16_t value) {
  return value < shape.values.size() ? shape.values[value] : std::string_view();
}

std::optional<std::uint16_t> enum_value(const Shape& shape, std::string_view text) {
  for (std::size_t i = 0; i < shape.values.size(); ++i) {
    if (shape.values[i] == text) return static_cast<std::uint16_t>(i);
  }
  return std::nullopt;
}

}  // namespace tarn::aws
