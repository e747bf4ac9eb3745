// ByteStream: bytes that are pulled, chunk by chunk, at the reader's pace. Bodies, blobs, objects.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/task.h"

namespace tarn {

// Bytes that lie in a file as they are to be sent. `owner` keeps the descriptor open.
struct FileSlice {
  int fd = -1;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::shared_ptr<const void> owner;
};

struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // Fills `buffer` from the front, with at least one byte unless it is empty; 0 is the end.
  virtual Task<std::size_t> read(std::span<std::byte> buffer) = 0;

  // Where the next bytes lie as they are and are known to be good, so that a connection may use sendfile. A slice that
  // is returned counts as read. None: call read().
  virtual std::optional<FileSlice> next_slice() { return std::nullopt; }
};

}  // namespace tarn
