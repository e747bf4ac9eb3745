// GetWorkflowRuns: the runs of a workflow, newest first.
#include "api/glue/get_workflow_runs.h"

#include "services/glue/convert.h"
#include "services/glue/crawler_convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<GetWorkflowRunsOutput> get_workflow_runs(Glue& glue, GetWorkflowRunsRequest request) {
  const std::string list = "GetWorkflowRuns/" + request.name;
  if (request.include_graph.value_or(false)) refuse_if(request.include_graph, "the graph of a workflow (IncludeGraph)");
  auto page = co_await glue.workflows.list_runs(glue.access, request.name, place_after(list, request.next_token),
                                                page_size(request.max_results, 1000));
  GetWorkflowRunsOutput output;
  output.runs.emplace();
  for (crawl::WorkflowRun& run : page.items) output.runs->push_back(run_to(std::move(run)));
  output.next_token = next_page(list, page.next);
  co_return output;
}

}  // namespace tarn::glue
