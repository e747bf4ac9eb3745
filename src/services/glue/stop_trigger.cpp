// StopTrigger: deactivates a trigger.
#include "api/glue/stop_trigger.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<StopTriggerOutput> stop_trigger(Glue& glue, StopTriggerRequest request) {
  co_await glue.workflows.stop_trigger(glue.access, request.name);
  StopTriggerOutput output;
  output.name = std::move(request.name);
  co_return output;
}

}  // namespace tarn::glue
