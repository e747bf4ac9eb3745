// Any bytes as a request: first a head, then a chunked body. Whatever is accepted must lie inside the bytes.
#include <cstdlib>

#include "http/parse.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tarn::http;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  HeadScan scan;
  const auto found = find_head(bytes, scan, {});
  require(scan.scanned <= size);
  std::size_t body = 0;
  if (found && *found) {
    body = **found;
    require(body <= size);
    Request request;
    Framing framing;
    if (!parse_head(bytes.substr(0, body), {}, request, framing)) {
      require(request.path.size() <= request.raw_path.size());
      require(framing.chunked != request.content_length.has_value());
      for (const Field& field : request.headers) {
        require(field.value.find_first_of("\r\n") == std::string_view::npos && !field.name.empty());
      }
    }
  }
  ChunkedDecoder decoder;
  for (std::string_view rest = bytes.substr(body); !decoder.ended();) {
    const auto eaten = decoder.eat(rest);
    if (!eaten) break;
    require(*eaten <= rest.size());
    rest.remove_prefix(*eaten);
    const auto data_here = std::min<std::uint64_t>(decoder.data_left(), rest.size());
    decoder.took(data_here);
    rest.remove_prefix(data_here);
    if (rest.empty() || (*eaten == 0 && data_here == 0)) break;
  }
  return 0;
}
