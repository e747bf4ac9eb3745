#include "aws/xml_writer.h"

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
  const bool valid = is_utf8(text);
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    std::string_view instead;
    char reference[8];
    switch (c) {
      case '&':
        instead = "&amp;";
        break;
      case '<':
        instead = "&lt;";
        break;
      case '>':
        instead = "&gt;";
        break;
      case '"':
        instead = in_attribute ? "&quot;" : "";
        break;
      case '\r':
        instead = "&#13;";
        break;
      case '\n':
        instead = in_attribute ? "&#10;" : "";
        break;
      case '\t':
        instead = in_attribute ? "&#9;" : "";
        break;
      default:
        if (c >= 0x80 && !valid) instead = "\xEF\xBF\xBD";
        if (c < 0x20) {
          constexpr char kHex[] = "0123456789abcdef";
          std::size_t length = 0;
          for (const char part : {'&', '#', 'x'}) reference[length++] = part;
          if (c >= 16) reference[length++] = '1';
          reference[length++] = kHex[c & 15];
          reference[length++] = ';';
          instead = {reference, length};
        }
    }
    if (instead.empty()) continue;
    out_ += text.substr(plain, i - plain);
    out_ += instead;
    plain = i + 1;
  }
  out_ += text.substr(plain);
}

}  // namespace tarn::aws
