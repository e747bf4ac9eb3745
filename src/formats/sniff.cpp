#include "formats/sniff.h"

#include "base/gunzip.h"
#include "base/names.h"

namespace tarn::formats {

Unpacked unpack(std::string_view beginning, std::size_t limit) {
  Unpacked result;
  if (!beginning.starts_with("\x1f\x8b")) {
    result.bytes = std::string(beginning);
    return result;
  }
  result.gzip = true;
  Gunzip stream;
  stream.push(beginning);
  char chunk[64 << 10];
  try {
    for (std::size_t taken = sizeof chunk; taken == sizeof chunk && result.bytes.size() < limit;) {
      taken = stream.take(chunk);
      result.bytes.append(chunk, taken);
    }
    result.ended = stream.whole();
  } catch (const GunzipError&) {
    result.damage = "the gzip stream is damaged at byte " + std::to_string(stream.position());
  }
  return result;
}

namespace {

// Where the text stops being UTF-8 without 0 bytes; its size if it never does. The last three bytes may be a cut
// character.
std::size_t first_bad_byte(std::string_view text) {
  const std::size_t zero = text.find('\0');
  if (zero != text.npos) return zero;
  if (is_utf8(text)) return text.size();
  std::size_t low = 0, high = text.size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    // A cut in the middle of a character is not bad: step back to its beginning.
    std::size_t end = middle + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
    if (is_utf8(text.substr(0, end))) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace

Sniffed sniff_text(std::string_view text, bool whole, const SniffOptions& options) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  Sniffed unknown;
  if (text.empty()) {
    unknown.reasons.push_back("the file is empty");
    return unknown;
  }
  const std::size_t bad = first_bad_byte(text);
  if (bad + 4 < text.size() || (whole && bad < text.size())) {
    unknown.reasons.push_back("it is neither Parquet nor UTF-8 text: byte " + std::to_string(bad) + " is neither");
    return unknown;
  }
  if (auto json = sniff_json(text, whole, options)) return std::move(*json);
  if (auto csv = sniff_csv(text, whole, options)) return std::move(*csv);
  unknown.reasons.push_back("it is text but neither JSON nor CSV: " + why_no_csv(text, whole));
  return unknown;
}

}  // namespace tarn::formats
