// XML as text, element by element.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tarn::aws {

class XmlWriter {
 public:
  XmlWriter() : out_("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") {}

  // <name xmlns="…">; attributes follow with attribute() until the first content.
  XmlWriter& open(std::string_view name, std::string_view xml_namespace = {});
  XmlWriter& attribute(std::string_view name, std::string_view value);
  XmlWriter& close();
  XmlWriter& text(std::string_view content);
  // <name>content</name>
  XmlWriter& element(std::string_view name, std::string_view content);

  // Closes what is open.
  std::string finish() &&;

 private:
  void end_tag();
  void append_escaped(std::string_view text, bool in_attribute);
  void append_reference(unsigned char c);

  std::string out_;
  std::vector<std::string> open_;
  bool in_tag_ = false;
};

}  // namespace tarn::aws
