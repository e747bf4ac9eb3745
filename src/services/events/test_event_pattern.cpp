// TestEventPattern: would a rule with this pattern take this event?
#include "api/events/test_event_pattern.h"

#include "events/json_text.h"
#include "services/events/eventbridge.h"

namespace tarn::eventbridge {

Task<TestEventPatternOutput> test_event_pattern(Eventbridge&, TestEventPatternRequest request) {
  const events::Pattern pattern(request.event_pattern);
  if (!events::is_json_object(request.event)) {
    throw Error(events::errors::invalid_event_pattern, "Event is not valid. Reason: it is no JSON object.");
  }
  TestEventPatternOutput output;
  output.result = pattern.matches(request.event);
  co_return output;
}

}  // namespace tarn::eventbridge
