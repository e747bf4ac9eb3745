// The cipher of all that lies sealed: AES-256-GCM, of OpenSSL.
#pragma once

#include <openssl/types.h>

namespace tarn {

// Looked up once, by the first caller: OpenSSL 3 looks EVP_aes_256_gcm() up by name at each use, which costs more than
// opening a small chunk. Throws std::runtime_error where OpenSSL has none.
const EVP_CIPHER* aes_256_gcm();

}  // namespace tarn
