// Any bytes as an event's headers and payload: what is written reads back the same, by the format's own words. The
// first bytes say how many headers there are and how long each part is.
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>

#include "aws/event_stream.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// Reads from the front of `bytes_`; beyond the end is a mistake of who wrote them.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  std::string_view take(std::size_t size) {
    require(size <= bytes_.size());
    const auto front = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return front;
  }
  std::uint64_t number(std::size_t bytes) {
    std::uint64_t value = 0;
    for (const char c : take(bytes)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  bool ended() const { return bytes_.empty(); }
  std::size_t left() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
};

std::uint64_t crc(std::string_view bytes) {
  return ::crc32(0, reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<unsigned>(bytes.size()));
}

void check(std::string_view message, const tarn::aws::EventHeaders& headers, std::string_view payload) {
  Reader reader(message);
  require(reader.number(4) == message.size());
  Reader head(message.substr(12, reader.number(4)));
  require(reader.number(4) == crc(message.substr(0, 8)));
  (void)reader.take(head.left());
  for (const auto& [name, value] : headers) {
    require(head.take(head.number(1)) == name);
    require(head.number(1) == 7);
    require(head.take(head.number(2)) == value);
  }
  require(head.ended() && reader.left() >= 4);
  require(reader.take(reader.left() - 4) == payload);
  require(reader.number(4) == crc(message.substr(0, message.size() - 4)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tarn::aws;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto take = [&rest](std::size_t wanted) {
    const auto front = rest.substr(0, wanted);
    rest.remove_prefix(front.size());
    return front;
  };
  const auto length = [&take](std::size_t factor) {
    const auto front = take(1);
    return front.empty() ? 0 : static_cast<unsigned char>(front[0]) * factor;
  };
  EventHeaders headers;
  const std::size_t count = std::min<std::size_t>(length(1), 16);
  for (std::size_t i = 0; i < count; ++i) {
    // Up to 510 and 65,280 bytes: beyond what a header may have, too.
    const auto name = take(length(2));
    headers.emplace_back(name, take(length(256)));
  }
  const bool fits = std::ranges::all_of(
      headers, [](const auto& header) { return header.first.size() <= 255 && header.second.size() <= 0x7FFF; });
  try {
    check(event_message(headers, rest), headers, rest);
    require(fits);
  } catch (const std::length_error&) {
    require(!fits || size > (128 << 10));
  }
  const std::string told = event_error("InternalError", rest);
  check(told, {{":message-type", "error"}, {":error-code", "InternalError"}, {":error-message", rest.substr(0, 1024)}},
        {});
  return 0;
}
