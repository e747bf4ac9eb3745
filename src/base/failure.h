// What a caught exception says.
#pragma once

#include <exception>
#include <string>

namespace tarn {

// Its what(); "unknown failure" of one that has none.
std::string failure_text(const std::exception_ptr& failure);

}  // namespace tarn
