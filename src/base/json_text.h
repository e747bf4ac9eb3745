// What strings are in JSON.
#pragma once

#include <string>

namespace tarn {

// Appends, escaped, a character that a JSON string cannot hold as it is: a quote, a backslash, one below the blank.
void append_json_escape(std::string& out, char c);

}  // namespace tarn
