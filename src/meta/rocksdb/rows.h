// How rows lie in RocksDB; see rocksdb_store.h.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

#include "meta/store.h"

namespace tarn::meta {

constexpr char row_format = 1;
constexpr std::size_t row_header_bytes = 9;
using RowHeader = std::array<char, row_header_bytes>;

inline std::string prefix_of(const Partition& partition) {
  std::string prefix;
  prefix.reserve(partition.name.size() + 128);
  prefix = partition.name;
  prefix += '\0';
  return prefix;
}
inline std::string stored_key(const Partition& partition, std::string_view key) {
  std::string stored = prefix_of(partition);
  stored.append(key);
  return stored;
}
// Where the partition's rows end: its name followed by a byte that no prefix has there.
inline std::string partition_end(const Partition& partition) {
  return partition.name + '\1';
}

inline RowHeader make_header(std::uint64_t version) {
  RowHeader header;
  header[0] = row_format;
  for (std::size_t i = 0; i < 8; ++i) header[1 + i] = static_cast<char>(version >> (8 * i) & 0xff);
  return header;
}

inline std::uint64_t version_of(std::string_view stored) {
  if (stored.size() < row_header_bytes || stored[0] != row_format) {
    throw std::runtime_error("a row has a format that this program does not know");
  }
  std::uint64_t version = 0;
  for (std::size_t i = 8; i > 0; --i) version = version << 8 | static_cast<unsigned char>(stored[i]);
  return version;
}

}  // namespace tarn::meta
