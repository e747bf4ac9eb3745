// DeleteWorkflow: removes a workflow with its triggers and runs.
#include "api/glue/delete_workflow.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<DeleteWorkflowOutput> delete_workflow(Glue& glue, DeleteWorkflowRequest request) {
  co_await glue.workflows.delete_workflow(glue.access, request.name);
  DeleteWorkflowOutput output;
  output.name = std::move(request.name);
  co_return output;
}

}  // namespace tarn::glue
