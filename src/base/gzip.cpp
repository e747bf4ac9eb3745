#include "base/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <stdexcept>

namespace tarn {
namespace {

// Added to the window's bits, it asks for gzip's header.
constexpr int gzip_header = 16;
constexpr std::size_t step_bytes = 64 << 10;

Bytef* bytes_of(std::string_view text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

struct Inflater {
  z_stream stream{};
  Inflater() {
    if (inflateInit2(&stream, MAX_WBITS + gzip_header) != Z_OK) throw std::runtime_error("gzip failed");
  }
  ~Inflater() { inflateEnd(&stream); }
};

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

std::expected<std::string, GunzipFailure> gunzip(std::string_view packed, std::size_t limit) {
  Inflater inflater;
  z_stream& stream = inflater.stream;
  stream.next_in = bytes_of(packed);
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  while (true) {
    const std::size_t had = out.size();
    // One byte more than is allowed tells that there is more.
    out.resize(std::min(had + step_bytes, limit + 1));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + had);
    stream.avail_out = static_cast<uInt>(out.size() - had);
    const int result = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
    if (out.size() > limit) return std::unexpected(GunzipFailure::too_large);
    if (result == Z_STREAM_END) {
      if (stream.avail_in == 0) return out;
      if (inflateReset(&stream) != Z_OK) return std::unexpected(GunzipFailure::malformed);
    } else if (result != Z_OK || (stream.avail_in == 0 && stream.avail_out > 0)) {
      return std::unexpected(GunzipFailure::malformed);
    }
  }
}

}  // namespace tarn
