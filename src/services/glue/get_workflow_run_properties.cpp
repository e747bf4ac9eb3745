// GetWorkflowRunProperties: the properties a run was started with.
#include "api/glue/get_workflow_run_properties.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<GetWorkflowRunPropertiesOutput> get_workflow_run_properties(Glue& glue, GetWorkflowRunPropertiesRequest request) {
  auto run = co_await glue.workflows.get_run(glue.access, request.name, request.run_id);
  GetWorkflowRunPropertiesOutput output;
  output.run_properties = std::move(run.properties);
  co_return output;
}

}  // namespace tarn::glue
