// Spellings of bytes: hex, base64, percent-encoding.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tarn {

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string to_hex(std::span<const std::byte> bytes);  // Lower case.
std::optional<std::string> from_hex(std::string_view text);

std::string to_base64(std::span<const std::byte> bytes);        // With padding.
std::optional<std::string> from_base64(std::string_view text);  // Strict: padding, no blanks.

// RFC 3986 unreserved characters stay, all else becomes %XX (upper case): SigV4's UriEncode. `keep_slash` for paths.
std::string uri_encode(std::string_view text, bool keep_slash = false);
// %XX becomes its byte; a broken escape gives none. `plus_is_space` for forms and query strings.
std::optional<std::string> uri_decode(std::string_view text, bool plus_is_space = false);

// Compares in a time that depends on the lengths only: for signatures and secrets.
bool equal_in_constant_time(std::string_view a, std::string_view b);

// ASCII only, whatever the locale.
std::string to_lower(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string_view trim(std::string_view text);  // Blanks and tabs at both ends.

}  // namespace tarn
