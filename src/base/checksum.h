// The checksums that S3 knows: CRC32, CRC32C, CRC64NVME (carry-less multiplication where the CPU has it), SHA-1,
// SHA-256, SHA-512, MD5, and xxHash's of 64 and 128 bits.
//
// Values are raw bytes, big-endian as the API spells them in base64.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/digest.h"

namespace tarn {

enum class ChecksumAlgorithm : std::uint8_t {
  crc32 = 1,
  crc32c = 2,
  crc64nvme = 3,
  sha1 = 4,
  sha256 = 5,
  sha512 = 6,
  md5 = 7,
  xxhash64 = 8,
  xxhash3 = 9,
  xxhash128 = 10,
};
inline constexpr std::uint8_t last_checksum_algorithm = 10;

std::string_view name_of(ChecksumAlgorithm algorithm);                             // "CRC32", "CRC64NVME", …
std::optional<ChecksumAlgorithm> parse_checksum_algorithm(std::string_view name);  // Without case.
// "x-amz-checksum-crc32" for CRC32.
std::string_view header_of(ChecksumAlgorithm algorithm);
std::optional<ChecksumAlgorithm> checksum_algorithm_of_header(std::string_view header);

std::size_t checksum_size(ChecksumAlgorithm algorithm);  // Of the raw value.
constexpr bool is_crc(ChecksumAlgorithm algorithm) {
  return algorithm <= ChecksumAlgorithm::crc64nvme;
}

// A checksum over bytes that arrive in pieces.
class Checksum {
 public:
  explicit Checksum(ChecksumAlgorithm algorithm);
  ~Checksum();
  Checksum(Checksum&&) noexcept;
  Checksum& operator=(Checksum&&) noexcept;

  ChecksumAlgorithm algorithm() const { return algorithm_; }
  void update(std::span<const std::byte> bytes);
  // The raw value; afterwards only destruction is allowed.
  std::string finish();

 private:
  ChecksumAlgorithm algorithm_;
  std::uint64_t crc_ = 0;
  std::optional<Digest> digest_;
  struct XxHash;
  std::unique_ptr<XxHash> xxhash_;
};

std::string checksum_of(ChecksumAlgorithm algorithm, std::span<const std::byte> bytes);

// The CRC of two byte strings put together, from the CRC of each and the length of the second: what makes a full-object
// checksum of parts that were sent in any order.
std::string combine_crc(ChecksumAlgorithm algorithm, std::string_view first, std::string_view second,
                        std::uint64_t second_length);

// The values themselves, as numbers.
std::uint32_t crc32(std::uint32_t crc, std::span<const std::byte> bytes);
std::uint32_t crc32c(std::uint32_t crc, std::span<const std::byte> bytes);
std::uint64_t crc64nvme(std::uint64_t crc, std::span<const std::byte> bytes);

}  // namespace tarn
