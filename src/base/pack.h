// Packing of values into the bytes of a row, and back: numbers, texts, in the order they are written.
//
// The reader never goes beyond the bytes it was given: what is cut short or too long throws std::runtime_error.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/time.h"

namespace tarn {

class Packer {
 public:
  explicit Packer(std::string& out) : out_(out) {}

  Packer& byte(std::uint8_t value) { return out_ += static_cast<char>(value), *this; }
  // Big-endian: keeps the order of numbers, so fit for keys.
  Packer& fixed64(std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) out_ += static_cast<char>(value >> shift & 255);
    return *this;
  }
  Packer& fixed16(std::uint16_t value) { return byte(static_cast<std::uint8_t>(value >> 8)).byte(value & 255); }
  // Seven bits a byte, lowest first: small numbers are short.
  Packer& number(std::uint64_t value) {
    for (; value > 127; value >>= 7) out_ += static_cast<char>((value & 127) | 128);
    out_ += static_cast<char>(value);
    return *this;
  }
  Packer& text(std::string_view value) {
    number(value.size());
    out_ += value;
    return *this;
  }
  // From 1970 on.
  Packer& time(Timestamp value) { return number(static_cast<std::uint64_t>(to_millis(value))); }

 private:
  std::string& out_;
};

class Unpacker {
 public:
  explicit Unpacker(std::string_view in) : in_(in) {}

  std::uint8_t byte() {
    need(1);
    const auto value = static_cast<std::uint8_t>(in_[0]);
    in_.remove_prefix(1);
    return value;
  }
  std::uint64_t fixed64() {
    need(8);
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8 | static_cast<unsigned char>(in_[i]);
    in_.remove_prefix(8);
    return value;
  }
  std::uint16_t fixed16() {
    const std::uint16_t high = byte();
    return static_cast<std::uint16_t>(high << 8 | byte());
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint8_t next = byte();
      value |= static_cast<std::uint64_t>(next & 127) << shift;
      if (next < 128) return value;
    }
    throw std::runtime_error("a row's number is too long");
  }
  // A view into the row.
  std::string_view text() { return bytes(number()); }
  std::string_view bytes(std::uint64_t size) {
    need(size);
    const std::string_view value = in_.substr(0, size);
    in_.remove_prefix(size);
    return value;
  }
  Timestamp time() { return from_millis(static_cast<std::int64_t>(number())); }
  // What is left; for readers of their own.
  std::string_view& rest() { return in_; }

 private:
  void need(std::uint64_t size) const {
    if (in_.size() < size) throw std::runtime_error("a row is cut short");
  }
  std::string_view in_;
};

}  // namespace tarn
