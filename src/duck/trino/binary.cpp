// Bytes: hex, base64, hashes, numbers as bytes.
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <zlib.h>

#include <bit>

#include "base/digest.h"
#include "base/encoding.h"
#include "duck/trino/kernels.h"
#include "duck/trino/registry.h"

namespace tarn::duck {
namespace {

std::string hash(const EVP_MD* kind, Text bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  EVP_Digest(bytes.data(), bytes.size(), out, &length, kind, nullptr);
  return {reinterpret_cast<const char*>(out), length};
}

std::string keyed_hash(const EVP_MD* kind, Text bytes, Text key) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  HMAC(kind, key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()),
       bytes.size(), out, &length);
  return {reinterpret_cast<const char*>(out), length};
}

std::string upper_hex(Text bytes) {
  std::string text = to_hex(as_bytes(bytes));
  for (char& c : text) {
    if (c >= 'a') c ^= 32;
  }
  return text;
}

std::string url_form(std::string base64, bool to_url) {
  for (char& c : base64) {
    if (to_url) {
      c = c == '+' ? '-' : c == '/' ? '_' : c;
    } else {
      c = c == '-' ? '+' : c == '_' ? '/' : c;
    }
  }
  return base64;
}

// With or without padding.
std::string decode_base64(Text text) {
  std::string padded(text);
  while (padded.size() % 4 != 0) padded += '=';
  const auto bytes = from_base64(padded);
  if (!bytes) throw_invalid_argument("Illegal base64 character in " + std::string(text));
  return *bytes;
}

constexpr std::string_view base32_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

std::string encode_base32(Text bytes) {
  std::string text;
  std::uint64_t buffer = 0;
  int bits = 0;
  for (const char c : bytes) {
    buffer = buffer << 8 | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 5; bits -= 5) text += base32_alphabet[buffer >> (bits - 5) & 31];
  }
  if (bits > 0) text += base32_alphabet[buffer << (5 - bits) & 31];
  while (text.size() % 8 != 0) text += '=';
  return text;
}

std::string decode_base32(Text text) {
  std::string bytes;
  std::uint64_t buffer = 0;
  int bits = 0;
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  for (const char c : text) {
    const std::size_t digit = base32_alphabet.find(c);
    if (digit == base32_alphabet.npos) throw_invalid_argument("Invalid input string: " + std::string(text));
    buffer = buffer << 5 | digit;
    if ((bits += 5) >= 8) {
      bits -= 8;
      bytes += static_cast<char>(buffer >> bits & 255);
    }
  }
  return bytes;
}

template <typename U>
std::string big_endian(U value) {
  std::string bytes(sizeof(U), '\0');
  for (std::size_t i = 0; i < sizeof(U); ++i) bytes[i] = static_cast<char>(value >> (8 * (sizeof(U) - 1 - i)) & 255);
  return bytes;
}
template <typename U>
U from_big_endian(Text bytes, const char* what) {
  if (bytes.size() != sizeof(U)) {
    throw_invalid_argument(std::string(what) + " input must be a binary of exact length " + std::to_string(sizeof(U)));
  }
  U value = 0;
  for (const char c : bytes) value = static_cast<U>(value << 8 | static_cast<unsigned char>(c));
  return value;
}

// Text from bytes, what is not UTF-8 replaced; none if there is no replacement.
std::string decode_utf8(Text bytes, Text replacement) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto first = static_cast<unsigned char>(bytes[at]);
    const std::size_t length = first < 0x80                    ? 1
                               : first >= 0xC2 && first < 0xE0 ? 2
                               : (first & 0xF0) == 0xE0        ? 3
                               : first >= 0xF0 && first < 0xF5 ? 4
                                                               : 0;
    bool good = length > 0 && at + length <= bytes.size();
    for (std::size_t i = 1; good && i < length; ++i) good = (static_cast<unsigned char>(bytes[at + i]) & 0xC0) == 0x80;
    if (good && length == 3) {
      const auto second = static_cast<unsigned char>(bytes[at + 1]);
      good = !(first == 0xE0 && second < 0xA0) && !(first == 0xED && second >= 0xA0);
    }
    if (good && length == 4) {
      const auto second = static_cast<unsigned char>(bytes[at + 1]);
      good = !(first == 0xF0 && second < 0x90) && !(first == 0xF4 && second >= 0x90);
    }
    if (good) {
      text.append(bytes.substr(at, length));
      at += length;
    } else {
      text.append(replacement);
      ++at;
    }
  }
  return text;
}

}  // namespace

