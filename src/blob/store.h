// blob::Store keeps the lake's large bytes. A blob is written once and never changes.
//
// The order is the safety argument: finish() the blob, then commit the row that names it, then say settled(). A crash
// in between leaves a blob that nobody names, which the sweeper finds; never a name without its bytes.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/stream.h"
#include "base/task.h"

namespace tarn::blob {

// How a blob's bytes lie: plain (contiguous, chunk checksums in a footer) or sealed (chunks of AES-256-GCM).
enum class Format : std::uint8_t { plain = 1, sealed = 2 };

// Which folder keeps it: one for each physical tier that the operator configured. 0 is the hot one.
struct Tier {
  std::uint8_t number = 0;
  friend auto operator<=>(const Tier&, const Tier&) = default;
};

// Names a blob for ever; ids are never used again.
struct BlobRef {
  Tier tier;
  Format format = Format::plain;
  std::uint64_t id = 0;
  std::uint64_t size = 0;  // Of the bytes as their reader sees them; known once finish() returned.
  friend auto operator<=>(const BlobRef&, const BlobRef&) = default;
};

// 18 bytes, for rows.
void append_ref(std::string& out, const BlobRef& ref);
// Takes one from the front of `in`; throws std::runtime_error on bytes that are no ref.
BlobRef take_ref(std::string_view& in);

// The data key of a sealed blob, as the caller unwrapped it; empty for plain ones.
struct DataKey {
  std::string bytes;
};

struct CreateOptions {
  Tier tier;
  Format format = Format::plain;
  DataKey key;
  std::uint64_t size_hint = 0;  // 0 where it is not known.
  // Kept beside the bytes and told by unsettled(): where the row is that will name the blob, in its owner's words. At
  // most 8 KiB.
  std::string owner = {};
};

class Writer {
 public:
  virtual ~Writer() = default;  // Not finished? Then the blob never was.

  // Awaiting it is the back-pressure. `chunk` is read only until it returns: reuse your buffer.
  virtual Task<void> append(std::span<const std::byte> chunk) = 0;
  virtual BlobRef ref() const = 0;  // Known from the start, so that a crash leaves a trace.
  // Durable on return: bytes, checksums and directory entry. `last`: bytes that append() has not had yet.
  virtual Task<BlobRef> finish(std::span<const std::byte> last) = 0;
  Task<BlobRef> finish() { return finish({}); }
};

// Thrown by a read that met bytes whose checksum or seal is wrong. Never served as good.
struct Corrupt : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Thrown by open() of a blob that has been removed, or never was.
struct NotFound : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A blob that may have no row.
struct Unsettled {
  BlobRef ref;        // Its size is 0 if the blob was not finished, or is damaged: compare ids.
  std::string owner;  // As its creator gave it; empty where it cannot be read, and of a copy.
};

class Store {
 public:
  virtual ~Store() = default;
  // A full disk is an Error (insufficient_storage), from here on to finish().
  virtual Task<std::unique_ptr<Writer>> create(CreateOptions options) = 0;

  // The bytes of `range`, which must lie inside the blob. A chunk whose checksum is wrong is never returned: Corrupt.
  // NotFound if it is gone. For a plain blob next_slice() gives file slices for chunks that this process has verified
  // once.
  virtual Task<std::unique_ptr<ByteStream>> open(BlobRef blob, ByteRange range, DataKey key = {}) = 0;

  // Removing what is gone is success. Durable on return. Waits for nobody: open readers keep their file.
  virtual Task<void> remove(BlobRef blob) = 0;

  // A new blob with the same bytes in `tier` (reflink where the file system can). Same format and key.
  virtual Task<BlobRef> copy(BlobRef blob, Tier tier) = 0;

  // Reads all of it and says whether every checksum holds. For the scrubber.
  virtual Task<bool> verify(BlobRef blob) = 0;

  // A durable row names the blob, so that no sweep need look at it after a crash. Quick, and no promise hangs on it:
  // where it is left out, the next start has one blob more to look at. remove() implies it.
  virtual void settled(const BlobRef&) {}

  // The next blobs that a process before this one made and that may have no row; empty once all were told. The caller
  // looks for the row of each, and then says settled() or calls remove().
  virtual Task<std::vector<Unsettled>> unsettled(std::size_t max) = 0;
};

}  // namespace tarn::blob
