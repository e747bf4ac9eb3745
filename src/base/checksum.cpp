#include "base/checksum.h"

#include <isa-l/crc.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tarn {
namespace {

struct Spelling {
  ChecksumAlgorithm algorithm;
  std::string_view name;
  std::string_view header;
  std::size_t size;
};

constexpr std::array<Spelling, last_checksum_algorithm> spellings{{
    {ChecksumAlgorithm::crc32, "CRC32", "x-amz-checksum-crc32", 4},
    {ChecksumAlgorithm::crc32c, "CRC32C", "x-amz-checksum-crc32c", 4},
    {ChecksumAlgorithm::crc64nvme, "CRC64NVME", "x-amz-checksum-crc64nvme", 8},
    {ChecksumAlgorithm::sha1, "SHA1", "x-amz-checksum-sha1", 20},
    {ChecksumAlgorithm::sha256, "SHA256", "x-amz-checksum-sha256", 32},
    {ChecksumAlgorithm::sha512, "SHA512", "x-amz-checksum-sha512", 64},
    {ChecksumAlgorithm::md5, "MD5", "x-amz-checksum-md5", 16},
    {ChecksumAlgorithm::xxhash64, "XXHASH64", "x-amz-checksum-xxhash64", 8},
    {ChecksumAlgorithm::xxhash3, "XXHASH3", "x-amz-checksum-xxhash3", 8},
    {ChecksumAlgorithm::xxhash128, "XXHASH128", "x-amz-checksum-xxhash128", 16},
}};

const Spelling& spelling(ChecksumAlgorithm algorithm) {
  return spellings[static_cast<std::size_t>(algorithm) - 1];
}

// The polynomials, reflected: bit 0 of the word is the highest power but the leading one.
constexpr std::uint64_t crc32_polynomial = 0xedb88320;
constexpr std::uint64_t crc32c_polynomial = 0x82f63b78;
constexpr std::uint64_t crc64nvme_polynomial = 0x9a6c9329ac4bc9b5;

constexpr std::uint64_t polynomial_of(ChecksumAlgorithm algorithm) {
  return algorithm == ChecksumAlgorithm::crc32    ? crc32_polynomial
         : algorithm == ChecksumAlgorithm::crc32c ? crc32c_polynomial
                                                  : crc64nvme_polynomial;
}

// a·b modulo the polynomial of `bits` bits; all reflected.
constexpr std::uint64_t multiply(std::uint64_t a, std::uint64_t b, std::uint64_t polynomial, int bits) {
  std::uint64_t product = 0;
  for (int i = bits - 1; i >= 0; --i) {
    if (a >> i & 1) product ^= b;
    b = b & 1 ? b >> 1 ^ polynomial : b >> 1;
  }
  return product;
}

// x to the power of `exponent`, modulo the polynomial.
constexpr std::uint64_t power_of_x(std::uint64_t exponent, std::uint64_t polynomial, int bits) {
  std::uint64_t result = std::uint64_t{1} << (bits - 1);
  std::uint64_t square = std::uint64_t{1} << (bits - 2);
  for (; exponent; exponent >>= 1) {
    if (exponent & 1) result = multiply(result, square, polynomial, bits);
    square = multiply(square, square, polynomial, bits);
  }
  return result;
}

constexpr auto crc64_table = [] {
  std::array<std::array<std::uint64_t, 256>, 8> table{};
  for (std::uint64_t i = 0; i < 256; ++i) {
    std::uint64_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ crc64nvme_polynomial : crc >> 1;
    table[0][i] = crc;
  }
  for (std::size_t k = 1; k < 8; ++k) {
    for (std::size_t i = 0; i < 256; ++i) table[k][i] = table[0][table[k - 1][i] & 255] ^ table[k - 1][i] >> 8;
  }
  return table;
}();

std::uint64_t load64(const std::byte* bytes) {
  std::uint64_t word = 0;
  for (int i = 7; i >= 0; --i) word = word << 8 | static_cast<std::uint64_t>(bytes[i]);
  return word;
}

// Without the inversions before and after. Eight bytes a step by tables.
std::uint64_t crc64_by_tables(std::uint64_t crc, std::span<const std::byte> bytes) {
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    crc ^= load64(bytes.data());
    std::uint64_t next = 0;
    for (std::size_t i = 0; i < 8; ++i) next ^= crc64_table[7 - i][crc >> (8 * i) & 255];
    crc = next;
  }
  for (const std::byte byte : bytes) crc = crc64_table[0][(crc ^ static_cast<std::uint64_t>(byte)) & 255] ^ crc >> 8;
  return crc;
}

