#include "blob/local/sealer.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <string>

#include "base/encoding.h"
#include "blob/local/format.h"

namespace tarn::blob {
namespace {

// HKDF-SHA256 and AES-256-GCM as OpenSSL has them: what lies on disk is made of nothing else.
std::string sealed_by_openssl(const std::string& data_key, std::uint64_t id, std::uint64_t chunk, bool last,
                              const std::string& bytes) {
  std::string info = "tarn blob 1 ", nonce(12, '\0');
  for (int i = 0; i < 8; ++i) {
    info += static_cast<char>(id >> (56 - 8 * i));
    nonce[static_cast<std::size_t>(i)] = static_cast<char>(chunk >> (56 - 8 * i));
  }
  nonce[8] = last ? 1 : 0;
  const auto raw = [](const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); };
  unsigned char key[32];
  std::size_t key_length = sizeof key;
  EVP_PKEY_CTX* const derive = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr);
  EXPECT_EQ(EVP_PKEY_derive_init(derive), 1);
  EVP_PKEY_CTX_set_hkdf_md(derive, EVP_sha256());
  EVP_PKEY_CTX_set1_hkdf_key(derive, raw(data_key), static_cast<int>(data_key.size()));
  EVP_PKEY_CTX_add1_hkdf_info(derive, raw(info), static_cast<int>(info.size()));
  EXPECT_EQ(EVP_PKEY_derive(derive, key, &key_length), 1);
  EVP_PKEY_CTX_free(derive);

  std::string out(bytes.size() + tag_bytes, '\0');
  auto* const to = reinterpret_cast<unsigned char*>(out.data());
  int length = 0;
  EVP_CIPHER_CTX* const seal = EVP_CIPHER_CTX_new();
  EVP_EncryptInit_ex(seal, EVP_aes_256_gcm(), nullptr, key, raw(nonce));
  EVP_EncryptUpdate(seal, to, &length, raw(bytes), static_cast<int>(bytes.size()));
  EVP_EncryptFinal_ex(seal, to + length, &length);
  EVP_CIPHER_CTX_ctrl(seal, EVP_CTRL_GCM_GET_TAG, tag_bytes, to + bytes.size());
  EVP_CIPHER_CTX_free(seal);
  return out;
}

std::string seal(Sealer& sealer, std::uint64_t chunk, bool last, const std::string& bytes) {
  std::string out(bytes.size() + tag_bytes, '\0');
  sealer.seal(chunk, last, as_bytes(bytes), {reinterpret_cast<std::byte*>(out.data()), out.size()});
  return out;
}

std::optional<std::string> open(Sealer& sealer, std::uint64_t chunk, bool last, const std::string& sealed) {
  std::string out(sealed.size() - tag_bytes, '\0');
  if (!sealer.open(chunk, last, as_bytes(sealed), {reinterpret_cast<std::byte*>(out.data()), out.size()})) {
    return std::nullopt;
  }
  return out;
}

TEST(Sealer, SealsAsTheFormatSays) {
  for (const std::uint64_t id : {std::uint64_t{0}, std::uint64_t{7}, std::uint64_t{0x0123456789abcdef}}) {
    const std::string data_key(32, static_cast<char>('a' + id % 7));
    Sealer sealer({data_key}, id);
    for (const std::string& bytes :
         {std::string(), std::string("x"), std::string(4096, 'y'), std::string(65536, 'z')}) {
      for (const std::uint64_t chunk : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 40}) {
        for (const bool last : {true, false}) {
          const std::string sealed = seal(sealer, chunk, last, bytes);
          ASSERT_EQ(sealed, sealed_by_openssl(data_key, id, chunk, last, bytes));
          ASSERT_EQ(open(sealer, chunk, last, sealed), bytes);
        }
      }
    }
  }
}

TEST(Sealer, OpensNothingElse) {
  Sealer sealer({std::string(32, 'k')}, 5), other_key({std::string(32, 'l')}, 5), other_blob({std::string(32, 'k')}, 6);
  const std::string sealed = seal(sealer, 3, false, "the bytes");
  EXPECT_EQ(open(sealer, 3, false, sealed), "the bytes");
  EXPECT_FALSE(open(sealer, 4, false, sealed));
  EXPECT_FALSE(open(sealer, 3, true, sealed));
  EXPECT_FALSE(open(other_key, 3, false, sealed));
  EXPECT_FALSE(open(other_blob, 3, false, sealed));
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(open(sealer, 3, false, changed)) << at;
  }
  EXPECT_EQ(open(sealer, 3, false, sealed), "the bytes") << "a failure leaves nothing behind";
}

}  // namespace
}  // namespace tarn::blob
