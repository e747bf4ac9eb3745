// Letters of any script in their other case.
#pragma once

#include <string>
#include <string_view>

namespace tarn::select {

// Character for character, as Unicode's simple mapping has it; bytes that are no UTF-8 stay as they are.
std::string lower_case(std::string_view text);
std::string upper_case(std::string_view text);

}  // namespace tarn::select
