#include "base/names.h"

#include <algorithm>

#include "base/unicode.h"

namespace tarn {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

// 192.168.5.4, which a bucket may not be called.
bool looks_like_ipv4(std::string_view text) {
  return std::ranges::count(text, '.') == 3 &&
         std::ranges::all_of(text, [](char c) { return is_digit(c) || c == '.'; });
}

}  // namespace

bool AccountIdTag::valid(std::string_view text) {
  return text.size() == 12 && std::ranges::all_of(text, is_digit);
}

bool BucketNameTag::valid(std::string_view text) {
  if (text.size() < 3 || text.size() > 63) return false;
  const auto edge = [](char c) { return is_lower(c) || is_digit(c); };
  if (!edge(text.front()) || !edge(text.back())) return false;
  if (!std::ranges::all_of(text, [&](char c) { return edge(c) || c == '-' || c == '.'; })) return false;
  if (text.find("..") != text.npos || looks_like_ipv4(text)) return false;
  for (const char* prefix : {"xn--", "sthree-", "amzn-s3-demo-"}) {
    if (text.starts_with(prefix)) return false;
  }
  for (const char* suffix : {"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"}) {
    if (text.ends_with(suffix)) return false;
  }
  return true;
}

bool ObjectKeyTag::valid(std::string_view text) {
  return !text.empty() && text.size() <= 1024 && is_utf8(text);
}

bool VersionIdTag::valid(std::string_view text) {
  return !text.empty() && text.size() <= 1024 && std::ranges::all_of(text, [](char c) {
    return is_digit(c) || is_lower(c) || is_upper(c) || c == '.' || c == '_' || c == '-';
  });
}

bool ETagTag::valid(std::string_view text) {
  return !text.empty() && text.size() <= 128 &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != '"'; });
}

bool AccessKeyIdTag::valid(std::string_view text) {
  return text.size() >= 16 && text.size() <= 128 &&
         std::ranges::all_of(text, [](char c) { return is_digit(c) || is_lower(c) || is_upper(c) || c == '_'; });
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t bytes = static_cast<unsigned char>(text.front()) < 0x80 ? 1 : front_letter(text).bytes;
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

}  // namespace tarn
