// MD5's inner loop over several messages at once, a message in each lane of the CPU's vectors.
//
// One MD5 is a chain of dependent steps, so a core that hashes one message idles most of the time; sixteen messages
// side by side (AVX-512; eight with AVX2) take about as long as one. Who has the messages is md5_stream.h's business.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tarn {

using Md5State = std::array<std::uint32_t, 4>;
inline constexpr Md5State md5_begin = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
inline constexpr std::size_t md5_block_bytes = 64;

// What becomes of `state` over the blocks from `bytes` on.
struct Md5Lane {
  Md5State* state = nullptr;
  const std::byte* bytes = nullptr;
};

// A way to do it that this CPU has. `from` lanes on it is quicker than one message after the other.
struct Md5Kernel {
  const char* name;
  std::size_t lanes;
  std::size_t from;
  void (*run)(std::span<const Md5Lane> lanes, std::size_t blocks);
};

// All that this CPU has, the best first; the last is OpenSSL's, of one lane.
std::span<const Md5Kernel> md5_kernels();

// Takes each of `lanes`, at most kernel.lanes of them, `blocks` blocks further.
void md5_advance(const Md5Kernel& kernel, std::span<const Md5Lane> lanes, std::size_t blocks);

}  // namespace tarn
