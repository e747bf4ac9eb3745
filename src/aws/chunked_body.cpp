#include "aws/chunked_body.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "aws/sigv4.h"
#include "base/encoding.h"

namespace tarn::aws {
namespace {

namespace err = signature_errors;

constexpr std::size_t max_line_bytes = 4096;
constexpr std::size_t max_trailer_bytes = 16 << 10;

[[noreturn]] void fail_framing() {
  throw Error(err::incomplete_body, "The request body terminated unexpectedly");
}

[[noreturn]] void fail_trailer() {
  throw Error(err::malformed_trailer,
              "The request contained trailing data that was not well-formed or did not "
              "conform to our published schema.");
}

class ChunkedBody : public TrailedBody {
 public:
  ChunkedBody(std::unique_ptr<ByteStream> encoded, ChunkedOptions options)
      : encoded_(std::move(encoded)), options_(std::move(options)) {
    if (options_.signing) previous_ = options_.signing->seed;
  }

  Task<std::size_t> read(std::span<std::byte> out) override {
    if (out.empty() || ended_) co_return 0;
    if (chunk_left_ == 0) co_await begin_chunk();
    if (ended_) co_return 0;
    const auto wanted = out.first(std::min<std::uint64_t>(out.size(), chunk_left_));
    const std::size_t size = co_await take(wanted);
    if (size == 0) fail_framing();
    if (digest_) digest_->update(wanted.first(size));
    chunk_left_ -= size;
    total_ += size;
    if (chunk_left_ == 0) co_await end_chunk();
    // All is checked before the last byte is handed out.
    if (total_ == options_.decoded_length && chunk_left_ == 0) {
      co_await begin_chunk();
      if (!ended_) fail_framing();
    }
    co_return size;
  }

  std::shared_ptr<const Trailers> trailers() const override { return trailers_; }

 private:
  Task<void> begin_chunk() {
    const std::string line = co_await take_line(false);
    const auto header = parse_chunk_header(line);
    if (!header || (options_.signing && header->signature.empty())) fail_framing();
    if (header->size > options_.decoded_length - total_) fail_framing();
    signature_ = header->signature;
    chunk_left_ = header->size;
    if (options_.signing) digest_.emplace(DigestKind::sha256);
    if (chunk_left_ == 0) co_await end_body();
  }

  Task<void> end_chunk() {
    check_chunk();
    const std::string line = co_await take_line(false);
    if (!line.empty()) fail_framing();
  }

  Task<void> end_body() {
    check_chunk();
    if (total_ != options_.decoded_length) fail_framing();
    co_await read_trailers();
    ended_ = true;
  }

  void check_chunk() {
    if (!options_.signing) return;
    const ChunkSigning& signing = *options_.signing;
    const std::string text = "AWS4-HMAC-SHA256-PAYLOAD\n" + signing.timestamp + "\n" + signing.scope + "\n" +
                             previous_ + "\n" + std::string(empty_sha256) + "\n" + to_hex(as_bytes(digest_->finish()));
    check(sign(signing.key, text), signature_);
  }

  void check(std::string right, std::string_view given) {
    if (!equal_in_constant_time(right, given)) {
      throw Error(err::signature_does_not_match,
                  "The request signature we calculated does not match the signature you provided. Check your key and "
                  "signing method.");
    }
    previous_ = std::move(right);
  }

  Task<void> read_trailers() {
    std::string canonical;
    std::string trailer_signature;
    std::size_t bytes = 0;
    while (true) {
      const std::string line = co_await take_line(true);
      if (line.empty()) break;
      bytes += line.size();
      const std::size_t colon = line.find(':');
      if (!options_.has_trailer || colon == std::string::npos || colon == 0 || bytes > max_trailer_bytes) {
        fail_trailer();
      }
      std::string name = to_lower(trim(std::string_view(line).substr(0, colon)));
      std::string value(trim(std::string_view(line).substr(colon + 1)));
      if (name == "x-amz-trailer-signature") {
        trailer_signature = std::move(value);
        continue;
      }
      canonical.append(name).append(":").append(value).append("\n");
      trailers_->emplace_back(std::move(name), std::move(value));
    }
    for (const std::string& name : options_.expected_trailers) {
      if (!trailer(name)) fail_trailer();
    }
    if (!options_.signing || !options_.has_trailer) co_return;
    const ChunkSigning& signing = *options_.signing;
    const std::string text = "AWS4-HMAC-SHA256-TRAILER\n" + signing.timestamp + "\n" + signing.scope + "\n" +
                             previous_ + "\n" + to_hex(sha256(canonical));
    check(sign(signing.key, text), trailer_signature);
  }

