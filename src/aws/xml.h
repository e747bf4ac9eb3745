// XML as the AWS protocols write it (rest-xml's bodies, query's answers): structs to text and back, by their tables.
#pragma once

#include <string>
#include <string_view>

#include "aws/model.h"
#include "aws/value.h"
#include "aws/xml_writer.h"

namespace tarn::aws {

// Reads a document whose root is `root` (whatever its namespace) into a struct. With `body_only`, members that travel
// in headers and the like are left alone. Throws Malformed.
void read_xml(const Shape& shape, void* object, std::string_view text, std::string_view root, const Path* path,
              bool body_only, Reading& reading);

// The members of a struct, inside the element that the writer has open.
void write_xml_members(XmlWriter& xml, const Shape& shape, const void* object, bool body_only);
// One element with a value of any kind.
void write_xml_element(XmlWriter& xml, const Shape& shape, const void* value, std::string_view name, TimeFormat time,
                       bool flattened, std::string_view xml_namespace = {});

}  // namespace tarn::aws
