// FormatError: bytes that are not what their format says. The text tells what is wrong and where.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace tarn::formats {

class FormatError : public std::runtime_error {
 public:
  // `offset`: where in the input, counted in bytes from its start.
  FormatError(const std::string& what, std::uint64_t offset)
      : std::runtime_error(what + " (at byte " + std::to_string(offset) + ")"), offset_(offset) {}
  std::uint64_t offset() const { return offset_; }

 private:
  std::uint64_t offset_;
};

}  // namespace tarn::formats
