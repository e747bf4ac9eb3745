// The low-level call of OpenSSL lets the state be taken from lanes and given back to them.
#define OPENSSL_API_COMPAT 10100

#include "base/md5_lanes.h"

#include <openssl/md5.h>

#include <bit>
#include <cassert>
#include <cstring>
#include <utility>
#include <vector>

namespace tarn {
namespace {

void run_one(const Md5Lane& lane, std::size_t blocks) {
  MD5_CTX context{};
  Md5State& state = *lane.state;
  context.A = state[0];
  context.B = state[1];
  context.C = state[2];
  context.D = state[3];
  MD5_Update(&context, lane.bytes, blocks * md5_block_bytes);
  state = {context.A, context.B, context.C, context.D};
}

void run_scalar(std::span<const Md5Lane> lanes, std::size_t blocks) {
  for (const Md5Lane& lane : lanes) run_one(lane, blocks);
}

#if defined(__x86_64__)

// RFC 1321, 3.4: the sines of 1 to 64.
constexpr std::uint32_t sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};
constexpr int rotations[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

// Everything below is inlined into a function that has the vectors' instructions; vectors go by reference, as a
// function without those instructions has no way to be given them.
#define TARN_INLINE [[gnu::always_inline]] inline

using Words8 = std::uint32_t __attribute__((vector_size(32)));
using Words16 = std::uint32_t __attribute__((vector_size(64)));

template <int step, typename Vector>
TARN_INLINE void one_step(Vector (&state)[4], const Vector (&words)[16]) {
  constexpr int round = step / 16;
  constexpr int word = (round == 0 ? step : round == 1 ? 5 * step + 1 : round == 2 ? 3 * step + 5 : 7 * step) % 16;
  constexpr int turn = rotations[round][step % 4];
  // The registers change their roles with each step.
  Vector& a = state[(64 - step) % 4];
  const Vector& b = state[(65 - step) % 4];
  const Vector& c = state[(66 - step) % 4];
  const Vector& d = state[(67 - step) % 4];
  // The sum that does not wait for the step before comes first.
  a += words[word] + sines[step];
  if constexpr (round == 0) {
    a += d ^ (b & (c ^ d));
  } else if constexpr (round == 1) {
    a += c ^ (d & (b ^ c));
  } else if constexpr (round == 2) {
    a += b ^ c ^ d;
  } else {
    a += c ^ (b | ~d);
  }
  a = (a << turn | a >> (32 - turn)) + b;
}

template <typename Vector, int... steps>
TARN_INLINE void all_steps(Vector (&state)[4], const Vector (&words)[16], std::integer_sequence<int, steps...>) {
  (one_step<steps>(state, words), ...);
}

template <typename Vector>
TARN_INLINE void load(Vector& into, const std::byte* bytes) {
  std::memcpy(&into, bytes, sizeof into);
}

// words[i] gets the i-th word of every lane. In three or four stages, each of which doubles what lies together.
TARN_INLINE void transpose(const Words8 (&rows)[8], Words8* words) {
  Words8 pairs[8];
  for (int i = 0; i < 8; i += 2) {
    pairs[i] = __builtin_shufflevector(rows[i], rows[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    pairs[i + 1] = __builtin_shufflevector(rows[i], rows[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  Words8 fours[8];
  for (int i = 0; i < 8; i += 4) {
    for (int half = 0; half < 2; ++half) {
      const Words8& first = pairs[i + half];
      const Words8& second = pairs[i + 2 + half];
      fours[i + 2 * half] = __builtin_shufflevector(first, second, 0, 1, 8, 9, 4, 5, 12, 13);
      fours[i + 2 * half + 1] = __builtin_shufflevector(first, second, 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
  for (int i = 0; i < 4; ++i) {
    words[i] = __builtin_shufflevector(fours[i], fours[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    words[i + 4] = __builtin_shufflevector(fours[i], fours[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

TARN_INLINE void transpose(const Words16 (&rows)[16], Words16 (&words)[16]) {
  Words16 pairs[16];
  for (int i = 0; i < 16; i += 2) {
    pairs[i] = __builtin_shufflevector(rows[i], rows[i + 1], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
    pairs[i + 1] =
        __builtin_shufflevector(rows[i], rows[i + 1], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
  }
  Words16 fours[16];
  for (int i = 0; i < 16; i += 4) {
    for (int half = 0; half < 2; ++half) {
      const Words16& first = pairs[i + half];
      const Words16& second = pairs[i + 2 + half];
      fours[i + 2 * half] =
          __builtin_shufflevector(first, second, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
      fours[i + 2 * half + 1] =
          __builtin_shufflevector(first, second, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    }
  }
  // fours[4 * group + i] has the words i, i + 4, i + 8 and i + 12 of the four lanes of its group.
  for (int i = 0; i < 4; ++i) {
    const Words16 even_low =
        __builtin_shufflevector(fours[i], fours[i + 4], 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    const Words16 odd_low =
        __builtin_shufflevector(fours[i], fours[i + 4], 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    const Words16 even_high =
        __builtin_shufflevector(fours[i + 8], fours[i + 12], 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    const Words16 odd_high = __builtin_shufflevector(fours[i + 8], fours[i + 12], 4, 5, 6, 7, 12, 13, 14, 15, 20, 21,
                                                     22, 23, 28, 29, 30, 31);
    words[i] = __builtin_shufflevector(even_low, even_high, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    words[i + 4] = __builtin_shufflevector(odd_low, odd_high, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    words[i + 8] =
        __builtin_shufflevector(even_low, even_high, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    words[i + 12] =
        __builtin_shufflevector(odd_low, odd_high, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  }
}

TARN_INLINE void load_words(const std::byte* const (&at)[8], std::size_t offset, Words8 (&words)[16]) {
  for (int half = 0; half < 2; ++half) {
    Words8 rows[8];
    for (int lane = 0; lane < 8; ++lane) load(rows[lane], at[lane] + offset + 32 * half);
    transpose(rows, words + 8 * half);
  }
}

TARN_INLINE void load_words(const std::byte* const (&at)[16], std::size_t offset, Words16 (&words)[16]) {
  Words16 rows[16];
  for (int lane = 0; lane < 16; ++lane) load(rows[lane], at[lane] + offset);
  transpose(rows, words);
}

// Lanes without a message do the first one's work again, for nobody.
template <typename Vector, int count>
TARN_INLINE void run_lanes(std::span<const Md5Lane> lanes, std::size_t blocks) {
  const std::byte* at[count];
  Vector state[4];
  for (int lane = 0; lane < count; ++lane) {
    const Md5Lane& own = lanes[static_cast<std::size_t>(lane) < lanes.size() ? static_cast<std::size_t>(lane) : 0];
    at[lane] = own.bytes;
    for (std::size_t i = 0; i < 4; ++i) state[i][lane] = (*own.state)[i];
  }
  for (std::size_t offset = 0; offset < blocks * md5_block_bytes; offset += md5_block_bytes) {
    Vector words[16];
    load_words(at, offset, words);
    const Vector before[4] = {state[0], state[1], state[2], state[3]};
    all_steps(state, words, std::make_integer_sequence<int, 64>());
    for (int i = 0; i < 4; ++i) state[i] += before[i];
  }
  for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
    for (std::size_t i = 0; i < 4; ++i) (*lanes[lane].state)[i] = state[i][lane];
  }
}

__attribute__((target("avx512f"))) void run_avx512(std::span<const Md5Lane> lanes, std::size_t blocks) {
  run_lanes<Words16, 16>(lanes, blocks);
}

__attribute__((target("avx2"))) void run_avx2(std::span<const Md5Lane> lanes, std::size_t blocks) {
  run_lanes<Words8, 8>(lanes, blocks);
}

#undef TARN_INLINE

#endif

std::vector<Md5Kernel> find_kernels() {
  std::vector<Md5Kernel> kernels;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) {
    kernels.push_back({.name = "AVX-512", .lanes = 16, .from = 2, .run = run_avx512});
  }
  if (__builtin_cpu_supports("avx2")) kernels.push_back({.name = "AVX2", .lanes = 8, .from = 2, .run = run_avx2});
#endif
  kernels.push_back({.name = "one lane", .lanes = 1, .from = 1, .run = run_scalar});
  return kernels;
}

}  // namespace

std::span<const Md5Kernel> md5_kernels() {
  static const std::vector<Md5Kernel> kernels = find_kernels();
  return kernels;
}

void md5_advance(const Md5Kernel& kernel, std::span<const Md5Lane> lanes, std::size_t blocks) {
  assert(lanes.size() <= kernel.lanes);
  if (lanes.empty() || blocks == 0) return;
  lanes.size() < kernel.from ? run_scalar(lanes, blocks) : kernel.run(lanes, blocks);
}

}  // namespace tarn
