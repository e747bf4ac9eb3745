// Letters of all scripts. What only has to do with protocols stays with encoding.h's ASCII.
#pragma once

#include <string>
#include <string_view>

namespace tarn {

// Each letter of UTF-8 text by its lower-case letter, whatever the locale, as Java does with names. Bytes that are no
// UTF-8 stay as they are.
std::string to_lower_letters(std::string_view text);

}  // namespace tarn
