// How a blob lies in its file.
//
//   header    64 bytes: magic "TARNBLOB" · format version · Format · owner's length (2) · chunk size (4) · id (8) ·
//             sealed under (8) · zeros · CRC32C of the 60 bytes before (4)
//   owner     as its creator gave it
//   chunks    plain: the bytes, 64 KiB a chunk and the last one shorter
//             sealed: of each chunk the AES-256-GCM ciphertext and its tag (16 bytes); an empty blob has one, empty
//   checksums CRC32C of each chunk as it lies in the file (4 bytes each)
//   trailer   64 bytes: magic "TARNTAIL" · then as the header · size of the blob (8) · CRC32C of the checksums (4) ·
//             CRC32C of header and owner (4) · zeros · CRC32C of the 60 bytes before (4)
//
// Numbers are little-endian. A copy of a sealed blob keeps the id that it was first sealed under, because its key is
// made from that.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "blob/store.h"

namespace tarn::blob {

constexpr std::uint32_t chunk_bytes = 64 << 10;
constexpr std::size_t tag_bytes = 16;
constexpr std::size_t frame_bytes = 64;  // Of header and trailer.
constexpr std::size_t max_owner_bytes = 8 << 10;
using Frame = std::array<std::byte, frame_bytes>;

// What header and trailer both say.
struct Identity {
  Format format = Format::plain;
  std::uint64_t id = 0;
  std::uint64_t sealed_under = 0;
  std::uint16_t owner_bytes = 0;
};

// Where the parts of a blob of this size lie, and how its chunks are counted.
class Layout {
 public:
  Layout(Format format, std::uint64_t size, std::size_t owner_bytes)
      : sealed_(format == Format::sealed), size_(size), body_at_(frame_bytes + owner_bytes) {}

  std::uint64_t size() const { return size_; }
  std::uint64_t chunks() const {
    const std::uint64_t whole = (size_ + chunk_bytes - 1) / chunk_bytes;
    return sealed_ && whole == 0 ? 1 : whole;
  }
  // Of the bytes as their reader sees them.
  std::size_t chunk_length(std::uint64_t chunk) const {
    return static_cast<std::size_t>(std::min<std::uint64_t>(chunk_bytes, size_ - chunk * chunk_bytes));
  }
  std::uint64_t chunk_at(std::uint64_t chunk) const { return body_at_ + chunk * (chunk_bytes + overhead()); }
  std::size_t stored_length(std::uint64_t chunk) const { return chunk_length(chunk) + overhead(); }
  std::uint64_t body_at() const { return body_at_; }
  std::uint64_t body_bytes() const { return size_ + chunks() * overhead(); }
  std::uint64_t footer_at() const { return body_at_ + body_bytes(); }
  std::size_t footer_bytes() const { return static_cast<std::size_t>(chunks()) * 4 + frame_bytes; }
  std::uint64_t file_bytes() const { return footer_at() + footer_bytes(); }

 private:
  std::size_t overhead() const { return sealed_ ? tag_bytes : 0; }

  bool sealed_;
  std::uint64_t size_;
  std::uint64_t body_at_;
};

Frame make_header(const Identity& identity);
// Checksums and trailer.
std::vector<std::byte> make_footer(const Identity& identity, std::uint64_t size, std::uint32_t head_checksum,
                                   std::span<const std::uint32_t> checksums);

struct Trailer {
  Identity identity;
  std::uint64_t size = 0;
  std::uint32_t checksums_checksum = 0;
  std::uint32_t head_checksum = 0;
};

// They throw Corrupt, naming what is wrong.
Identity parse_header(std::span<const std::byte> header);
Trailer parse_trailer(std::span<const std::byte> trailer);
std::vector<std::uint32_t> parse_checksums(std::span<const std::byte> bytes, const Trailer& trailer);

}  // namespace tarn::blob
