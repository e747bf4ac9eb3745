#include "aws/xml_writer.h"

#include <array>
#include <optional>
#include <utility>

#include "base/names.h"

namespace tarn::aws {

XmlWriter& XmlWriter::open(std::string_view name, std::string_view xml_namespace) {
  end_tag();
  out_ += '<';
  out_ += name;
  open_.emplace_back(name);
  in_tag_ = true;
  if (!xml_namespace.empty()) attribute("xmlns", xml_namespace);
  return *this;
}

XmlWriter& XmlWriter::attribute(std::string_view name, std::string_view value) {
  out_ += ' ';
  out_ += name;
  out_ += "=\"";
  append_escaped(value, true);
  out_ += '"';
  return *this;
}

XmlWriter& XmlWriter::close() {
  end_tag();
  out_ += "</";
  out_ += open_.back();
  out_ += '>';
  open_.pop_back();
  return *this;
}

XmlWriter& XmlWriter::text(std::string_view content) {
  end_tag();
  append_escaped(content, false);
  return *this;
}

XmlWriter& XmlWriter::element(std::string_view name, std::string_view content) {
  end_tag();
  out_ += '<';
  out_ += name;
  out_ += '>';
  append_escaped(content, false);
  out_ += "</";
  out_ += name;
  out_ += '>';
  return *this;
}

std::string XmlWriter::finish() && {
  while (!open_.empty()) close();
  return std::move(out_);
}

void XmlWriter::end_tag() {
  if (in_tag_) out_ += '>';
  in_tag_ = false;
}

// XML 1.0 has no way to write most control characters; S3 writes them as references all the same, and clients that can
// meet such keys ask for encoding-type=url.
void XmlWriter::append_escaped(std::string_view text, bool in_attribute) {
  constexpr auto kPlain = [] {
    std::array<bool, 256> plain{};
    for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '&' && c != '<' && c != '>' && c != '"';
    return plain;
  }();
  std::size_t copied = 0;
  std::optional<bool> valid;  // UTF-8? Asked only when it matters.
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    if (kPlain[c]) continue;
    if (c >= 0x80) {
      if (!valid) valid = is_utf8(text);
      if (*valid) continue;
    }
    if (!in_attribute && (c == '"' || c == '\n' || c == '\t')) continue;
    out_ += text.substr(copied, i - copied);
    append_reference(c);
    copied = i + 1;
  }
  out_ += text.substr(copied);
}

void XmlWriter::append_reference(unsigned char c) {
  constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '&':
      out_ += "&amp;";
      return;
    case '<':
      out_ += "&lt;";
      return;
    case '>':
      out_ += "&gt;";
      return;
    case '"':
      out_ += "&quot;";
      return;
    case '\r':
      out_ += "&#13;";
      return;
    default:
      break;
  }
  if (c >= 0x80) {
    out_ += "\xEF\xBF\xBD";
    return;
  }
  out_ += "&#x";
  if (c >= 16) out_ += '1';
  out_ += kHex[c & 15];
  out_ += ';';
}

}  // namespace tarn::aws
