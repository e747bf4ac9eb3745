// Reads a range of a blob, verifying each chunk.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/stream.h"
#include "blob/local/open_blobs.h"
#include "blob/local/sealer.h"

namespace tarn::blob {

class Reader : public ByteStream {
 public:
  // `sealer` for sealed blobs only.
  Reader(std::shared_ptr<OpenBlob> blob, ByteRange range, std::optional<Sealer> sealer)
      : blob_(std::move(blob)), at_(range.offset), end_(range.offset + range.length), sealer_(std::move(sealer)) {}

  Task<std::size_t> read(std::span<std::byte> buffer) override;
  std::optional<FileSlice> next_slice() override;

 private:
  // Reads as many bytes as come easily, at least one. None: memory has them not, and `may_wait` is false.
  std::optional<std::size_t> fill(std::span<std::byte> buffer, bool may_wait);
  std::optional<std::size_t> fill_whole_chunks(std::span<std::byte> buffer, bool may_wait);
  std::optional<std::size_t> open_whole_chunks(std::uint64_t first, std::uint64_t past, std::span<std::byte> buffer,
                                               bool may_wait);
  bool load_chunk(std::uint64_t chunk, bool may_wait);
  bool read_stored(std::uint64_t offset, std::span<std::byte> out, bool may_wait);
  void open_chunk(std::uint64_t chunk, std::span<const std::byte> stored, std::span<std::byte> out);
  bool verify_in_memory(std::uint64_t chunk);

  std::shared_ptr<OpenBlob> blob_;
  std::uint64_t at_;
  const std::uint64_t end_;
  std::optional<Sealer> sealer_;
  // A chunk of which less than all was asked.
  std::vector<std::byte> chunk_;
  std::uint64_t chunk_number_ = UINT64_MAX;
};

}  // namespace tarn::blob
