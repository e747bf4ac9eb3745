#include "blob/local/reader.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/blocking.h"

namespace tarn::blob {
namespace {

constexpr std::uint64_t read_ahead_bytes = 4 << 20;
// Of one slice: what is sent without looking again whether memory has it.
constexpr std::uint64_t max_slice_bytes = 4 << 20;
// How much one call of next_slice() verifies on the caller's thread.
constexpr int max_verified_at_once = 16;
constexpr std::uint64_t probe_distance = 512 << 10;

// Room for one chunk as it is stored; used between two waits only.
std::span<std::byte> scratch() {
  thread_local std::array<std::byte, chunk_bytes + tag_bytes> room;
  return room;
}

}  // namespace

Task<std::size_t> Reader::read(std::span<std::byte> buffer) {
  if (at_ == end_ || buffer.empty()) co_return 0;
  auto got = fill(buffer, false);
  if (!got) got = co_await blocking([&] { return fill(buffer, true); });
  at_ += *got;
  co_return *got;
}

std::optional<std::size_t> Reader::fill(std::span<std::byte> buffer, bool may_wait) {
  if (const auto whole = fill_whole_chunks(buffer, may_wait); !whole || *whole > 0) return whole;
  const std::uint64_t chunk = at_ / chunk_bytes;
  const std::size_t inside = at_ % chunk_bytes;
  const std::size_t length =
      std::min({buffer.size(), blob_->layout().chunk_length(chunk) - inside, static_cast<std::size_t>(end_ - at_)});
  if (chunk != chunk_number_ && !sealer_ && blob_->verified(chunk)) {
    if (!read_stored(blob_->layout().chunk_at(chunk) + inside, buffer.first(length), may_wait)) return std::nullopt;
    return length;
  }
  if (!load_chunk(chunk, may_wait)) return std::nullopt;
  std::memcpy(buffer.data(), chunk_.data() + inside, length);
  return length;
}

// Chunks that are asked for whole are read into the caller's buffer at once. 0: none is.
std::optional<std::size_t> Reader::fill_whole_chunks(std::span<std::byte> buffer, bool may_wait) {
  if (at_ % chunk_bytes != 0) return 0;
  const Layout& layout = blob_->layout();
  const std::uint64_t first = at_ / chunk_bytes;
  std::size_t length = 0;
  std::uint64_t past = first;
  while (past < layout.chunks() && at_ + length + layout.chunk_length(past) <= end_ &&
         length + layout.chunk_length(past) <= buffer.size()) {
    length += layout.chunk_length(past++);
  }
  if (length == 0) return 0;
  if (sealer_) return open_whole_chunks(first, past, buffer, may_wait);
  if (!read_stored(layout.chunk_at(first), buffer.first(length), may_wait)) return std::nullopt;
  for (std::uint64_t chunk = first; chunk < past; ++chunk) {
    const auto bytes = buffer.subspan((chunk - first) * chunk_bytes, layout.chunk_length(chunk));
    open_chunk(chunk, bytes, bytes);
  }
  return length;
}

std::optional<std::size_t> Reader::open_whole_chunks(std::uint64_t first, std::uint64_t past,
                                                     std::span<std::byte> buffer, bool may_wait) {
  std::size_t length = 0;
  for (std::uint64_t chunk = first; chunk < past; ++chunk) {
    const auto stored = scratch().first(blob_->layout().stored_length(chunk));
    if (!read_stored(blob_->layout().chunk_at(chunk), stored, may_wait)) break;
    const auto out = buffer.subspan(length, blob_->layout().chunk_length(chunk));
    open_chunk(chunk, stored, out);
    length += out.size();
  }
  return length == 0 ? std::nullopt : std::optional(length);
}

bool Reader::load_chunk(std::uint64_t chunk, bool may_wait) {
  if (chunk == chunk_number_) return true;
  const Layout& layout = blob_->layout();
  chunk_number_ = UINT64_MAX;
  chunk_.resize(layout.chunk_length(chunk));
  const auto stored = sealer_ ? scratch().first(layout.stored_length(chunk)) : std::span(chunk_);
  if (!read_stored(layout.chunk_at(chunk), stored, may_wait)) return false;
  open_chunk(chunk, stored, chunk_);
  chunk_number_ = chunk;
  return true;
}

bool Reader::read_stored(std::uint64_t offset, std::span<std::byte> out, bool may_wait) {
  if (!may_wait) {
    const auto got = blob_->file().read_cached(offset, out);
    return got && *got == out.size();
  }
  const auto left = blob_->layout().footer_at() - offset;
  if (left > out.size()) blob_->file().read_ahead(offset, std::min(left, out.size() + read_ahead_bytes));
  if (blob_->file().read_at(offset, out) != out.size()) {
    throw Corrupt("blob " + std::to_string(blob_->trailer().identity.id) + " is cut short");
  }
  return true;
}

void Reader::open_chunk(std::uint64_t chunk, std::span<const std::byte> stored, std::span<std::byte> out) {
  const bool good =
      sealer_ ? sealer_->open(chunk, chunk + 1 == blob_->layout().chunks(), stored, out) : blob_->verify(chunk, stored);
  if (good) return;
  throw Corrupt("blob " + std::to_string(blob_->trailer().identity.id) + " is damaged in chunk " +
                std::to_string(chunk));
}

bool Reader::verify_in_memory(std::uint64_t chunk) {
  const auto bytes = scratch().first(blob_->layout().stored_length(chunk));
  const auto got = blob_->file().read_cached(blob_->layout().chunk_at(chunk), bytes);
  return got && *got == bytes.size() && blob_->verify(chunk, bytes);
}

// Only what memory has is given away: a sendfile that waits for the disk would hold up all of an I/O thread. The rest
// is left to read(), which waits elsewhere and asks for what follows ahead of time.
std::optional<FileSlice> Reader::next_slice() {
  if (sealer_ || at_ == end_ || blob_->file().descriptor() < 0) return std::nullopt;
  const Layout& layout = blob_->layout();
  std::uint64_t length = 0, next_probe = 0;
  int verified_now = 0;
  while (length < max_slice_bytes && at_ + length < end_) {
    const std::uint64_t from = at_ + length, chunk = from / chunk_bytes;
    const std::size_t inside = from % chunk_bytes;
    if (!blob_->verified(chunk)) {
      if (verified_now++ == max_verified_at_once || !verify_in_memory(chunk)) break;
    } else if (length >= next_probe) {
      std::byte probe;
      if (!blob_->file().read_cached(layout.chunk_at(chunk) + inside, {&probe, 1})) break;
      next_probe = length + probe_distance;
    }
    length += std::min<std::uint64_t>(layout.chunk_length(chunk) - inside, end_ - from);
  }
  if (length == 0) return std::nullopt;
  const FileSlice slice{
      .fd = blob_->file().descriptor(), .offset = layout.body_at() + at_, .length = length, .owner = blob_};
  at_ += length;
  return slice;
}

}  // namespace tarn::blob
