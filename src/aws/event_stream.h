// The binary event stream: what SelectObjectContent and streamed inference answer with.
//
// A message is  total length (4) · headers length (4) · CRC-32 of these (4) · headers · payload · CRC-32 of all (4),
// all big-endian; a header is  name length (1) · name · 7 (text) · value length (2) · value.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::aws {

using EventHeaders = std::vector<std::pair<std::string_view, std::string_view>>;

// One message. The payload is at most 16 MiB, the headers at most 128 KiB.
std::string event_message(const EventHeaders& headers, std::string_view payload);

// An event of the stream: its type ("Records") and, if it has a payload, that one's content type.
std::string event(std::string_view type, std::string_view content_type, std::string_view payload);
// The stream ends with an error.
std::string event_error(std::string_view code, std::string_view message);

}  // namespace tarn::aws
