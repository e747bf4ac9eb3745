// GetWorkflow: a workflow and its last run.
#include "api/glue/get_workflow.h"

#include "services/glue/convert.h"
#include "services/glue/crawler_convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<GetWorkflowOutput> get_workflow(Glue& glue, GetWorkflowRequest request) {
  if (request.include_graph.value_or(false)) refuse_if(request.include_graph, "the graph of a workflow (IncludeGraph)");
  GetWorkflowOutput output;
  output.workflow = co_await workflow_to(glue, co_await glue.workflows.get_workflow(glue.access, request.name));
  co_return output;
}

}  // namespace tarn::glue
