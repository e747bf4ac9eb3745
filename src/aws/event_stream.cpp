#include "aws/event_stream.h"

#include <zlib.h>

#include <cstdint>
#include <stdexcept>

namespace tarn::aws {
namespace {

constexpr std::size_t kMaxPayload = 16 << 20;
constexpr std::size_t kMaxHeaders = 128 << 10;
constexpr char kTextHeader = 7;

void append_number(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

std::uint32_t crc(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<unsigned>(bytes.size())));
}

}  // namespace

std::string event_message(const EventHeaders& headers, std::string_view payload) {
  std::string head;
  for (const auto& [name, value] : headers) {
    append_number(head, name.size(), 1);
    head += name;
    head += kTextHeader;
    append_number(head, value.size(), 2);
    head += value;
    if (name.size() > 255 || value.size() > 0x7FFF) throw std::length_error("an event's header is too long");
  }
  if (head.size() > kMaxHeaders || payload.size() > kMaxPayload) throw std::length_error("an event is too long");
  std::string out;
  out.reserve(16 + head.size() + payload.size());
  append_number(out, 16 + head.size() + payload.size(), 4);
  append_number(out, head.size(), 4);
  append_number(out, crc(out), 4);
  out += head;
  out += payload;
  append_number(out, crc(out), 4);
  return out;
}

std::string event(std::string_view type, std::string_view content_type, std::string_view payload) {
  EventHeaders headers{{":message-type", "event"}, {":event-type", type}};
  if (!content_type.empty()) headers.emplace_back(":content-type", content_type);
  return event_message(headers, payload);
}

std::string event_error(std::string_view code, std::string_view message) {
  return event_message({{":message-type", "error"}, {":error-code", code}, {":error-message", message.substr(0, 1024)}},
                       {});
}

}  // namespace tarn::aws
