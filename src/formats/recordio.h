// RecordIO: a stream of records, each framed by a magic number and its length.
//
//   uint32 magic = 0xced7230a     (all little-endian)
//   uint32 flag << 29 | length
//   bytes  data[length], then zeros up to a multiple of 4
//
// A payload that holds the magic at a multiple of 4 is split there: flag 0 is a whole record, 1 the first piece, 2 a
// middle one, 3 the last. The magic itself is dropped between pieces and put back by the reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "formats/format_error.h"

namespace tarn::formats {

inline constexpr std::uint32_t recordio_magic = 0xced7230a;
// A piece is shorter than this, and so is every payload that append_recordio() takes.
inline constexpr std::uint64_t recordio_limit = std::uint64_t{1} << 29;

// Appends one framed record. Throws FormatError when the payload is too long. Tells how many pieces it made.
std::size_t append_recordio(std::string& out, std::span<const std::byte> payload);

// Does the payload hold the magic at a multiple of 4, so that it must be split?
bool needs_split(std::span<const std::byte> payload);

// Reads records from a source of bytes that is pulled.
class RecordIoReader {
 public:
  // Fills the buffer from its front, 0 at the end.
  using Source = std::function<std::size_t(std::span<std::byte>)>;

  // `max_record_bytes` bounds what one record may occupy in memory.
  explicit RecordIoReader(Source source, std::uint64_t max_record_bytes = recordio_limit);

  // The next payload, valid until the next call; none at the end of the stream. Throws FormatError on bytes that are
  // no RecordIO and on a stream that ends inside a record.
  std::optional<std::span<const std::byte>> next();

  std::uint64_t offset() const { return base_ + begin_; }
  // Records so far that were split in the stream.
  std::uint64_t split_records() const { return split_records_; }

 private:
  bool fill(std::size_t needed);
  struct Piece {
    std::uint32_t flag;
    std::span<const std::byte> data;
  };
  std::optional<Piece> next_piece();

  Source source_;
  std::uint64_t max_record_bytes_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t base_ = 0;  // Offset in the stream of buffer_[0].
  bool exhausted_ = false;
  std::vector<std::byte> joined_;
  std::uint64_t split_records_ = 0;
};

// A source over bytes in memory, which must outlive it.
RecordIoReader::Source memory_source(std::span<const std::byte> bytes);

}  // namespace tarn::formats
