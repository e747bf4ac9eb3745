// A trail's row as bytes: a format version (the byte 1) and JSON.
#pragma once

#include <string>
#include <string_view>

#include "audit/trails.h"

namespace tarn::audit {

std::string encode(const Trail& trail);
// Throws std::runtime_error on bytes that no version of Tarn wrote.
Trail decode_trail(std::string_view bytes);

}  // namespace tarn::audit
