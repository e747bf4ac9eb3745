// JSON as the AWS protocols write it: structs to text and back, by their tables.
#pragma once

#include <string>
#include <string_view>

#include "aws/model.h"
#include "aws/value.h"

namespace tarn::aws {

// Which members of a struct are meant: those that travel in the body, or all wherever they travel.
enum class Members : std::uint8_t { body, all };

// Reads `text`, an object, into the members of `object`. An empty text is an empty object. Throws Malformed for what is
// no JSON, too deep, or of the wrong type; unknown members are ignored, null is absent.
void read_json(const Shape& shape, void* object, std::string_view text, Reading& reading,
               Members members = Members::body);

// Absent members are left out, and so are streams.
std::string write_json(const Shape& shape, const void* object, Members members = Members::body);
void append_json(std::string& out, const Shape& shape, const void* value, TimeFormat time);

// A JSON string with its quotes. Bytes that are no UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace tarn::aws
