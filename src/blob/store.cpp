#include "blob/store.h"

namespace tarn::blob {

void append_ref(std::string& out, const BlobRef& ref) {
  out += static_cast<char>(ref.tier.number);
  out += static_cast<char>(ref.format);
  for (const std::uint64_t number : {ref.id, ref.size}) {
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 255);
  }
}

BlobRef take_ref(std::string_view& in) {
  if (in.size() < 18) throw std::runtime_error("a row's blob reference is cut short");
  BlobRef ref;
  ref.tier.number = static_cast<std::uint8_t>(in[0]);
  ref.format = static_cast<Format>(in[1]);
  if (ref.format != Format::plain && ref.format != Format::sealed) {
    throw std::runtime_error("a row's blob reference has an unknown format");
  }
  const auto number_at = [&in](std::size_t at) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8; ++i) number = number << 8 | static_cast<unsigned char>(in[at + i]);
    return number;
  };
  ref.id = number_at(2);
  ref.size = number_at(10);
  in.remove_prefix(18);
  return ref;
}

}  // namespace tarn::blob
