#include "aws/body.h"

#include <algorithm>
#include <cstring>

#include "base/encoding.h"
#include "base/error.h"
#include "base/gzip.h"

namespace tarn::aws {
namespace {

constexpr std::size_t kPiece = 64 << 10;

class TextStream : public ByteStream {
 public:
  explicit TextStream(std::string text) : text_(std::move(text)) {}
  Task<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t length = std::min(buffer.size(), text_.size() - at_);
    std::memcpy(buffer.data(), text_.data() + at_, length);
    at_ += length;
    co_return length;
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

}  // namespace

Task<std::optional<std::string>> read_all(ByteStream* stream, std::uint64_t limit) {
  std::string text;
  if (!stream) co_return text;
  while (true) {
    const std::size_t before = text.size();
    // One byte beyond the limit, to see that there is more.
    text.resize(before + std::min<std::uint64_t>(kPiece, limit + 1 - before));
    const std::size_t length =
        co_await stream->read(std::as_writable_bytes(std::span(text.data() + before, text.size() - before)));
    text.resize(before + length);
    if (length == 0) co_return text;
    if (text.size() > limit) co_return std::nullopt;
  }
}

std::optional<std::string> uncompressed(const http::Request& request, std::string body, std::uint64_t limit) {
  const auto encoding = request.header("Content-Encoding");
  if (!encoding || !equal_ignoring_case(*encoding, "gzip")) return body;
  auto text = gunzip(body, limit);
  if (text) return std::move(*text);
  if (text.error() == GunzipFailure::too_large) return std::nullopt;
  throw Error({"SerializationException", 400}, "The request body is not gzip, as its Content-Encoding says.");
}

std::unique_ptr<ByteStream> text_stream(std::string text) {
  return std::make_unique<TextStream>(std::move(text));
}

}  // namespace tarn::aws
