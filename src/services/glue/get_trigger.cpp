// GetTrigger: one trigger.
#include "api/glue/get_trigger.h"

#include "services/glue/convert.h"
#include "services/glue/crawler_convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<GetTriggerOutput> get_trigger(Glue& glue, GetTriggerRequest request) {
  GetTriggerOutput output;
  output.trigger = trigger_to(co_await glue.workflows.get_trigger(glue.access, request.name));
  co_return output;
}

}  // namespace tarn::glue
