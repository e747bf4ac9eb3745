#include "objects/body.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "base/blocking.h"
#include "base/encoding.h"
#include "base/md5_stream.h"
#include "objects/errors.h"

namespace tarn::objects {
namespace {

constexpr std::size_t largest_chunk_bytes = 256 << 10;
constexpr std::size_t smallest_chunk_bytes = 64 << 10;
// Of all bodies that are being received, as near as chunks of these sizes allow.
constexpr std::size_t all_chunks_bytes = 24 << 20;
// The checksum of less is made where one stands: a hop to another thread and back costs about as much. A CRC always is:
// it takes a tenth of that.
constexpr std::size_t checksum_here_bytes = 32 << 10;

struct Digests {
  Md5Stream md5;
  Checksum checksum;
  explicit Digests(ChecksumAlgorithm algorithm) : checksum(algorithm) {}
};

void check_length(const BodyChecks& checks, std::uint64_t size) {
  if (checks.length && *checks.length != size) {
    throw Error(errors::incomplete_body,
                "You did not provide the number of bytes specified by the Content-Length HTTP header");
  }
}

void check_md5(const BodyChecks& checks, const std::string& received) {
  if (checks.md5 && *checks.md5 != received) {
    throw Error(errors::bad_digest, "The Content-MD5 you specified did not match what we received.")
        .with("ExpectedDigest", to_base64(as_bytes(*checks.md5)))
        .with("CalculatedDigest", to_base64(as_bytes(received)));
  }
}

void check_checksum(const BodyChecks& checks, const StoredChecksum& received) {
  if (!checks.expected) return;
  const std::optional<std::string> expected = checks.expected();
  if (expected && *expected != received.value) {
    throw Error(errors::bad_digest, "The " + std::string(name_of(received.algorithm)) +
                                        " you specified did not match the calculated checksum.");
  }
}

void check_size(std::uint64_t size, const ReceiveOptions& options) {
  if (size > options.max_size) {
    throw Error(errors::entity_too_large, "Your proposed upload exceeds the maximum allowed size")
        .with("MaxSizeAllowed", std::to_string(options.max_size))
        .with("ProposedSize", std::to_string(size));
  }
}

Task<void> append_to(blob::Writer& writer, std::span<const std::byte> chunk) {
  co_await writer.append(chunk);
}

Task<void> finish_with(blob::Writer& writer, std::span<const std::byte> chunk, std::optional<blob::BlobRef>& finished) {
  finished = co_await writer.finish(chunk);
}

Task<void> fill(ByteStream& body, std::span<std::byte> buffer, std::size_t& filled) {
  filled = co_await read_fully(body, buffer);
}

Task<void> update(Checksum& checksum, std::span<const std::byte> chunk) {
  if (is_crc(checksum.algorithm()) || chunk.size() <= checksum_here_bytes) {
    checksum.update(chunk);
  } else {
    co_await blocking([&checksum, chunk] { checksum.update(chunk); });
  }
}

// The two chunks of a body on its way. Large ones are handed over less often, but the more bodies come at once, the
// less each holds.
class Chunks {
 public:
  explicit Chunks(std::size_t at_least) : size_(std::max(size_for(counted_.bodies), at_least)) {}
  std::span<std::byte> first() { return {bytes_.get(), size_}; }
  std::span<std::byte> second() { return {bytes_.get() + size_, size_}; }

 private:
  static std::size_t size_for(std::size_t bodies) {
    const std::size_t share = all_chunks_bytes / (2 * bodies) / smallest_chunk_bytes * smallest_chunk_bytes;
    return std::clamp(share, smallest_chunk_bytes, largest_chunk_bytes);
  }
  struct Counted {
    Counted() = default;
    ~Counted() { --now; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    static inline std::atomic<std::size_t> now{0};
    const std::size_t bodies = ++now;
  };
  Counted counted_;
  std::size_t size_;
  std::unique_ptr<std::byte[]> bytes_ = std::make_unique_for_overwrite<std::byte[]>(2 * size_);
};

// A body that is larger than a row, on its way to its blob.
class BlobBody {
 public:
  BlobBody(ByteStream& body, blob::Writer& writer, const BodyChecks& checks, const ReceiveOptions& options,
           Digests& digests)
      : body_(body), writer_(writer), checks_(checks), options_(options), digests_(digests) {}

