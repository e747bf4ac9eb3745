// Seals and opens chunks: AES-256-GCM, the key made from the data key and the blob's id, the nonce from the chunk's
// number and whether it is the last, so that chunks can be neither moved nor left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "blob/store.h"

namespace tarn::blob {

class Sealer {
 public:
  // Throws std::invalid_argument unless the data key has 32 bytes.
  Sealer(const DataKey& key, std::uint64_t sealed_under);
  ~Sealer();
  Sealer(Sealer&&) noexcept;

  // `out` has room for the chunk and its tag.
  void seal(std::uint64_t chunk, bool last, std::span<const std::byte> bytes, std::span<std::byte> out);
  // `sealed` is ciphertext and tag, `out` has the ciphertext's length. False: it is not what was sealed.
  [[nodiscard]] bool open(std::uint64_t chunk, bool last, std::span<const std::byte> sealed, std::span<std::byte> out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tarn::blob
