#include "formats/recordio.h"

#include <algorithm>
#include <cstring>

namespace tarn::formats {

namespace {

constexpr std::size_t header_bytes = 8;
constexpr std::size_t first_buffer_bytes = 1 << 20;

constexpr std::size_t padded(std::size_t length) {
  return (length + 3) & ~std::size_t{3};
}

std::uint32_t load32(const std::byte* at) {
  std::uint32_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// The offset of the first aligned magic at or after `from` (a multiple of 4), or the payload's size.
std::size_t find_magic(std::span<const std::byte> payload, std::size_t from) {
  const std::size_t words = payload.size() / 4;
  std::size_t word = from / 4;
  // Eight words at a time without a branch inside, so that the compiler uses vector compares.
  while (word + 8 <= words) {
    std::uint32_t hit = 0;
    for (std::size_t i = 0; i < 8; ++i) hit |= load32(payload.data() + (word + i) * 4) == recordio_magic;
    if (hit) break;
    word += 8;
  }
  for (; word < words; ++word) {
    if (load32(payload.data() + word * 4) == recordio_magic) return word * 4;
  }
  return payload.size();
}

void append_piece(std::string& out, std::uint32_t flag, std::span<const std::byte> data) {
  const std::uint32_t header[2] = {recordio_magic, flag << 29 | static_cast<std::uint32_t>(data.size())};
  out.append(reinterpret_cast<const char*>(header), sizeof header);
  out.append(reinterpret_cast<const char*>(data.data()), data.size());
  out.append(padded(data.size()) - data.size(), '\0');
}

}  // namespace

bool needs_split(std::span<const std::byte> payload) {
  return find_magic(payload, 0) != payload.size();
}

std::size_t append_recordio(std::string& out, std::span<const std::byte> payload) {
  if (payload.size() >= recordio_limit) {
    throw FormatError("a RecordIO record holds fewer than 2^29 bytes, this one has " + std::to_string(payload.size()),
                      0);
  }
  std::size_t start = 0;
  std::size_t pieces = 0;
  while (true) {
    const std::size_t hit = find_magic(payload, start);
    const bool last = hit == payload.size();
    const std::uint32_t flag = last ? (pieces == 0 ? 0u : 3u) : (pieces == 0 ? 1u : 2u);
    append_piece(out, flag, payload.subspan(start, hit - start));
    ++pieces;
    if (last) return pieces;
    start = hit + 4;
  }
}

RecordIoReader::RecordIoReader(Source source, std::uint64_t max_record_bytes)
    : source_(std::move(source)), max_record_bytes_(max_record_bytes), buffer_(first_buffer_bytes) {}

// Makes `needed` bytes lie from begin_ on; false when the stream ends before.
bool RecordIoReader::fill(std::size_t needed) {
  while (end_ - begin_ < needed) {
    if (exhausted_) return false;
    if (begin_ > 0 && begin_ + needed > buffer_.size()) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      base_ += begin_;
      end_ -= begin_;
      begin_ = 0;
    }
    // Grows only as bytes arrive: a length that lies costs no more than twice what was sent.
    if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
    const std::size_t got = source_(std::span(buffer_).subspan(end_));
    if (got == 0) exhausted_ = true;
    end_ += got;
  }
  return true;
}

std::optional<RecordIoReader::Piece> RecordIoReader::next_piece() {
  if (begin_ == end_) {
    base_ += begin_;
    begin_ = end_ = 0;
  }
  if (!fill(header_bytes)) {
    if (end_ == begin_) return std::nullopt;
    throw FormatError("the RecordIO stream ends inside a record's header", offset());
  }
  const std::uint32_t magic = load32(buffer_.data() + begin_);
  if (magic != recordio_magic) throw FormatError("not a RecordIO record: the magic number is missing", offset());
  const std::uint32_t word = load32(buffer_.data() + begin_ + 4);
  const std::uint32_t flag = word >> 29;
  const std::size_t length = word & ((1u << 29) - 1);
  if (flag > 3) throw FormatError("unknown RecordIO flag " + std::to_string(flag), offset());
  if (length > max_record_bytes_) {
    throw FormatError("a RecordIO record of " + std::to_string(length) + " bytes is above the limit", offset());
  }
  if (!fill(header_bytes + padded(length))) {
    throw FormatError("the RecordIO stream ends inside a record of " + std::to_string(length) + " bytes", offset());
  }
  const Piece piece{flag, std::span(buffer_).subspan(begin_ + header_bytes, length)};
  begin_ += header_bytes + padded(length);
  return piece;
}

std::optional<std::span<const std::byte>> RecordIoReader::next() {
  const auto first = next_piece();
  if (!first) return std::nullopt;
  if (first->flag == 0) return first->data;
  if (first->flag != 1) throw FormatError("a RecordIO record begins with a piece that is not its first", offset());
  joined_.assign(first->data.begin(), first->data.end());
  ++split_records_;
  const std::uint32_t magic = recordio_magic;
  while (true) {
    const auto piece = next_piece();
    if (!piece) throw FormatError("the RecordIO stream ends between the pieces of a record", offset());
    if (piece->flag != 2 && piece->flag != 3)
      throw FormatError("a split RecordIO record lacks its last piece", offset());
    if (joined_.size() + 4 + piece->data.size() > max_record_bytes_) {
      throw FormatError("a split RecordIO record is above the limit", offset());
    }
    const auto* bytes = reinterpret_cast<const std::byte*>(&magic);
    joined_.insert(joined_.end(), bytes, bytes + 4);
    joined_.insert(joined_.end(), piece->data.begin(), piece->data.end());
    if (piece->flag == 3) return std::span<const std::byte>(joined_);
  }
}

RecordIoReader::Source memory_source(std::span<const std::byte> bytes) {
  return [bytes](std::span<std::byte> buffer) mutable {
    const std::size_t count = std::min(buffer.size(), bytes.size());
    if (count > 0) std::memcpy(buffer.data(), bytes.data(), count);
    bytes = bytes.subspan(count);
    return count;
  };
}

}  // namespace tarn::formats
