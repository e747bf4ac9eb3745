#include "blob/local/sealer.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <cstring>
#include <stdexcept>

#include "base/cipher.h"
#include "base/digest.h"
#include "blob/local/format.h"

namespace tarn::blob {
namespace {

constexpr std::size_t key_bytes = 32;
using Nonce = std::array<unsigned char, 12>;

void require(int result) {
  if (result != 1) throw std::runtime_error("OpenSSL refuses to encrypt");
}

// HKDF-SHA256 (RFC 5869) of the data key, without a salt; the info names the use and the blob. One block is all of the
// key. OpenSSL's own costs as much as opening some twenty KiB.
void derive_key(const DataKey& key, std::uint64_t id, std::span<unsigned char, key_bytes> out) {
  std::string info = "tarn blob 1 ";
  for (int shift = 56; shift >= 0; shift -= 8) info += static_cast<char>(id >> shift & 255);
  info += '\1';
  Sha256 extracted = hmac_sha256(std::string_view(), key.bytes);
  Sha256 expanded = hmac_sha256(extracted, as_bytes(info));
  static_assert(sizeof(Sha256) == key_bytes);
  std::memcpy(out.data(), expanded.data(), key_bytes);
  OPENSSL_cleanse(extracted.data(), extracted.size());
  OPENSSL_cleanse(expanded.data(), expanded.size());
}

Nonce make_nonce(std::uint64_t chunk, bool last) {
  Nonce nonce{};
  for (std::size_t i = 0; i < 8; ++i) nonce[i] = static_cast<unsigned char>(chunk >> (56 - 8 * i) & 255);
  nonce[8] = last ? 1 : 0;
  return nonce;
}

unsigned char* raw(std::span<std::byte> bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}
const unsigned char* raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

struct Sealer::State {
  using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;
  std::array<unsigned char, key_bytes> key{};
  Context sealing{nullptr, EVP_CIPHER_CTX_free};
  Context opening{nullptr, EVP_CIPHER_CTX_free};
  ~State() { OPENSSL_cleanse(key.data(), key.size()); }
};

Sealer::Sealer(const DataKey& key, std::uint64_t sealed_under) : state_(std::make_unique<State>()) {
  if (key.bytes.size() != key_bytes) throw std::invalid_argument("a sealed blob needs a data key of 32 bytes");
  derive_key(key, sealed_under, state_->key);
}

Sealer::~Sealer() = default;
Sealer::Sealer(Sealer&&) noexcept = default;

void Sealer::seal(std::uint64_t chunk, bool last, std::span<const std::byte> bytes, std::span<std::byte> out) {
  if (!state_->sealing) {
    state_->sealing.reset(EVP_CIPHER_CTX_new());
    require(EVP_EncryptInit_ex(state_->sealing.get(), aes_256_gcm(), nullptr, state_->key.data(), nullptr));
  }
  EVP_CIPHER_CTX* const context = state_->sealing.get();
  const Nonce nonce = make_nonce(chunk, last);
  int length = 0;
  require(EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, nonce.data()));
  require(EVP_EncryptUpdate(context, raw(out), &length, raw(bytes), static_cast<int>(bytes.size())));
  require(EVP_EncryptFinal_ex(context, raw(out) + length, &length));
  require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, tag_bytes, raw(out.subspan(bytes.size()))));
}

bool Sealer::open(std::uint64_t chunk, bool last, std::span<const std::byte> sealed, std::span<std::byte> out) {
  if (sealed.size() != out.size() + tag_bytes) return false;
  if (!state_->opening) {
    state_->opening.reset(EVP_CIPHER_CTX_new());
    require(EVP_DecryptInit_ex(state_->opening.get(), aes_256_gcm(), nullptr, state_->key.data(), nullptr));
  }
  EVP_CIPHER_CTX* const context = state_->opening.get();
  const Nonce nonce = make_nonce(chunk, last);
  std::array<std::byte, tag_bytes> tag;
  std::copy_n(sealed.end() - tag_bytes, tag_bytes, tag.begin());
  int length = 0;
  require(EVP_DecryptInit_ex(context, nullptr, nullptr, nullptr, nonce.data()));
  require(EVP_DecryptUpdate(context, raw(out), &length, raw(sealed), static_cast<int>(out.size())));
  require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, tag_bytes, tag.data()));
  return EVP_DecryptFinal_ex(context, raw(out) + length, &length) == 1;
}

}  // namespace tarn::blob
