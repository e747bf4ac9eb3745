// UTF-8 and the letters of all scripts. What only has to do with protocols stays with encoding.h's ASCII.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tarn {

struct Letter {
  std::uint32_t code = 0;
  std::size_t bytes = 0;  // 0: no well-formed sequence stands there.
};
// The letter at the front of what is not empty. Well-formed as Unicode's table 3-7 says: nothing overlong, no
// surrogate.
Letter front_letter(std::string_view text);

// Unicode's simple mappings of one letter, whatever the locale; of ASCII only where the C library has no tables.
std::uint32_t simple_lower(std::uint32_t letter);
std::uint32_t simple_upper(std::uint32_t letter);

// Each letter of UTF-8 text by what `map` makes of it. Bytes that are no UTF-8 stay as they are.
std::string map_letters(std::string_view text, std::uint32_t (*map)(std::uint32_t letter));

// Names in lower case as Java's are. The one letter whose lower case is more than one (U+0130) stays.
std::string to_lower_letters(std::string_view text);

}  // namespace tarn
