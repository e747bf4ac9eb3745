// Encryption at rest, as a bucket is configured.
#pragma once

#include <string>
#include <string_view>

#include "objects/bucket.h"

namespace tarn::objects {

// The document of ConfigurationKind::encryption. The algorithm is AES256 always.
struct Encryption {
  bool bucket_key = false;           // Means nothing without KMS; it is told as it was said.
  bool customer_keys_block = false;  // New objects may not come with keys of their own.
  bool said_block = false;           // Somebody said either.
  friend bool operator==(const Encryption&, const Encryption&) = default;
};
std::string pack(const Encryption& encryption);
// Throws std::runtime_error on bytes that are none.
Encryption unpack_encryption(std::string_view document);
Encryption encryption_of(const Bucket& bucket);

}  // namespace tarn::objects
