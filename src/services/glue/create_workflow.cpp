// CreateWorkflow: a new workflow, whose triggers come after it.
#include "api/glue/create_workflow.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"
#include "services/glue/tags.h"

namespace tarn::glue {

Task<CreateWorkflowOutput> create_workflow(Glue& glue, CreateWorkflowRequest request) {
  crawl::Workflow workflow;
  workflow.name = std::move(request.name);
  workflow.description = std::move(request.description);
  workflow.default_properties =
      std::move(request.default_run_properties).value_or(std::map<std::string, std::string>{});
  workflow.max_concurrent_runs = request.max_concurrent_runs;
  workflow.tags = checked_tags(std::move(request.tags));
  CreateWorkflowOutput output;
  output.name = workflow.name;
  co_await glue.workflows.create_workflow(glue.access, std::move(workflow));
  co_return output;
}

}  // namespace tarn::glue
