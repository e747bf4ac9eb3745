// BatchGetWorkflows: several workflows by name.
#include "api/glue/batch_get_workflows.h"

#include "services/glue/convert.h"
#include "services/glue/crawler_convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<BatchGetWorkflowsOutput> batch_get_workflows(Glue& glue, BatchGetWorkflowsRequest request) {
  if (request.include_graph.value_or(false)) refuse_if(request.include_graph, "the graph of a workflow (IncludeGraph)");
  BatchGetWorkflowsOutput output;
  output.workflows.emplace();
  output.missing_workflows.emplace();
  for (const std::string& name : request.names) {
    std::optional<crawl::Workflow> found;
    try {
      found = co_await glue.workflows.get_workflow(glue.access, name);
    } catch (const Error& error) {
      if (error.code() != errors::entity_not_found_exception) throw;
    }
    if (found) {
      output.workflows->push_back(co_await workflow_to(glue, std::move(*found)));
    } else {
      output.missing_workflows->push_back(name);
    }
  }
  co_return output;
}

}  // namespace tarn::glue
