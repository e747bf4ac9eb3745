// The low-level SHA-256 calls skip OpenSSL 3's look-up of the algorithm at each use; 1.1's API still has them.
#define OPENSSL_API_COMPAT 10100

#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <cstring>
#include <stdexcept>
#include <type_traits>

namespace tarn {
namespace {

// Fetched once: OpenSSL 3 looks an algorithm up by name at each use of EVP_md5() and its like, which costs more than
// hashing a small message.
const EVP_MD* algorithm(DigestKind kind) {
  static const EVP_MD* const md5 = EVP_MD_fetch(nullptr, "MD5", nullptr);
  static const EVP_MD* const sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static const EVP_MD* const sha512 = EVP_MD_fetch(nullptr, "SHA512", nullptr);
  switch (kind) {
    case DigestKind::md5:
      return md5;
    case DigestKind::sha1:
      return sha1;
    case DigestKind::sha256:
      return sha256;
    case DigestKind::sha512:
      return sha512;
  }
  return nullptr;
}

std::string finish_context(EVP_MD_CTX* context) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (EVP_DigestFinal_ex(context, out, &length) != 1) throw std::runtime_error("digest failed");
  return {reinterpret_cast<char*>(out), length};
}

std::string digest_of(DigestKind kind, std::span<const std::byte> bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), out, &length, algorithm(kind), nullptr) != 1) {
    throw std::runtime_error("digest failed");
  }
  return {reinterpret_cast<char*>(out), length};
}

// What `context` has taken so far, and `bytes`.
Sha256 finish(SHA256_CTX& context, std::span<const std::byte> bytes) {
  Sha256 out;
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(reinterpret_cast<unsigned char*>(out.data()), &context);
  return out;
}

}  // namespace

struct Digest::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Digest::Digest(DigestKind kind) : state_(std::make_unique<State>()) {
  if (EVP_DigestInit_ex(state_->context, algorithm(kind), nullptr) != 1) throw std::runtime_error("digest failed");
}
Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

void Digest::update(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

std::string Digest::finish() {
  return finish_context(state_->context);
}

std::string Digest::peek() const {
  const State copy;
  EVP_MD_CTX_copy_ex(copy.context, state_->context);
  return finish_context(copy.context);
}

std::string md5(std::span<const std::byte> bytes) {
  return digest_of(DigestKind::md5, bytes);
}
std::string sha1(std::span<const std::byte> bytes) {
  return digest_of(DigestKind::sha1, bytes);
}

// SHA256() would look the algorithm up by its name.
Sha256 sha256(std::span<const std::byte> bytes) {
  SHA256_CTX context;
  SHA256_Init(&context);
  return finish(context, bytes);
}

// RFC 2104.
HmacSha256::HmacSha256(std::span<const std::byte> key) {
  static_assert(sizeof(SHA256_CTX) <= sizeof(State) && std::is_trivially_copyable_v<SHA256_CTX>);
  std::array<unsigned char, SHA256_CBLOCK> block{};
  if (key.size() > block.size()) {
    const Sha256 shortened = sha256(key);
    std::memcpy(block.data(), shortened.data(), shortened.size());
  } else if (!key.empty()) {
    std::memcpy(block.data(), key.data(), key.size());
  }
  const auto keyed = [&block](unsigned char pad, State& state) {
    std::array<unsigned char, SHA256_CBLOCK> padded;
    for (std::size_t i = 0; i < block.size(); ++i) padded[i] = block[i] ^ pad;
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, padded.data(), padded.size());
    std::memcpy(state.data(), &context, sizeof context);
  };
  keyed(0x36, inner_);
  keyed(0x5c, outer_);
}

Sha256 HmacSha256::operator()(std::span<const std::byte> message) const {
  const auto finish_from = [](const State& state, std::span<const std::byte> bytes) {
    SHA256_CTX context;
    std::memcpy(&context, state.data(), sizeof context);
    return finish(context, bytes);
  };
  return finish_from(outer_, finish_from(inner_, message));
}

Sha256 hmac_sha256(std::span<const std::byte> key, std::span<const std::byte> message) {
  return HmacSha256(key)(message);
}

std::string hmac_sha1(std::string_view key, std::string_view message) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(message.data()),
       message.size(), out, &length);
  return {reinterpret_cast<char*>(out), length};
}

}  // namespace tarn
