#include "objects/body.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/blocking.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "objects/errors.h"

namespace tarn::objects {
namespace {

constexpr std::size_t chunk_bytes = 256 << 10;
// Digests of less are made where one stands: a hop to another thread and back costs about as much.
constexpr std::size_t hash_here_bytes = 32 << 10;

struct Digests {
  Digest md5{DigestKind::md5};
  Checksum checksum;
  explicit Digests(ChecksumAlgorithm algorithm) : checksum(algorithm) {}
  void update(std::span<const std::byte> bytes) {
    md5.update(bytes);
    checksum.update(bytes);
  }
};

void check_length(const BodyChecks& checks, std::uint64_t size) {
  if (checks.length && *checks.length != size) {
    throw Error(errors::incomplete_body,
                "You did not provide the number of bytes specified by the Content-Length HTTP header");
  }
}

void check_digests(const BodyChecks& checks, const Received& received) {
  if (checks.md5 && *checks.md5 != received.md5) {
    throw Error(errors::bad_digest, "The Content-MD5 you specified did not match what we received.")
        .with("ExpectedDigest", to_base64(as_bytes(*checks.md5)))
        .with("CalculatedDigest", to_base64(as_bytes(received.md5)));
  }
  if (!checks.expected) return;
  const std::optional<std::string> expected = checks.expected();
  if (expected && *expected != received.checksum.value) {
    throw Error(errors::bad_digest, "The " + std::string(name_of(received.checksum.algorithm)) +
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

Task<void> hash_on_pool(Digests& digests, std::span<const std::byte> chunk) {
  co_await blocking([&digests, chunk] { digests.update(chunk); });
}

// Writes and hashes one chunk while the next one is read: the network, the disk and a core work at once.
Task<void> keep(blob::Writer& writer, Digests& digests, std::span<const std::byte> chunk) {
  if (chunk.size() <= hash_here_bytes) {
    digests.update(chunk);
    co_await writer.append(chunk);
    co_return;
  }
  std::vector<Task<void>> both;
  both.push_back(hash_on_pool(digests, chunk));
  both.push_back(append_to(writer, chunk));
  co_await when_all(std::move(both));
}

Task<void> fill(ByteStream& body, std::span<std::byte> buffer, std::size_t& filled) {
  filled = co_await read_fully(body, buffer);
}

// The rest of a body that is larger than a row; `first` has been read already.
Task<void> receive_blob(blob::Writer& writer, ByteStream& body, std::span<const std::byte> first, Digests& digests,
                        const ReceiveOptions& options, std::uint64_t& size) {
  const auto buffers = std::make_unique<std::array<std::array<std::byte, chunk_bytes>, 2>>();
  std::span<std::byte> current = (*buffers)[0];
  std::span<std::byte> next = (*buffers)[1];
  std::memcpy(current.data(), first.data(), first.size());
  std::size_t filled = first.size() + co_await read_fully(body, current.subspan(first.size()));
  while (filled > 0) {
    size += filled;
    check_size(size, options);
    if (filled < current.size()) {
      co_await keep(writer, digests, current.first(filled));
      co_return;
    }
    std::size_t filled_next = 0;
    std::vector<Task<void>> both;
    both.push_back(keep(writer, digests, current));
    both.push_back(fill(body, next, filled_next));
    co_await when_all(std::move(both));
    std::swap(current, next);
    filled = filled_next;
  }
}

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
  if (filled < front.size() || filled == 0) {
    received.bytes.resize(filled);
    received.size = filled;
    digests.update(as_bytes(received.bytes));
    check_length(checks, filled);
  } else {
    const auto writer =
        co_await blobs.create({.tier = options.tier,
                               .format = options.key.bytes.empty() ? blob::Format::plain : blob::Format::sealed,
                               .key = options.key,
                               .size_hint = checks.length.value_or(0),
                               .owner = pack(options.owner)});
    co_await receive_blob(*writer, body, front, digests, options, received.size);
    check_length(checks, received.size);
    received.bytes = {};
    received.md5 = digests.md5.finish();
    received.checksum.value = digests.checksum.finish();
    check_digests(checks, received);
    received.blob = co_await writer->finish();
    co_return received;
  }
  received.md5 = digests.md5.finish();
  received.checksum.value = digests.checksum.finish();
  check_digests(checks, received);
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
