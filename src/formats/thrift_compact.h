// Reads Thrift's compact protocol, as far as Parquet's footer needs it. Every length is checked against what is there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "formats/format_error.h"

namespace tarn::formats {

class ThriftReader {
 public:
  enum class Type : std::uint8_t {
    stop = 0,
    yes = 1,
    no = 2,
    i8 = 3,
    i16 = 4,
    i32 = 5,
    i64 = 6,
    number = 7,
    binary = 8,
    list = 9,
    set = 10,
    map = 11,
    structure = 12
  };

  explicit ThriftReader(std::string_view bytes) : bytes_(bytes) {}

  struct Field {
    Type type = Type::stop;
    std::int16_t id = 0;
  };
  // The next field of the structure that was entered last; stop at its end, which leaves it.
  Field field();
  void enter();

  std::int64_t integer();
  std::string_view binary();
  // A list's or set's element type and length.
  std::pair<Type, std::uint32_t> list();
  // Passes over a value of this type, whatever it holds.
  void skip(Type type, int depth = 0);

 private:
  std::uint8_t byte();
  std::uint64_t varint();

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::int16_t ids_[64] = {};
  int level_ = -1;
};

}  // namespace tarn::formats