#if defined(__x86_64__)

// Moves a 16-byte remainder forward by `distance` bits: its first half is multiplied by x^(distance + 64), its second
// by x^distance. One less, as the product of two reflected words stands one bit to the left.
constexpr std::uint64_t fold_first(std::uint64_t distance) {
  return power_of_x(distance + 63, crc64nvme_polynomial, 64);
}
constexpr std::uint64_t fold_second(std::uint64_t distance) {
  return power_of_x(distance - 1, crc64nvme_polynomial, 64);
}

__attribute__((target("pclmul,sse4.1"))) __m128i fold(__m128i remainder, __m128i keys, __m128i next) {
  const __m128i first = _mm_clmulepi64_si128(remainder, keys, 0x00);
  const __m128i second = _mm_clmulepi64_si128(remainder, keys, 0x11);
  return _mm_xor_si128(_mm_xor_si128(first, second), next);
}

// Four remainders of 16 bytes side by side, at least 128 bytes; what is left at the end goes through the tables.
__attribute__((target("pclmul,sse4.1"))) std::uint64_t crc64_by_folding(std::uint64_t crc,
                                                                        std::span<const std::byte> bytes) {
  constexpr std::uint64_t far_first = fold_first(512);
  constexpr std::uint64_t far_second = fold_second(512);
  constexpr std::uint64_t near_first = fold_first(128);
  constexpr std::uint64_t near_second = fold_second(128);
  const __m128i far = _mm_set_epi64x(static_cast<long long>(far_second), static_cast<long long>(far_first));
  const __m128i near = _mm_set_epi64x(static_cast<long long>(near_second), static_cast<long long>(near_first));

  const auto* at = reinterpret_cast<const __m128i*>(bytes.data());
  __m128i lane[4];
  for (int i = 0; i < 4; ++i) lane[i] = _mm_loadu_si128(at + i);
  lane[0] = _mm_xor_si128(lane[0], _mm_cvtsi64_si128(static_cast<long long>(crc)));
  std::size_t left = bytes.size() - 64;
  for (at += 4; left >= 64; left -= 64, at += 4) {
    for (int i = 0; i < 4; ++i) lane[i] = fold(lane[i], far, _mm_loadu_si128(at + i));
  }
  __m128i remainder = lane[0];
  for (int i = 1; i < 4; ++i) remainder = fold(remainder, near, lane[i]);

  std::array<std::byte, 16> last;
  _mm_storeu_si128(reinterpret_cast<__m128i*>(last.data()), remainder);
  return crc64_by_tables(crc64_by_tables(0, last), bytes.last(left));
}

__attribute__((target("avx512f,vpclmulqdq"))) __m512i fold_wide(__m512i remainder, __m512i keys, __m512i next) {
  const __m512i first = _mm512_clmulepi64_epi128(remainder, keys, 0x00);
  const __m512i second = _mm512_clmulepi64_epi128(remainder, keys, 0x11);
  return _mm512_xor_si512(_mm512_xor_si512(first, second), next);
}

