// DeleteTrigger: removes a trigger; success also where there is none.
#include "api/glue/delete_trigger.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<DeleteTriggerOutput> delete_trigger(Glue& glue, DeleteTriggerRequest request) {
  co_await glue.workflows.delete_trigger(glue.access, request.name);
  DeleteTriggerOutput output;
  output.name = std::move(request.name);
  co_return output;
}

}  // namespace tarn::glue
