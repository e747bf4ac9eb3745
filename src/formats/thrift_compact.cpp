#include "formats/thrift_compact.h"

namespace tarn::formats {

std::uint8_t ThriftReader::byte() {
  if (at_ >= bytes_.size()) throw FormatError("the Parquet footer ends too early", at_);
  return static_cast<std::uint8_t>(bytes_[at_++]);
}

std::uint64_t ThriftReader::varint() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const std::uint8_t next = byte();
    value |= std::uint64_t(next & 0x7f) << shift;
    if (!(next & 0x80)) return value;
  }
  throw FormatError("a number in the Parquet footer is too long", at_);
}

std::int64_t ThriftReader::integer() {
  const std::uint64_t value = varint();
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

void ThriftReader::enter() {
  if (++level_ >= 64) throw FormatError("the Parquet footer is nested too deeply", at_);
  ids_[level_] = 0;
}

ThriftReader::Field ThriftReader::field() {
  const std::uint8_t head = byte();
  const auto type = static_cast<Type>(head & 0x0f);
  if (type == Type::stop) {
    --level_;
    return {};
  }
  std::int16_t& id = ids_[level_];
  id = head >> 4 ? static_cast<std::int16_t>(id + (head >> 4)) : static_cast<std::int16_t>(integer());
  return {.type = type, .id = id};
}

std::string_view ThriftReader::binary() {
  const std::uint64_t length = varint();
  if (length > bytes_.size() - at_) throw FormatError("a text in the Parquet footer is longer than the footer", at_);
  const auto text = bytes_.substr(at_, length);
  at_ += length;
  return text;
}

std::pair<ThriftReader::Type, std::uint32_t> ThriftReader::list() {
  const std::uint8_t head = byte();
  const std::uint64_t length = head >> 4 == 15 ? varint() : head >> 4;
  // Every element takes a byte at least, so that a lie about the length is found at once.
  if (length > bytes_.size() - at_) throw FormatError("a list in the Parquet footer is longer than the footer", at_);
  return {static_cast<Type>(head & 0x0f), static_cast<std::uint32_t>(length)};
}

void ThriftReader::skip(Type type, int depth) {
  if (depth > 32) throw FormatError("the Parquet footer is nested too deeply", at_);
  switch (type) {
    case Type::yes:
    case Type::no:
      return;
    case Type::i8:
      byte();
      return;
    case Type::i16:
    case Type::i32:
    case Type::i64:
      varint();
      return;
    case Type::number:
      if (bytes_.size() - at_ < 8) throw FormatError("the Parquet footer ends too early", at_);
      at_ += 8;
      return;
    case Type::binary:
      binary();
      return;
    case Type::list:
    case Type::set: {
      const auto [element, length] = list();
      for (std::uint32_t i = 0; i < length; ++i) {
        // Booleans in a list take a byte each.
        if (element == Type::yes || element == Type::no)
          byte();
        else
          skip(element, depth + 1);
      }
      return;
    }
    case Type::map: {
      const std::uint64_t length = varint();
      if (length == 0) return;
      if (length > bytes_.size() - at_) throw FormatError("a map in the Parquet footer is longer than the footer", at_);
      const std::uint8_t types = byte();
      for (std::uint64_t i = 0; i < length; ++i) {
        skip(static_cast<Type>(types >> 4), depth + 1);
        skip(static_cast<Type>(types & 0x0f), depth + 1);
      }
      return;
    }
    case Type::structure:
      enter();
      for (Field inner = field(); inner.type != Type::stop; inner = field()) skip(inner.type, depth + 1);
      return;
    default:
      throw FormatError("the Parquet footer holds an unknown type", at_);
  }
}

}  // namespace tarn::formats
