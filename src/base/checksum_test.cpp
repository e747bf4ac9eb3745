#include "base/checksum.h"

#include <gtest/gtest.h>

#include "base/os/random.h"

namespace tarn {
namespace {

constexpr std::array all_algorithms{
    ChecksumAlgorithm::crc32,   ChecksumAlgorithm::crc32c,   ChecksumAlgorithm::crc64nvme, ChecksumAlgorithm::sha1,
    ChecksumAlgorithm::sha256,  ChecksumAlgorithm::sha512,   ChecksumAlgorithm::md5,       ChecksumAlgorithm::xxhash64,
    ChecksumAlgorithm::xxhash3, ChecksumAlgorithm::xxhash128};

std::string hex_of(ChecksumAlgorithm algorithm, std::string_view text) {
  return to_hex(as_bytes(checksum_of(algorithm, as_bytes(text))));
}

std::string random_bytes(std::size_t size) {
  SeededRandom random(size + 1);
  std::string bytes(size, '\0');
  random.fill({reinterpret_cast<std::byte*>(bytes.data()), bytes.size()});
  return bytes;
}

// The definition, a bit at a time.
std::uint64_t slow_crc64nvme(std::string_view bytes) {
  std::uint64_t crc = ~std::uint64_t{0};
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int i = 0; i < 8; ++i) crc = crc & 1 ? crc >> 1 ^ 0x9a6c9329ac4bc9b5 : crc >> 1;
  }
  return ~crc;
}

// The check values of the catalogue of CRC algorithms (reveng), and of FIPS 180.
TEST(Checksum, KnownValues) {
  EXPECT_EQ(hex_of(ChecksumAlgorithm::crc32, "123456789"), "cbf43926");
  EXPECT_EQ(hex_of(ChecksumAlgorithm::crc32c, "123456789"), "e3069283");
  EXPECT_EQ(hex_of(ChecksumAlgorithm::crc64nvme, "123456789"), "ae8b14860a799888");
  EXPECT_EQ(hex_of(ChecksumAlgorithm::md5, "abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(hex_of(ChecksumAlgorithm::sha512, "abc").substr(0, 32), "ddaf35a193617abacc417349ae204131");
  // Of nothing, as the specification of xxHash gives them.
  EXPECT_EQ(hex_of(ChecksumAlgorithm::xxhash64, ""), "ef46db3751d8e999");
  EXPECT_EQ(hex_of(ChecksumAlgorithm::xxhash3, ""), "2d06800538d394c2");
  EXPECT_EQ(hex_of(ChecksumAlgorithm::xxhash128, ""), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(hex_of(ChecksumAlgorithm::sha1, "abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex_of(ChecksumAlgorithm::sha256, "abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Checksum, OfNothing) {
  EXPECT_EQ(hex_of(ChecksumAlgorithm::crc32, ""), "00000000");
  EXPECT_EQ(hex_of(ChecksumAlgorithm::crc32c, ""), "00000000");
  EXPECT_EQ(hex_of(ChecksumAlgorithm::crc64nvme, ""), "0000000000000000");
}

TEST(Checksum, FoldingGivesWhatTheDefinitionGives) {
  for (std::size_t size = 0; size < 1300; ++size) {
    const std::string bytes = random_bytes(size);
    ASSERT_EQ(crc64nvme(0, as_bytes(bytes)), slow_crc64nvme(bytes)) << size;
  }
}

TEST(Checksum, PiecesGiveWhatTheWholeGives) {
  const std::string bytes = random_bytes(10'000);
  for (const auto algorithm : all_algorithms) {
    Checksum pieces(algorithm);
    std::size_t at = 0;
    for (std::size_t length = 0; at < bytes.size(); length = length * 2 + 1) {
      pieces.update(as_bytes(bytes).subspan(at, std::min(length, bytes.size() - at)));
      at += std::min(length, bytes.size() - at);
    }
    EXPECT_EQ(pieces.finish(), checksum_of(algorithm, as_bytes(bytes))) << name_of(algorithm);
  }
}

TEST(Checksum, CombinesCrcs) {
  for (const auto algorithm : {ChecksumAlgorithm::crc32, ChecksumAlgorithm::crc32c, ChecksumAlgorithm::crc64nvme}) {
    for (const std::size_t split : {0u, 1u, 7u, 500u, 4999u, 5000u}) {
      const std::string bytes = random_bytes(5000);
      const auto first = as_bytes(bytes).first(split);
      const auto second = as_bytes(bytes).subspan(split);
      EXPECT_EQ(combine_crc(algorithm, checksum_of(algorithm, first), checksum_of(algorithm, second), second.size()),
                checksum_of(algorithm, as_bytes(bytes)))
          << name_of(algorithm) << " at " << split;
    }
  }
}

TEST(Checksum, HashesCannotBeCombined) {
  const std::string hash = checksum_of(ChecksumAlgorithm::sha256, {});
  EXPECT_THROW(combine_crc(ChecksumAlgorithm::sha256, hash, hash, 0), std::invalid_argument);
  EXPECT_THROW(combine_crc(ChecksumAlgorithm::crc32, "abcd", "abc", 3), std::invalid_argument);
}

TEST(Checksum, Names) {
  for (const auto algorithm : all_algorithms) {
    EXPECT_EQ(parse_checksum_algorithm(name_of(algorithm)), algorithm);
    EXPECT_EQ(checksum_algorithm_of_header(header_of(algorithm)), algorithm);
    EXPECT_EQ(checksum_of(algorithm, {}).size(), checksum_size(algorithm));
  }
  EXPECT_EQ(parse_checksum_algorithm("crc64nvme"), ChecksumAlgorithm::crc64nvme);
  EXPECT_FALSE(parse_checksum_algorithm("MD4"));
  EXPECT_FALSE(parse_checksum_algorithm(""));
  EXPECT_FALSE(checksum_algorithm_of_header("x-amz-checksum-type"));
}

}  // namespace
}  // namespace tarn
