#include "keys/keyring.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <memory>
#include <stdexcept>

#include "base/cipher.h"
#include "base/digest.h"
#include "base/encoding.h"

namespace tarn::keys {
namespace {

constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;
constexpr std::string_view under_master = "tarn data key 1";
constexpr std::string_view under_customer = "tarn customer data key 1";

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

void require(int result) {
  if (result != 1) throw std::runtime_error("OpenSSL refuses to encrypt");
}

// Making one costs more than a small object's encryption: each thread has its own.
EVP_CIPHER_CTX* context() {
  thread_local const Context kept(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  if (!kept) throw std::bad_alloc();
  return kept.get();
}

// The schedule of the last key must not outlive its use.
struct Reset {
  EVP_CIPHER_CTX* context;
  ~Reset() { EVP_CIPHER_CTX_reset(context); }
};

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* raw(std::string& bytes, std::size_t at) {
  return reinterpret_cast<unsigned char*>(bytes.data()) + at;
}

void check_key(std::string_view key) {
  if (key.size() != key_bytes) throw std::invalid_argument("a key must have 32 bytes");
}

}  // namespace

std::string seal(std::string_view key, std::string_view bytes, std::string_view purpose, Random& random) {
  check_key(key);
  std::string out(nonce_bytes + bytes.size() + tag_bytes, '\0');
  random.fill({reinterpret_cast<std::byte*>(out.data()), nonce_bytes});
  EVP_CIPHER_CTX* const with = context();
  const Reset reset{with};
  int length = 0;
  require(EVP_EncryptInit_ex(with, aes_256_gcm(), nullptr, raw(key), raw(out, 0)));
  require(EVP_EncryptUpdate(with, nullptr, &length, raw(purpose), static_cast<int>(purpose.size())));
  require(EVP_EncryptUpdate(with, raw(out, nonce_bytes), &length, raw(bytes), static_cast<int>(bytes.size())));
  require(EVP_EncryptFinal_ex(with, raw(out, nonce_bytes + bytes.size()), &length));
  require(EVP_CIPHER_CTX_ctrl(with, EVP_CTRL_GCM_GET_TAG, tag_bytes, raw(out, nonce_bytes + bytes.size())));
  return out;
}

std::optional<std::string> open(std::string_view key, std::string_view sealed, std::string_view purpose) {
  check_key(key);
  if (sealed.size() < nonce_bytes + tag_bytes) return std::nullopt;
  const std::string_view cipher = sealed.substr(nonce_bytes, sealed.size() - nonce_bytes - tag_bytes);
  std::string tag(sealed.substr(sealed.size() - tag_bytes));
  std::string out(cipher.size(), '\0');
  EVP_CIPHER_CTX* const with = context();
  const Reset reset{with};
  int length = 0;
  require(EVP_DecryptInit_ex(with, aes_256_gcm(), nullptr, raw(key), raw(sealed)));
  require(EVP_DecryptUpdate(with, nullptr, &length, raw(purpose), static_cast<int>(purpose.size())));
  require(EVP_DecryptUpdate(with, raw(out, 0), &length, raw(cipher), static_cast<int>(cipher.size())));
  require(EVP_CIPHER_CTX_ctrl(with, EVP_CTRL_GCM_SET_TAG, tag_bytes, tag.data()));
  if (EVP_DecryptFinal_ex(with, raw(out, out.size()), &length) != 1) return std::nullopt;
  return out;
}

std::string random_key(Random& random) {
  std::string key(key_bytes, '\0');
  random.fill({reinterpret_cast<std::byte*>(key.data()), key.size()});
  return key;
}

DataKey make_under(std::string_view customer_key, Random& random) {
  std::string plain = random_key(random);
  std::string wrapped = seal(customer_key, plain, under_customer, random);
  return {.plain = std::move(plain), .wrapped = std::move(wrapped)};
}

std::optional<std::string> unwrap_under(std::string_view customer_key, std::string_view wrapped) {
  return open(customer_key, wrapped, under_customer);
}

Keyring::Keyring(std::string master_key, Random& random) : master_key_(std::move(master_key)), random_(random) {
  check_key(master_key_);
}
Keyring::~Keyring() {
  OPENSSL_cleanse(master_key_.data(), master_key_.size());
}

DataKey Keyring::make() const {
  std::string plain = random_key(random_);
  std::string wrapped = seal(master_key_, plain, under_master, random_);
  return {.plain = std::move(plain), .wrapped = std::move(wrapped)};
}

std::string Keyring::unwrap(std::string_view wrapped) const {
  auto plain = open(master_key_, wrapped, under_master);
  if (!plain) throw std::runtime_error("a data key was wrapped under another master key, or is damaged");
  return std::move(*plain);
}

std::string Keyring::fingerprint() const {
  const Sha256 digest = hmac_sha256(as_bytes(master_key_), as_bytes("tarn master key fingerprint"));
  return to_hex(std::span(digest).first(16));
}

}  // namespace tarn::keys
