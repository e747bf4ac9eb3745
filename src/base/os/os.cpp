#include <openssl/rand.h>

#include <cstring>
#include <stdexcept>

#include "base/encoding.h"
#include "base/os/clock.h"
#include "base/os/random.h"

namespace tarn {

Timestamp SystemClock::now() const {
  return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
}

Timestamp LakeClock::now() const {
  return SystemClock().now() + advanced();
}

void LakeClock::advance(Milliseconds by) {
  if (by.count() > 0) advanced_.fetch_add(by.count());
}

std::uint64_t Random::next() {
  std::uint64_t value;
  fill(std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

std::string Random::text(std::size_t length, std::string_view alphabet) {
  // Bytes beyond the last whole multiple would favour the first characters.
  const unsigned limit = 256 - 256 % alphabet.size();
  std::string out;
  while (out.size() < length) {
    std::byte pool[64];
    fill(pool);
    for (const std::byte b : pool) {
      if (out.size() == length) break;
      if (std::to_integer<unsigned>(b) < limit) out += alphabet[std::to_integer<unsigned>(b) % alphabet.size()];
    }
  }
  return out;
}

std::string Random::uuid() {
  std::byte raw[16];
  fill(raw);
  raw[6] = (raw[6] & std::byte{0x0f}) | std::byte{0x40};
  raw[8] = (raw[8] & std::byte{0x3f}) | std::byte{0x80};
  std::string hex = to_hex(raw);
  for (const std::size_t at : {8, 13, 18, 23}) hex.insert(at, 1, '-');
  return hex;
}

void SystemRandom::fill(std::span<std::byte> out) {
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size())) != 1) {
    throw std::runtime_error("the system gives no random bytes");
  }
}

void SeededRandom::fill(std::span<std::byte> out) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < out.size(); i += sizeof(std::uint64_t)) {
    const std::uint64_t word = engine_();
    std::memcpy(out.data() + i, &word, std::min(sizeof word, out.size() - i));
  }
}

}  // namespace tarn
