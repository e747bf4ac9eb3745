// A change of an object as EventBridge tells it.
#pragma once

#include <optional>
#include <string>

#include "objects/outbox.h"

namespace tarn::objects {

// "Object Created"; none for changes that EventBridge is not told of.
std::optional<std::string> event_detail_type(const ChangeRecord& record);
// The event's detail, a JSON object.
std::string event_detail(const ChangeRecord& record);

}  // namespace tarn::objects
