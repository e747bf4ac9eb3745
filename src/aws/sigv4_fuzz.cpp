// Any bytes as what a client says about its signature, and as a chunked body.
#include <algorithm>
#include <cstdlib>

#include "aws/chunked_body.h"
#include "aws/sigv2.h"
#include "aws/sigv4.h"
#include "base/encoding.h"
#include "http/parse.h"

namespace {

class Bytes : public tarn::ByteStream {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  tarn::Task<std::size_t> read(std::span<std::byte> out) override {
    const std::size_t size = std::min({out.size(), bytes_.size(), std::size_t{100}});
    std::ranges::copy(tarn::as_bytes(bytes_.substr(0, size)), out.begin());
    bytes_.remove_prefix(size);
    co_return size;
  }

 private:
  std::string_view bytes_;
};

void try_request(std::string_view bytes) {
  using namespace tarn;
  const std::string head = "GET /?" + std::string(bytes.substr(0, bytes.find('\n'))) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  http::Request request;
  http::Framing framing;
  if (http::parse_head(head, {}, request, framing)) return;
  try {
    const auto signature = aws::read_sigv4_query(request);
    aws::string_to_sign(signature, aws::canonical_request(request, signature, "x", false));
  } catch (const Error&) {
  }
  try {
    aws::string_to_sign_v2(request, aws::read_sigv2_query(request), "bucket");
  } catch (const Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tarn;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    aws::parse_authorization(bytes);
  } catch (const Error&) {
  }
  try_request(bytes);
  const auto body = aws::decode_chunked(std::make_unique<Bytes>(bytes), {.has_trailer = true, .decoded_length = 64});
  std::size_t total = 0;
  try {
    std::byte buffer[16];
    while (const std::size_t count = sync_wait(body->read(buffer))) total += count;
    if (total != 64) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
