// StartWorkflowRun: starts a run now.
#include "api/glue/start_workflow_run.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<StartWorkflowRunOutput> start_workflow_run(Glue& glue, StartWorkflowRunRequest request) {
  StartWorkflowRunOutput output;
  output.run_id = co_await glue.workflows.start_run(
      glue.access, request.name, std::move(request.run_properties).value_or(std::map<std::string, std::string>{}));
  co_return output;
}

}  // namespace tarn::glue