  // `received.bytes` have been read already.
  Task<void> receive(Received& received) {
    Chunks chunks(received.bytes.size());
    std::span<std::byte> current = chunks.first();
    std::span<std::byte> next = chunks.second();
    const std::size_t first = received.bytes.size();
    std::memcpy(current.data(), received.bytes.data(), first);
    std::string().swap(received.bytes);
    std::size_t filled = first + co_await read_fully(body_, current.subspan(first));
    while (true) {
      received.size += filled;
      check_size(received.size, options_);
      // The client's last byte is here: what remains is done in one go. An end that nobody foretold comes as a chunk
      // of nothing.
      if (filled < current.size() || received.size == checks_.length) {
        if (filled == current.size()) received.size += co_await read_fully(body_, next.first(1));
        co_return co_await end(current.first(filled), received);
      }
      std::size_t filled_next = 0;
      co_await keep(current, next, filled_next);
      std::swap(current, next);
      filled = filled_next;
    }
  }

 private:
  // Writes and hashes one chunk while the next one is read: the network, the disk and a core work at once.
  Task<void> keep(std::span<const std::byte> chunk, std::span<std::byte> next, std::size_t& filled_next) {
    std::vector<Task<void>> all;
    all.push_back(digests_.md5.update(chunk));
    all.push_back(append_to(writer_, chunk));
    all.push_back(update(digests_.checksum, chunk));
    all.push_back(fill(body_, next, filled_next));
    co_await when_all(std::move(all));
  }

  // What can be refused is refused before the blob is finished. Its MD5, unless the client told it, is no ground for
  // that and is made while the disk works.
  Task<void> end(std::span<const std::byte> chunk, Received& received) {
    check_length(checks_, received.size);
    co_await update(digests_.checksum, chunk);
    received.checksum.value = digests_.checksum.finish();
    check_checksum(checks_, received.checksum);
    if (checks_.md5) {
      co_await digests_.md5.update(chunk);
      received.md5 = digests_.md5.finish();
      check_md5(checks_, received.md5);
      co_return co_await finish_with(writer_, chunk, received.blob);
    }
    std::vector<Task<void>> both;
    both.push_back(digests_.md5.update(chunk));
    both.push_back(finish_with(writer_, chunk, received.blob));
    co_await when_all(std::move(both));
    received.md5 = digests_.md5.finish();
  }

  ByteStream& body_;
  blob::Writer& writer_;
  const BodyChecks& checks_;
  const ReceiveOptions& options_;
  Digests& digests_;
};

}  // namespace

Task<std::size_t> read_fully(ByteStream& stream, std::span<std::byte> buffer) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const std::size_t count = co_await stream.read(buffer.subspan(filled));
    if (count == 0) break;
    filled += count;
  }
  co_return filled;
}

Task<std::size_t> StringStream::read(std::span<std::byte> buffer) {
  const std::size_t count = std::min(buffer.size(), left_.size());
  std::memcpy(buffer.data(), left_.data(), count);
  left_.remove_prefix(count);
  co_return count;
}

namespace {

Task<Received> receive_unnamed(blob::Store& blobs, ByteStream& body, const BodyChecks& checks,
                               const ReceiveOptions& options) {
  if (checks.length) check_size(*checks.length, options);
  Received received;
  received.checksum.algorithm = checks.algorithm.value_or(ChecksumAlgorithm::crc64nvme);
  Digests digests(received.checksum.algorithm);

  // One byte more than fits a row tells whether there is more.
  const std::size_t small = options.inline_limit + 1;
  received.bytes.resize(checks.length ? std::min<std::uint64_t>(*checks.length + 1, small) : small);
  const std::span<std::byte> front{reinterpret_cast<std::byte*>(received.bytes.data()), received.bytes.size()};
  const std::size_t filled = co_await read_fully(body, front);
  if (filled == front.size() && filled > 0) {
    const auto writer =
        co_await blobs.create({.tier = options.tier,
                               .format = options.key.bytes.empty() ? blob::Format::plain : blob::Format::sealed,
                               .key = options.key,
                               .size_hint = checks.length.value_or(0),
                               .owner = pack(options.owner)});
    co_await BlobBody(body, *writer, checks, options, digests).receive(received);
    co_return received;
  }
  received.bytes.resize(filled);
  received.size = filled;
  check_length(checks, filled);
  co_await digests.md5.update(as_bytes(received.bytes));
  received.md5 = digests.md5.finish();
  digests.checksum.update(as_bytes(received.bytes));
  received.checksum.value = digests.checksum.finish();
  check_md5(checks, received.md5);
  check_checksum(checks, received.checksum);
  co_return received;
}

}  // namespace

Task<Received> receive(blob::Store& blobs, ByteStream& body, const BodyChecks& checks, ReceiveOptions options) {
  try {
    co_return co_await receive_unnamed(blobs, body, checks, options);
  } catch (const Error& refusal) {
    if (refusal.code() != tarn::errors::insufficient_storage) throw;
    // Who hears of it may have asked for something else, such as a query.
    std::string message = refusal.message();
    if (message.ends_with('.')) message.pop_back();
    throw Error(refusal.code(), message + ": there is no room for '" + options.owner.key + "'.");
  }
}

}  // namespace tarn::objects
