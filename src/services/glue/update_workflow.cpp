// UpdateWorkflow: replaces a workflow's description and defaults.
#include "api/glue/update_workflow.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<UpdateWorkflowOutput> update_workflow(Glue& glue, UpdateWorkflowRequest request) {
  crawl::Workflow workflow = co_await glue.workflows.get_workflow(glue.access, request.name);
  if (request.description) workflow.description = std::move(request.description);
  if (request.default_run_properties) workflow.default_properties = std::move(*request.default_run_properties);
  if (request.max_concurrent_runs) workflow.max_concurrent_runs = *request.max_concurrent_runs;
  co_await glue.workflows.update_workflow(glue.access, std::move(workflow));
  UpdateWorkflowOutput output;
  output.name = std::move(request.name);
  co_return output;
}

}  // namespace tarn::glue
