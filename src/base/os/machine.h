// What the machine has.
#pragma once

#include <cstdint>

namespace tarn {

// Bytes of memory, used or not.
std::uint64_t memory_of_machine();

}  // namespace tarn
