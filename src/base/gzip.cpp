#include "base/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <stdexcept>

#include "base/gunzip.h"

namespace tarn {
namespace {

// Added to the window's bits, it asks for gzip's header.
constexpr int gzip_header = 16;
constexpr std::size_t step_bytes = 64 << 10;

Bytef* bytes_of(std::string_view text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

}  // namespace

std::string gzip(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + gzip_header, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw std::runtime_error("gzip failed");
  }
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = bytes_of(text);
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("gzip failed");
  return out;
}

std::expected<std::string, GunzipFailure> gunzip(std::string_view packed, std::size_t limit) try {
  Gunzip stream;
  stream.push(packed);
  std::string out;
  for (bool more = true; more;) {
    const std::size_t had = out.size();
    // One byte more than is allowed tells that there is more.
    out.resize(std::min(had + step_bytes, limit + 1));
    const std::size_t taken = stream.take(std::span(out).subspan(had));
    more = had + taken == out.size();
    out.resize(had + taken);
    if (out.size() > limit) return std::unexpected(GunzipFailure::too_large);
  }
  if (!stream.begun() || !stream.whole()) return std::unexpected(GunzipFailure::malformed);
  return out;
} catch (const GunzipError&) {
  return std::unexpected(GunzipFailure::malformed);
}

}  // namespace tarn
