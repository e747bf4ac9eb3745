// GetWorkflowRun: one run with its state and counts.
#include "api/glue/get_workflow_run.h"

#include "services/glue/convert.h"
#include "services/glue/crawler_convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<GetWorkflowRunOutput> get_workflow_run(Glue& glue, GetWorkflowRunRequest request) {
  if (request.include_graph.value_or(false)) refuse_if(request.include_graph, "the graph of a workflow (IncludeGraph)");
  GetWorkflowRunOutput output;
  output.run = run_to(co_await glue.workflows.get_run(glue.access, request.name, request.run_id));
  co_return output;
}

}  // namespace tarn::glue
