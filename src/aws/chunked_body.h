// Bodies as SDKs sign them: in chunks with signatures ("aws-chunked"), with trailers, or with one hash for all.
//
// These streams check while they are read. The last byte is handed out only after everything has been checked, so that
// a reader who knows the length and stops there has missed nothing.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/stream.h"

namespace tarn::aws {

// A body whose end brings further headers, such as x-amz-checksum-crc32.
class TrailedBody : public ByteStream {
 public:
  using Trailers = std::vector<std::pair<std::string, std::string>>;
  // Lower-case names. Complete once the last byte was read; outlives the body.
  virtual std::shared_ptr<const Trailers> trailers() const = 0;
  std::optional<std::string_view> trailer(std::string_view name) const;
};

// How a body is framed, by x-amz-content-sha256.
struct ChunkSigning {
  Sha256 key;             // The request's signing key.
  std::string timestamp;  // "20130524T000000Z"
  std::string scope;      // "20130524/us-east-1/s3/aws4_request"
  std::string seed;       // The request's own signature, from which the chain starts.
};
struct ChunkedOptions {
  std::optional<ChunkSigning> signing;  // None: STREAMING-UNSIGNED-PAYLOAD-TRAILER.
  bool has_trailer = false;
  std::vector<std::string> expected_trailers;  // Of x-amz-trailer, lower case; each must come.
  std::uint64_t decoded_length = 0;            // Of x-amz-decoded-content-length.
};

// Takes the framing off. Reading throws SignatureDoesNotMatch, IncompleteBody or MalformedTrailerError.
std::unique_ptr<TrailedBody> decode_chunked(std::unique_ptr<ByteStream> encoded, ChunkedOptions options);

// Checks that the body, of `length` bytes if known, has the hash (lower-case hexadecimal); throws
// XAmzContentSHA256Mismatch.
std::unique_ptr<ByteStream> check_sha256(std::unique_ptr<ByteStream> body, std::string expected,
                                         std::optional<std::uint64_t> length);
[[noreturn]] void throw_sha256_mismatch(std::string_view expected, std::string_view computed);

// "1000;chunk-signature=64 digits", without its line end. None: it is not that.
struct ChunkHeader {
  std::uint64_t size = 0;
  std::string_view signature;  // Empty: none was given.
};
std::optional<ChunkHeader> parse_chunk_header(std::string_view line);

}  // namespace tarn::aws
