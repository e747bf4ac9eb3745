// StartTrigger: fires an on-demand trigger, activates another.
#include "api/glue/start_trigger.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<StartTriggerOutput> start_trigger(Glue& glue, StartTriggerRequest request) {
  co_await glue.workflows.start_trigger(glue.access, request.name);
  StartTriggerOutput output;
  output.name = std::move(request.name);
  co_return output;
}

}  // namespace tarn::glue
