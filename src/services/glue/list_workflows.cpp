// ListWorkflows: the names of all workflows.
#include "api/glue/list_workflows.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<ListWorkflowsOutput> list_workflows(Glue& glue, ListWorkflowsRequest request) {
  const std::string list = "ListWorkflows";
  auto page = co_await glue.workflows.list_workflows(glue.access, place_after(list, request.next_token),
                                                     page_size(request.max_results, 25));
  ListWorkflowsOutput output;
  output.workflows.emplace();
  for (crawl::Workflow& workflow : page.items) output.workflows->push_back(std::move(workflow.name));
  output.next_token = next_page(list, page.next);
  co_return output;
}

}  // namespace tarn::glue
