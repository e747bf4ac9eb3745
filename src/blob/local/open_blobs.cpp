#include "blob/local/open_blobs.h"

#include "base/checksum.h"

namespace tarn::blob {
namespace {

constexpr std::size_t max_memory_bytes = 16 << 20;

std::string named(const BlobRef& ref) {
  return "blob " + std::to_string(ref.id);
}

}  // namespace

OpenBlob::OpenBlob(std::unique_ptr<File> file, Layout layout, Trailer trailer, std::vector<std::uint32_t> checksums)
    : file_(std::move(file)),
      layout_(layout),
      trailer_(trailer),
      checksums_(std::move(checksums)),
      verified_((checksums_.size() + 63) / 64) {}

std::shared_ptr<OpenBlob> OpenBlob::load(std::unique_ptr<File> file, const BlobRef& ref, bool may_wait) {
  const Layout shape(ref.format, ref.size, 0);
  const std::uint64_t length = file->size();
  if (length < shape.file_bytes() || length - shape.file_bytes() > max_owner_bytes) {
    throw Corrupt(named(ref) + " has not the length it was written with");
  }
  const Layout layout(ref.format, ref.size, static_cast<std::size_t>(length - shape.file_bytes()));
  std::vector<std::byte> footer(layout.footer_bytes());
  const auto got = may_wait ? std::optional(file->read_at(layout.footer_at(), footer))
                            : file->read_cached(layout.footer_at(), footer);
  if (!may_wait && got != footer.size()) return nullptr;
  if (got != footer.size()) throw Corrupt(named(ref) + " is cut short");
  const auto bytes = std::span<const std::byte>(footer);
  const Trailer trailer = parse_trailer(bytes.last(frame_bytes));
  const Identity& identity = trailer.identity;
  if (identity.id != ref.id || identity.format != ref.format || trailer.size != ref.size ||
      frame_bytes + identity.owner_bytes != layout.body_at()) {
    throw Corrupt(named(ref) + " has the file of another");
  }
  auto checksums = parse_checksums(bytes.first(bytes.size() - frame_bytes), trailer);
  return std::shared_ptr<OpenBlob>(new OpenBlob(std::move(file), layout, trailer, std::move(checksums)));
}

bool OpenBlob::verify(std::uint64_t chunk, std::span<const std::byte> stored) const {
  if (crc32c(0, stored) != checksums_[chunk]) return false;
  verified_[chunk / 64].fetch_or(std::uint64_t{1} << (chunk % 64), std::memory_order_relaxed);
  return true;
}

std::shared_ptr<OpenBlob> OpenBlobs::find(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->blob;
}

void OpenBlobs::add(std::uint64_t id, std::shared_ptr<OpenBlob> blob) {
  const std::lock_guard lock(mutex_);
  if (by_id_.contains(id)) return;  // Another reader was faster; both files are the same.
  memory_bytes_ += blob->memory_bytes();
  entries_.push_front({id, std::move(blob)});
  by_id_[id] = entries_.begin();
  while (entries_.size() > max_files_ || (memory_bytes_ > max_memory_bytes && entries_.size() > 1)) drop_last();
}

void OpenBlobs::forget(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  memory_bytes_ -= found->second->blob->memory_bytes();
  entries_.erase(found->second);
  by_id_.erase(found);
}

void OpenBlobs::drop_last() {
  memory_bytes_ -= entries_.back().blob->memory_bytes();
  by_id_.erase(entries_.back().id);
  entries_.pop_back();
}

}  // namespace tarn::blob