  // A line without its end. Some SDKs end trailers with a line feed alone; and the body may end without an empty line.
  Task<std::string> take_line(bool of_trailer) {
    std::string line;
    while (true) {
      if (begin_ == end_) {
        begin_ = 0;
        end_ = co_await encoded_->read(buffer_);
        if (end_ == 0) {
          if (of_trailer && line.empty()) co_return line;
          fail_framing();
        }
      }
      const std::string_view waiting = as_text(std::span(buffer_).subspan(begin_, end_ - begin_));
      const std::size_t feed = waiting.find('\n');
      line += waiting.substr(0, feed);
      begin_ += feed == std::string_view::npos ? waiting.size() : feed + 1;
      if (line.size() > max_line_bytes) fail_framing();
      if (feed == std::string_view::npos) continue;
      if (line.ends_with('\r')) {
        line.pop_back();
      } else if (!of_trailer) {
        fail_framing();
      }
      co_return line;
    }
  }

  // What waits in the buffer first, then straight from below.
  Task<std::size_t> take(std::span<std::byte> out) {
    if (begin_ == end_) co_return co_await encoded_->read(out);
    const std::size_t size = std::min(out.size(), end_ - begin_);
    std::memcpy(out.data(), buffer_.data() + begin_, size);
    begin_ += size;
    co_return size;
  }

  std::unique_ptr<ByteStream> encoded_;
  ChunkedOptions options_;
  std::array<std::byte, 2048> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;

  std::uint64_t chunk_left_ = 0;
  std::uint64_t total_ = 0;
  bool ended_ = false;
  std::string signature_;
  std::string previous_;
  std::optional<Digest> digest_;
  std::shared_ptr<Trailers> trailers_ = std::make_shared<Trailers>();
};

class HashedBody : public ByteStream {
 public:
  HashedBody(std::unique_ptr<ByteStream> body, std::string expected, std::optional<std::uint64_t> length)
      : body_(std::move(body)), expected_(std::move(expected)), length_(length) {}

  Task<std::size_t> read(std::span<std::byte> out) override {
    if (checked_ || out.empty()) co_return 0;
    const std::size_t size = co_await body_->read(out);
    digest_.update(out.first(size));
    total_ += size;
    if (size == 0 || total_ == length_) {
      checked_ = true;
      const std::string computed = to_hex(as_bytes(digest_.finish()));
      if (!equal_in_constant_time(computed, expected_)) throw_sha256_mismatch(expected_, computed);
    }
    co_return size;
  }

 private:
  std::unique_ptr<ByteStream> body_;
  std::string expected_;
  std::optional<std::uint64_t> length_;
  Digest digest_{DigestKind::sha256};
  std::uint64_t total_ = 0;
  bool checked_ = false;
};

}  // namespace

std::optional<std::string_view> TrailedBody::trailer(std::string_view name) const {
  for (const auto& [key, value] : *trailers()) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::unique_ptr<TrailedBody> decode_chunked(std::unique_ptr<ByteStream> encoded, ChunkedOptions options) {
  return std::make_unique<ChunkedBody>(std::move(encoded), std::move(options));
}

std::unique_ptr<ByteStream> check_sha256(std::unique_ptr<ByteStream> body, std::string expected,
                                         std::optional<std::uint64_t> length) {
  return std::make_unique<HashedBody>(std::move(body), std::move(expected), length);
}

void throw_sha256_mismatch(std::string_view expected, std::string_view computed) {
  throw Error(err::content_sha256_mismatch,
              "The provided 'x-amz-content-sha256' header does not match what was computed.")
      .with("ClientComputedContentSHA256", std::string(expected))
      .with("S3ComputedContentSHA256", std::string(computed));
}

std::optional<ChunkHeader> parse_chunk_header(std::string_view line) {
  ChunkHeader header;
  std::size_t digits = 0;
  for (; digits < line.size() && line[digits] != ';'; ++digits) {
    const char c = line[digits];
    const int value = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (value < 0 || digits == 15) return std::nullopt;
    header.size = header.size << 4 | static_cast<std::uint64_t>(value);
  }
  if (digits == 0) return std::nullopt;
  line.remove_prefix(digits);
  constexpr std::string_view name = ";chunk-signature=";
  if (line.starts_with(name)) {
    header.signature = line.substr(name.size());
    if (header.signature.size() != 64) return std::nullopt;
  } else if (!line.empty()) {
    return std::nullopt;
  }
  return header;
}

}  // namespace tarn::aws
