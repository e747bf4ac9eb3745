#include "blob/local/format.h"

#include <algorithm>
#include <cstring>

#include "base/checksum.h"

namespace tarn::blob {
namespace {

constexpr std::uint8_t format_version = 1;
constexpr std::string_view header_magic = "TARNBLOB";
constexpr std::string_view trailer_magic = "TARNTAIL";
constexpr std::size_t checksum_at = frame_bytes - 4;

template <typename Number>
void put(std::span<std::byte> out, std::size_t at, Number number) {
  for (std::size_t i = 0; i < sizeof number; ++i) {
    out[at + i] = static_cast<std::byte>(static_cast<std::uint64_t>(number) >> (8 * i) & 0xff);
  }
}

template <typename Number>
Number take(std::span<const std::byte> in, std::size_t at) {
  std::uint64_t number = 0;
  for (std::size_t i = sizeof(Number); i > 0; --i)
    number = number << 8 | std::to_integer<std::uint64_t>(in[at + i - 1]);
  return static_cast<Number>(number);
}

void put_identity(Frame& frame, std::string_view magic, const Identity& identity) {
  std::memcpy(frame.data(), magic.data(), magic.size());
  put(frame, 8, format_version);
  put(frame, 9, static_cast<std::uint8_t>(identity.format));
  put(frame, 10, identity.owner_bytes);
  put(frame, 12, chunk_bytes);
  put(frame, 16, identity.id);
  put(frame, 24, identity.sealed_under);
}

void seal_frame(Frame& frame) {
  put(frame, checksum_at, crc32c(0, std::span(frame).first(checksum_at)));
}

Identity take_identity(std::span<const std::byte> frame, std::string_view magic, const char* name) {
  if (frame.size() != frame_bytes || std::memcmp(frame.data(), magic.data(), magic.size()) != 0 ||
      take<std::uint32_t>(frame, checksum_at) != crc32c(0, frame.first(checksum_at))) {
    throw Corrupt(std::string("a blob's ") + name + " is damaged");
  }
  const auto format = take<std::uint8_t>(frame, 9);
  if (take<std::uint8_t>(frame, 8) != format_version || take<std::uint32_t>(frame, 12) != chunk_bytes ||
      (format != static_cast<int>(Format::plain) && format != static_cast<int>(Format::sealed))) {
    throw Corrupt("a blob has a format that this program does not know");
  }
  return {.format = static_cast<Format>(format),
          .id = take<std::uint64_t>(frame, 16),
          .sealed_under = take<std::uint64_t>(frame, 24),
          .owner_bytes = take<std::uint16_t>(frame, 10)};
}

}  // namespace

Frame make_header(const Identity& identity) {
  Frame frame{};
  put_identity(frame, header_magic, identity);
  seal_frame(frame);
  return frame;
}

std::vector<std::byte> make_footer(const Identity& identity, std::uint64_t size, std::uint32_t head_checksum,
                                   std::span<const std::uint32_t> checksums) {
  std::vector<std::byte> footer(checksums.size() * 4 + frame_bytes);
  for (std::size_t i = 0; i < checksums.size(); ++i) put(footer, i * 4, checksums[i]);
  Frame frame{};
  put_identity(frame, trailer_magic, identity);
  put(frame, 32, size);
  put(frame, 40, crc32c(0, std::span(footer).first(checksums.size() * 4)));
  put(frame, 44, head_checksum);
  seal_frame(frame);
  std::ranges::copy(frame, footer.end() - frame_bytes);
  return footer;
}

Identity parse_header(std::span<const std::byte> header) {
  return take_identity(header, header_magic, "header");
}

Trailer parse_trailer(std::span<const std::byte> trailer) {
  Trailer result;
  result.identity = take_identity(trailer, trailer_magic, "trailer");
  result.size = take<std::uint64_t>(trailer, 32);
  result.checksums_checksum = take<std::uint32_t>(trailer, 40);
  result.head_checksum = take<std::uint32_t>(trailer, 44);
  return result;
}

std::vector<std::uint32_t> parse_checksums(std::span<const std::byte> bytes, const Trailer& trailer) {
  if (crc32c(0, bytes) != trailer.checksums_checksum) throw Corrupt("a blob's checksums are damaged");
  std::vector<std::uint32_t> checksums(bytes.size() / 4);
  for (std::size_t i = 0; i < checksums.size(); ++i) checksums[i] = take<std::uint32_t>(bytes, i * 4);
  return checksums;
}

}  // namespace tarn::blob
