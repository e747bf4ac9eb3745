// keys: the keys under which the lake's bytes are sealed.
//
// One data key an object or upload, made at random. It lies beside the object only wrapped: under the lake's master
// key, or under a key that a customer brings with each request and that is kept nowhere. What was wrapped under one key
// is opened by no other, and a changed byte is found out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/os/random.h"

namespace tarn::keys {

inline constexpr std::size_t key_bytes = 32;

// AES-256-GCM with a random nonce in front. `purpose` is authenticated with the bytes: what was sealed for one purpose
// is not opened for another.
std::string seal(std::string_view key, std::string_view bytes, std::string_view purpose, Random& random);
// None: another key, another purpose, or bytes that are not as they were sealed.
std::optional<std::string> open(std::string_view key, std::string_view sealed, std::string_view purpose);

struct DataKey {
  std::string plain;
  std::string wrapped;
};

class Keyring {
 public:
  // Throws std::invalid_argument unless the master key has 32 bytes.
  explicit Keyring(std::string master_key, Random& random);
  ~Keyring();
  Keyring(const Keyring&) = delete;
  Keyring& operator=(const Keyring&) = delete;

  DataKey make() const;
  // Throws std::runtime_error for what was not wrapped under this master key.
  std::string unwrap(std::string_view wrapped) const;

  // Tells master keys apart without telling what they are.
  std::string fingerprint() const;

 private:
  std::string master_key_;
  Random& random_;
};

std::string random_key(Random& random);
// Under a key that its customer brings.
DataKey make_under(std::string_view customer_key, Random& random);
// None: it is another key.
std::optional<std::string> unwrap_under(std::string_view customer_key, std::string_view wrapped);

}  // namespace tarn::keys
