#include "identity/seal.h"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

#include "base/encoding.h"

namespace tarn::identity {
namespace {

constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}
void must(int result) {
  if (result != 1) throw std::runtime_error("AES-256-GCM failed");
}

}  // namespace

Seal::Seal(std::string_view key, std::string purpose) : key_(key), purpose_(std::move(purpose)) {
  if (key_.size() != key_bytes) throw std::runtime_error("a sealing key has 32 bytes");
}

std::string Seal::close(std::string_view plain, Random& random) const {
  std::string sealed(nonce_bytes + plain.size() + tag_bytes, '\0');
  random.fill(std::as_writable_bytes(std::span(sealed).first(nonce_bytes)));
  const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  must(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(key_), bytes(sealed)));
  int written = 0;
  must(EVP_EncryptUpdate(cipher.get(), nullptr, &written, bytes(purpose_), static_cast<int>(purpose_.size())));
  must(EVP_EncryptUpdate(cipher.get(), bytes(sealed) + nonce_bytes, &written, bytes(plain),
                         static_cast<int>(plain.size())));
  must(EVP_EncryptFinal_ex(cipher.get(), bytes(sealed) + nonce_bytes + written, &written));
  must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes, bytes(sealed) + nonce_bytes + plain.size()));
  return sealed;
}

std::optional<std::string> Seal::open(std::string_view sealed) const {
  if (sealed.size() < nonce_bytes + tag_bytes || sealed.size() > (1U << 20)) return std::nullopt;
  const std::string_view ciphertext = sealed.substr(nonce_bytes, sealed.size() - nonce_bytes - tag_bytes);
  std::string tag(sealed.substr(sealed.size() - tag_bytes));
  std::string plain(ciphertext.size(), '\0');
  const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  must(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(key_), bytes(sealed)));
  int written = 0;
  must(EVP_DecryptUpdate(cipher.get(), nullptr, &written, bytes(purpose_), static_cast<int>(purpose_.size())));
  must(EVP_DecryptUpdate(cipher.get(), bytes(plain), &written, bytes(ciphertext), static_cast<int>(ciphertext.size())));
  must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tag_bytes, bytes(tag)));
  if (EVP_DecryptFinal_ex(cipher.get(), bytes(plain) + written, &written) != 1) return std::nullopt;
  return plain;
}

}  // namespace tarn::identity
