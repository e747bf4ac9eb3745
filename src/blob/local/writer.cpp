#include "blob/local/writer.h"

#include <algorithm>

#include "base/blocking.h"
#include "base/checksum.h"
#include "base/encoding.h"
#include "base/error.h"

namespace tarn::blob {
namespace {

// Bytes gather until there are so many, and then go to the file on a blocking thread.
constexpr std::size_t buffer_bytes = 256 << 10;
// A long stream's bytes go to the disk while it still runs, so that finish() has little to wait for.
constexpr std::uint64_t writeback_bytes = 8 << 20;

}  // namespace

LocalWriter::LocalWriter(WriterPlace place, BlobRef ref, std::string owner, std::optional<Sealer> sealer,
                         std::uint64_t size_hint)
    : place_(std::move(place)),
      ref_(ref),
      identity_{.format = ref.format,
                .id = ref.id,
                .sealed_under = ref.id,
                .owner_bytes = static_cast<std::uint16_t>(owner.size())},
      sealer_(std::move(sealer)) {
  const std::uint64_t file_bytes = Layout(ref.format, size_hint, owner.size()).file_bytes();
  if (sealer_ || file_bytes <= buffer_bytes) {
    buffer_.reserve(std::min<std::uint64_t>(file_bytes, buffer_bytes + chunk_bytes + tag_bytes));
  }
  const Frame header = make_header(identity_);
  buffer_.assign(header.begin(), header.end());
  const auto owner_bytes = as_bytes(owner);
  buffer_.insert(buffer_.end(), owner_bytes.begin(), owner_bytes.end());
  head_checksum_ = crc32c(0, buffer_);
}

LocalWriter::~LocalWriter() {
  if (!finished_) place_.abandoned();
}

Task<void> LocalWriter::append(std::span<const std::byte> chunk) {
  if (buffer_.size() + chunk.size() < buffer_bytes) {
    absorb(chunk, false);
  } else {
    co_await blocking([&] { absorb(chunk, true); });
  }
}

void LocalWriter::absorb(std::span<const std::byte> bytes, bool may_write) {
  ref_.size += bytes.size();
  if (may_write && !sealer_) {
    // Straight from where they are.
    say_when_full([&] {
      write_out();
      count_plain(bytes);
      write(bytes);
    });
    return;
  }
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min<std::size_t>(bytes.size(), chunk_bytes));
    sealer_ ? absorb_sealed(piece, bytes.size() > piece.size()) : absorb_plain(piece);
    bytes = bytes.subspan(piece.size());
    if (may_write && buffer_.size() >= buffer_bytes) say_when_full([this] { write_out(); });
  }
}

void LocalWriter::absorb_plain(std::span<const std::byte> bytes) {
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  count_plain(bytes);
}

void LocalWriter::count_plain(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(bytes.size(), chunk_bytes - chunk_length_));
    chunk_checksum_ = crc32c(chunk_checksum_, piece);
    chunk_length_ += piece.size();
    bytes = bytes.subspan(piece.size());
    if (chunk_length_ == chunk_bytes) {
      checksums_.push_back(std::exchange(chunk_checksum_, 0));
      chunk_length_ = 0;
    }
  }
}

void LocalWriter::absorb_sealed(std::span<const std::byte> bytes, bool more_follow) {
  while (!bytes.empty()) {
    if (held_back_.size() == chunk_bytes) {
      seal_chunk(held_back_, false);
      held_back_.clear();
    }
    if (more_follow && held_back_.empty() && bytes.size() == chunk_bytes) return seal_chunk(bytes, false);
    const auto piece = bytes.first(std::min(bytes.size(), chunk_bytes - held_back_.size()));
    held_back_.insert(held_back_.end(), piece.begin(), piece.end());
    bytes = bytes.subspan(piece.size());
  }
}

void LocalWriter::seal_chunk(std::span<const std::byte> bytes, bool last) {
  const std::size_t at = buffer_.size();
  buffer_.resize(at + bytes.size() + tag_bytes);
  const auto out = std::span(buffer_).subspan(at);
  sealer_->seal(checksums_.size(), last, bytes, out);
  checksums_.push_back(crc32c(0, out));
}

void LocalWriter::write_out() {
  if (buffer_.empty()) return;
  write(buffer_);
  buffer_.clear();
}

void LocalWriter::write(std::span<const std::byte> bytes) {
  if (!file_) {
    file_ = place_.files.open(place_.path, OpenMode::create_new);
    if (!file_) {
      place_.files.make_folders(folder_of(place_.path));
      file_ = place_.files.open(place_.path, OpenMode::create_new);
    }
    if (!file_) throw FileError(ENOENT, "make", place_.path);
  }
  file_->write_at(written_, bytes);
  written_ += bytes.size();
  if (written_ - written_back_ >= writeback_bytes) {
    file_->start_writeback(written_back_, written_ - written_back_);
    written_back_ = written_;
  }
}

Task<BlobRef> LocalWriter::finish(std::span<const std::byte> last) {
  co_await blocking([this, last] {
    absorb(last, buffer_.size() + last.size() >= buffer_bytes);
    say_when_full([this] { complete(); });
  });
  finished_ = true;
  file_.reset();
  co_return ref_;
}

void LocalWriter::complete() {
  if (sealer_) {
    seal_chunk(held_back_, true);
  } else if (chunk_length_ > 0) {
    checksums_.push_back(chunk_checksum_);
  }
  const auto footer = make_footer(identity_, ref_.size, head_checksum_, checksums_);
  buffer_.insert(buffer_.end(), footer.begin(), footer.end());
  write(buffer_);
  file_->sync();
  place_.files.sync_folder(folder_of(place_.path));
}

}  // namespace tarn::blob
