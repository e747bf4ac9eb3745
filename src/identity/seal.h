// Sealing: bytes that only this server can read and nobody can change. AES-256-GCM.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/os/random.h"

namespace tarn::identity {

class Seal {
 public:
  static constexpr std::size_t key_bytes = 32;

  // `key` has key_bytes bytes; `purpose` keeps what is sealed for one thing from being opened as another.
  Seal(std::string_view key, std::string purpose);

  // Nonce (12 bytes, random), ciphertext, tag (16 bytes).
  std::string close(std::string_view plain, Random& random) const;
  std::optional<std::string> open(std::string_view sealed) const;

 private:
  std::string key_;
  std::string purpose_;
};

}  // namespace tarn::identity
