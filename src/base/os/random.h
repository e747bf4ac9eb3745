// Randomness behind a seam: the system's for keys and ids, a seeded one where a test must repeat itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <random>
#include <span>
#include <string>

namespace tarn {

class Random {
 public:
  virtual ~Random() = default;
  // Fills `out`; thread-safe.
  virtual void fill(std::span<std::byte> out) = 0;

  std::uint64_t next();
  // `length` characters of `alphabet`, each equally likely (alphabet of 1 to 256 characters).
  std::string text(std::size_t length, std::string_view alphabet);
  // RFC 4122 version 4, lower case.
  std::string uuid();
};

// From the operating system; fit for keys.
class SystemRandom : public Random {
 public:
  void fill(std::span<std::byte> out) override;
};

// Reproducible; never for keys.
class SeededRandom : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(std::span<std::byte> out) override;

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace tarn
