// The ids of requests. Internal to the pipeline.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/os/random.h"

namespace tarn::aws {

// Names of requests: all different, not secret.
class RequestIds {
 public:
  explicit RequestIds(Random& random) : base_(random.next()) {}
  // As a UUID is written.
  std::string next() {
    const std::uint64_t count = counter_.fetch_add(1, std::memory_order_relaxed);
    const std::uint64_t words[2] = {mixed(base_ + 2 * count), mixed(base_ + 2 * count + 1)};
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string text(36, '-');
    std::size_t at = 0;
    for (std::size_t i = 0; i < 32; ++i) {
      if (i == 8 || i == 12 || i == 16 || i == 20) ++at;
      text[at++] = kHex[words[i / 16] >> (60 - i % 16 * 4) & 15];
    }
    text[14] = '4';
    return text;
  }

 private:
  // The finaliser of splitmix64: a bijection, so that different numbers stay different.
  static std::uint64_t mixed(std::uint64_t value) {
    value *= 0x9E3779B97F4A7C15;
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9;
    value = (value ^ value >> 27) * 0x94D049BB133111EB;
    return value ^ value >> 31;
  }
  std::uint64_t base_;
  std::atomic<std::uint64_t> counter_{0};
};

}  // namespace tarn::aws
