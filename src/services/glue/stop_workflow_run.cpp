// StopWorkflowRun: stops a run and the crawls that it waits for.
#include "api/glue/stop_workflow_run.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<StopWorkflowRunOutput> stop_workflow_run(Glue& glue, StopWorkflowRunRequest request) {
  co_await glue.workflows.stop_run(glue.access, request.name, request.run_id);
  co_return StopWorkflowRunOutput{};
}

}  // namespace tarn::glue