void add_binary(Registry& registry) {
  registry.kernel("to_utf8(varchar) -> varbinary", rows<Text>([](Text text) { return std::string(text); }));
  registry.kernel("from_utf8(varbinary) -> varchar",
                  rows<Text>([](Text bytes) { return decode_utf8(bytes, "\xEF\xBF\xBD"); }));
  registry.kernel("from_utf8(varbinary, varchar) -> varchar", rows<Text, Text>(decode_utf8));
  registry.kernel("to_hex(varbinary) -> varchar", rows<Text>(upper_hex));
  for (const std::string type : {"varchar", "varbinary"}) {
    registry.kernel("from_hex(" + type + ") -> varbinary", rows<Text>([](Text text) {
                      const auto bytes = from_hex(text);
                      if (!bytes)
                        throw_invalid_argument("Invalid input: '" + std::string(text) + "' is not hexadecimal");
                      return *bytes;
                    }));
    registry.kernel("from_base64(" + type + ") -> varbinary", rows<Text>(decode_base64));
    registry.kernel("from_base64url(" + type + ") -> varbinary",
                    rows<Text>([](Text text) { return decode_base64(url_form(std::string(text), false)); }));
    registry.kernel("from_base32(" + type + ") -> varbinary", rows<Text>(decode_base32));
  }
  registry.kernel("to_base64(varbinary) -> varchar", rows<Text>([](Text bytes) { return to_base64(as_bytes(bytes)); }));
  registry.kernel("to_base64url(varbinary) -> varchar",
                  rows<Text>([](Text bytes) { return url_form(to_base64(as_bytes(bytes)), true); }));
  registry.kernel("to_base32(varbinary) -> varchar", rows<Text>(encode_base32));
  for (const auto& [name, kind] : {std::pair("md5", EVP_md5()), std::pair("sha1", EVP_sha1()),
                                   std::pair("sha256", EVP_sha256()), std::pair("sha512", EVP_sha512())}) {
    registry.kernel(std::string(name) + "(varbinary) -> varbinary",
                    rows<Text>([kind = kind](Text bytes) { return hash(kind, bytes); }));
    registry.kernel("hmac_" + std::string(name) + "(varbinary, varbinary) -> varbinary",
                    rows<Text, Text>([kind = kind](Text bytes, Text key) { return keyed_hash(kind, bytes, key); }));
  }
  registry.kernel("crc32(varbinary) -> bigint", rows<Text>([](Text bytes) {
                    return static_cast<std::int64_t>(
                        ::crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
                  }));
  registry.kernel("to_big_endian_32(integer) -> varbinary",
                  rows<std::int32_t>([](std::int32_t v) { return big_endian(static_cast<std::uint32_t>(v)); }));
  registry.kernel("to_big_endian_64(bigint) -> varbinary",
                  rows<std::int64_t>([](std::int64_t v) { return big_endian(static_cast<std::uint64_t>(v)); }));
  registry.kernel("from_big_endian_32(varbinary) -> integer", rows<Text>([](Text b) {
                    return static_cast<std::int32_t>(from_big_endian<std::uint32_t>(b, "expected 4-byte input:"));
                  }));
  registry.kernel("from_big_endian_64(varbinary) -> bigint", rows<Text>([](Text b) {
                    return static_cast<std::int64_t>(from_big_endian<std::uint64_t>(b, "expected 8-byte input:"));
                  }));
  registry.kernel("to_ieee754_32(real) -> varbinary",
                  rows<float>([](float v) { return big_endian(std::bit_cast<std::uint32_t>(v)); }));
  registry.kernel("to_ieee754_64(double) -> varbinary",
                  rows<double>([](double v) { return big_endian(std::bit_cast<std::uint64_t>(v)); }));
  registry.kernel("from_ieee754_32(varbinary) -> real", rows<Text>([](Text b) {
                    return std::bit_cast<float>(from_big_endian<std::uint32_t>(b, "expected 4-byte input:"));
                  }));
  registry.kernel("from_ieee754_64(varbinary) -> double", rows<Text>([](Text b) {
                    return std::bit_cast<double>(from_big_endian<std::uint64_t>(b, "expected 8-byte input:"));
                  }));
  registry.same_as("uuid() -> uuid");
}

}  // namespace tarn::duck