// Sixteen remainders of 16 bytes, at least 512 bytes; how much is left at the end goes to `left`.
__attribute__((target("avx512f,vpclmulqdq"))) std::uint64_t crc64_by_wide_folding(std::uint64_t crc,
                                                                                  std::span<const std::byte> bytes,
                                                                                  std::size_t& left) {
  const auto keys_of = [](std::uint64_t first, std::uint64_t second) __attribute__((target("avx512f"))) {
    return _mm512_broadcast_i32x4(_mm_set_epi64x(static_cast<long long>(second), static_cast<long long>(first)));
  };
  constexpr std::uint64_t far_first = fold_first(2048);
  constexpr std::uint64_t far_second = fold_second(2048);
  constexpr std::uint64_t near_first = fold_first(512);
  constexpr std::uint64_t near_second = fold_second(512);
  const __m512i far = keys_of(far_first, far_second);
  const __m512i near = keys_of(near_first, near_second);

  const std::byte* at = bytes.data();
  __m512i lane[4];
  for (int i = 0; i < 4; ++i) lane[i] = _mm512_loadu_si512(at + 64 * i);
  const __m128i before = _mm_cvtsi64_si128(static_cast<long long>(crc));
  lane[0] = _mm512_xor_si512(lane[0], _mm512_zextsi128_si512(before));
  left = bytes.size() - 256;
  for (at += 256; left >= 256; left -= 256, at += 256) {
    for (int i = 0; i < 4; ++i) lane[i] = fold_wide(lane[i], far, _mm512_loadu_si512(at + 64 * i));
  }
  __m512i remainder = lane[0];
  for (int i = 1; i < 4; ++i) remainder = fold_wide(remainder, near, lane[i]);

  std::array<std::byte, 64> last;
  _mm512_storeu_si512(last.data(), remainder);
  return crc64_by_tables(0, last);
}

bool can_fold() {
  static const bool can = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
  return can;
}

bool can_fold_wide() {
  static const bool can = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("vpclmulqdq");
  return can;
}

#endif

std::string big_endian(std::uint64_t value, std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[size - 1 - i] = static_cast<char>(value >> (8 * i) & 255);
  return out;
}

std::uint64_t from_big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

}  // namespace

std::string_view name_of(ChecksumAlgorithm algorithm) {
  return spelling(algorithm).name;
}

std::optional<ChecksumAlgorithm> parse_checksum_algorithm(std::string_view name) {
  for (const Spelling& known : spellings) {
    if (equal_ignoring_case(known.name, name)) return known.algorithm;
  }
  return std::nullopt;
}

std::string_view header_of(ChecksumAlgorithm algorithm) {
  return spelling(algorithm).header;
}

std::optional<ChecksumAlgorithm> checksum_algorithm_of_header(std::string_view header) {
  for (const Spelling& known : spellings) {
    if (equal_ignoring_case(known.header, header)) return known.algorithm;
  }
  return std::nullopt;
}

std::size_t checksum_size(ChecksumAlgorithm algorithm) {
  return spelling(algorithm).size;
}

std::uint32_t crc32(std::uint32_t crc, std::span<const std::byte> bytes) {
  return crc32_gzip_refl(crc, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

std::uint32_t crc32c(std::uint32_t crc, std::span<const std::byte> bytes) {
  crc = ~crc;
  // The library counts in ints.
  constexpr std::size_t most = 1 << 30;
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), most);
    auto* data = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(bytes.data()));
    crc = crc32_iscsi(data, static_cast<int>(count), crc);
    bytes = bytes.subspan(count);
  }
  return ~crc;
}

std::uint64_t crc64nvme(std::uint64_t crc, std::span<const std::byte> bytes) {
  crc = ~crc;
#if defined(__x86_64__)
  if (bytes.size() >= 512 && can_fold_wide()) {
    std::size_t left = 0;
    crc = crc64_by_wide_folding(crc, bytes, left);
    bytes = bytes.last(left);
  }
  if (bytes.size() >= 128 && can_fold()) return ~crc64_by_folding(crc, bytes);
#endif
  return ~crc64_by_tables(crc, bytes);
}

