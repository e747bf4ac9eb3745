// Receiving a body: its bytes go to a row or a blob, and through every digest that is wanted, as they come.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/stream.h"
#include "base/task.h"
#include "blob/store.h"
#include "objects/blob_owner.h"
#include "objects/requests.h"

namespace tarn::objects {

// What came. Either `bytes` (small) or `blob` holds it; the blob is durable, and named by no row yet.
struct Received {
  std::uint64_t size = 0;
  std::string md5;  // Raw.
  StoredChecksum checksum;
  std::string bytes;
  std::optional<blob::BlobRef> blob;
};

struct ReceiveOptions {
  blob::Tier tier;
  std::uint32_t inline_limit = 0;  // 0: always a blob, if there is a byte.
  std::uint64_t max_size = 5ULL << 30;
  BlobOwner owner = {};    // Whose the blob will be.
  blob::DataKey key = {};  // Blobs are sealed under it; empty: they are plain. `bytes` are as they came.
};

// Pulls `body` to its end and holds it against `checks`: incomplete_body, entity_too_large, bad_digest; then nothing is
// left behind. Holds at most two chunks of 256 KiB, and less where many bodies come at once.
Task<Received> receive(blob::Store& blobs, ByteStream& body, const BodyChecks& checks, ReceiveOptions options);

// A body that is at hand.
class StringStream : public ByteStream {
 public:
  explicit StringStream(std::shared_ptr<const std::string> bytes, ByteRange range) : bytes_(std::move(bytes)) {
    left_ = std::string_view(*bytes_).substr(range.offset, range.length);
  }
  explicit StringStream(std::string bytes)
      : bytes_(std::make_shared<const std::string>(std::move(bytes))), left_(*bytes_) {}
  Task<std::size_t> read(std::span<std::byte> buffer) override;

 private:
  std::shared_ptr<const std::string> bytes_;
  std::string_view left_;
};

// Reads until `buffer` is full or the stream has ended; how many bytes.
Task<std::size_t> read_fully(ByteStream& stream, std::span<std::byte> buffer);

}  // namespace tarn::objects
