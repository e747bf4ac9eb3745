// Is a text a JSON object? What every event's detail must be.
#pragma once

#include <string_view>

namespace tarn::events {

bool is_json_object(std::string_view text);

}  // namespace tarn::events
