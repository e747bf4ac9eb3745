// An item's row as bytes.
#pragma once

#include <string>
#include <string_view>

#include "work/work.h"

namespace tarn::work {

std::string encode_item(const Item& item, bool started);
// `started` comes back as Item::interrupted. Throws std::runtime_error on bytes that no version of Tarn wrote.
Item decode_item(std::string_view row);

}  // namespace tarn::work
