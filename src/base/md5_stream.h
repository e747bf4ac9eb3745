// Md5Stream: the MD5 of bytes that arrive in pieces, hashed together with whatever other streams bring meanwhile.
//
// Uploads that run at once share the lanes of md5_lanes.h: eight cost a core little more than one. A stream that is
// alone is hashed at once, as fast as OpenSSL does. Nothing is copied and nothing is allocated for a piece.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/md5_lanes.h"
#include "base/task.h"

namespace tarn {

class Md5Stream {
 public:
  Md5Stream() = default;
  ~Md5Stream();
  Md5Stream(const Md5Stream&) = delete;
  Md5Stream& operator=(const Md5Stream&) = delete;

  // Large pieces are hashed on a thread for it, small ones where one stands. `bytes` are read until it returns; one
  // update at a time.
  Task<void> update(std::span<const std::byte> bytes);
  // The raw 16 bytes; afterwards only destruction is allowed.
  std::string finish();

 private:
  // Hashes where one stands; whole blocks are left over, to be hashed, where there are many.
  std::span<const std::byte> take_edges(std::span<const std::byte> bytes);
  void leave();

  Md5State state_ = md5_begin;
  std::array<std::byte, md5_block_bytes> partial_;
  std::uint64_t total_ = 0;
  bool in_flow_ = false;  // Others may wait a moment for its next piece.
};

}  // namespace tarn