// One of xxHash's three, seeded with 0.
struct Checksum::XxHash {
  explicit XxHash(ChecksumAlgorithm algorithm) : old(algorithm == ChecksumAlgorithm::xxhash64) {
    if (old) {
      XXH64_reset(state64.get(), 0);
    } else if (algorithm == ChecksumAlgorithm::xxhash3) {
      XXH3_64bits_reset(state3.get());
    } else {
      XXH3_128bits_reset(state3.get());
    }
  }
  void update(ChecksumAlgorithm algorithm, std::span<const std::byte> bytes) {
    if (old) {
      XXH64_update(state64.get(), bytes.data(), bytes.size());
    } else if (algorithm == ChecksumAlgorithm::xxhash3) {
      XXH3_64bits_update(state3.get(), bytes.data(), bytes.size());
    } else {
      XXH3_128bits_update(state3.get(), bytes.data(), bytes.size());
    }
  }
  std::string finish(ChecksumAlgorithm algorithm) {
    if (old) return big_endian(XXH64_digest(state64.get()), 8);
    if (algorithm == ChecksumAlgorithm::xxhash3) return big_endian(XXH3_64bits_digest(state3.get()), 8);
    const XXH128_hash_t both = XXH3_128bits_digest(state3.get());
    return big_endian(both.high64, 8) + big_endian(both.low64, 8);
  }

  struct Free {
    void operator()(XXH64_state_t* state) const { XXH64_freeState(state); }
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  bool old;
  std::unique_ptr<XXH64_state_t, Free> state64{old ? XXH64_createState() : nullptr};
  std::unique_ptr<XXH3_state_t, Free> state3{old ? nullptr : XXH3_createState()};
};

Checksum::Checksum(ChecksumAlgorithm algorithm) : algorithm_(algorithm) {
  switch (algorithm) {
    case ChecksumAlgorithm::crc32:
    case ChecksumAlgorithm::crc32c:
    case ChecksumAlgorithm::crc64nvme:
      break;
    case ChecksumAlgorithm::sha1:
      digest_.emplace(DigestKind::sha1);
      break;
    case ChecksumAlgorithm::sha256:
      digest_.emplace(DigestKind::sha256);
      break;
    case ChecksumAlgorithm::sha512:
      digest_.emplace(DigestKind::sha512);
      break;
    case ChecksumAlgorithm::md5:
      digest_.emplace(DigestKind::md5);
      break;
    case ChecksumAlgorithm::xxhash64:
    case ChecksumAlgorithm::xxhash3:
    case ChecksumAlgorithm::xxhash128:
      xxhash_ = std::make_unique<XxHash>(algorithm);
      break;
  }
}

Checksum::~Checksum() = default;
Checksum::Checksum(Checksum&&) noexcept = default;
Checksum& Checksum::operator=(Checksum&&) noexcept = default;

void Checksum::update(std::span<const std::byte> bytes) {
  if (digest_) return digest_->update(bytes);
  if (xxhash_) return xxhash_->update(algorithm_, bytes);
  if (algorithm_ == ChecksumAlgorithm::crc64nvme) {
    crc_ = crc64nvme(crc_, bytes);
  } else if (algorithm_ == ChecksumAlgorithm::crc32) {
    crc_ = crc32(static_cast<std::uint32_t>(crc_), bytes);
  } else {
    crc_ = crc32c(static_cast<std::uint32_t>(crc_), bytes);
  }
}

std::string Checksum::finish() {
  if (xxhash_) return xxhash_->finish(algorithm_);
  return digest_ ? digest_->finish() : big_endian(crc_, checksum_size(algorithm_));
}

std::string checksum_of(ChecksumAlgorithm algorithm, std::span<const std::byte> bytes) {
  Checksum checksum(algorithm);
  checksum.update(bytes);
  return checksum.finish();
}

std::string combine_crc(ChecksumAlgorithm algorithm, std::string_view first, std::string_view second,
                        std::uint64_t second_length) {
  if (!is_crc(algorithm) || first.size() != checksum_size(algorithm) || second.size() != first.size()) {
    throw std::invalid_argument("only CRCs of one kind can be combined");
  }
  const int bits = static_cast<int>(8 * first.size());
  const std::uint64_t polynomial = polynomial_of(algorithm);
  // Eight bits a byte: x^8, to the power of the length.
  std::uint64_t shift = power_of_x(8, polynomial, bits);
  std::uint64_t moved = from_big_endian(first);
  for (std::uint64_t length = second_length; length; length >>= 1) {
    if (length & 1) moved = multiply(moved, shift, polynomial, bits);
    shift = multiply(shift, shift, polynomial, bits);
  }
  return big_endian(moved ^ from_big_endian(second), first.size());
}

}  // namespace tarn
