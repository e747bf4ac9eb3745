// gzip of what is in memory: bodies that clients send compressed, files of logs. Streams: gunzip.h.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace tarn {

std::string gzip(std::string_view text);

enum class GunzipFailure { malformed, too_large };
// All that `packed` holds, of one member or several; too_large beyond `limit` bytes, however little they were packed
// into.
std::expected<std::string, GunzipFailure> gunzip(std::string_view packed, std::size_t limit);

}  // namespace tarn
