// Cryptographic digests, over OpenSSL (SHA-NI where the CPU has it). Results are raw bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/encoding.h"

namespace tarn {

enum class DigestKind { md5, sha1, sha256, sha512 };

// A digest over bytes that arrive in pieces.
class Digest {
 public:
  explicit Digest(DigestKind kind);
  ~Digest();
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;

  void update(std::span<const std::byte> bytes);
  // Raw bytes; afterwards only destruction is allowed.
  std::string finish();
  // What finish() would give now; more may be added.
  std::string peek() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

using Sha256 = std::array<std::byte, 32>;

std::string md5(std::span<const std::byte> bytes);
std::string sha1(std::span<const std::byte> bytes);
Sha256 sha256(std::span<const std::byte> bytes);
inline Sha256 sha256(std::string_view text) {
  return sha256(as_bytes(text));
}
Sha256 hmac_sha256(std::span<const std::byte> key, std::span<const std::byte> message);
inline Sha256 hmac_sha256(std::string_view key, std::string_view message) {
  return hmac_sha256(as_bytes(key), as_bytes(message));
}

// HMAC-SHA-256 under a key that is used again and again: what follows from the key alone is computed once.
class HmacSha256 {
 public:
  explicit HmacSha256(std::span<const std::byte> key);
  Sha256 operator()(std::span<const std::byte> message) const;

 private:
  using State = std::array<std::uint64_t, 14>;  // A SHA256_CTX, whose header is not for everybody.
  State inner_;
  State outer_;
};

std::string hmac_sha1(std::string_view key, std::string_view message);

}  // namespace tarn
