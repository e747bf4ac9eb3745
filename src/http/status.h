// "404 Not Found": what stands in a response's first line.
#pragma once

#include <string>
#include <string_view>

namespace tarn::http {

// Of a status that has no name here, the number and a blank.
std::string_view status_line(int status);

}  // namespace tarn::http
