// GetTags: the tags of a crawler, trigger or workflow, by its ARN.
#include "api/glue/get_tags.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<GetTagsOutput> get_tags(Glue& glue, GetTagsRequest request) {
  const std::string prefix = "arn:aws:glue:";
  const auto slash = request.resource_arn.find('/');
  const auto colon = request.resource_arn.rfind(':', slash);
  if (!request.resource_arn.starts_with(prefix) || slash == std::string::npos || colon == std::string::npos) {
    throw Error(errors::invalid_input_exception, "The ARN " + request.resource_arn + " names no resource with tags.");
  }
  const std::string kind = request.resource_arn.substr(colon + 1, slash - colon - 1);
  const std::string name = request.resource_arn.substr(slash + 1);
  co_await glue.access.require("glue:GetTags", request.resource_arn);
  GetTagsOutput output;
  if (kind == "crawler") {
    output.tags = (co_await glue.crawlers.get(glue.access, name)).tags;
  } else if (kind == "trigger") {
    output.tags = (co_await glue.workflows.get_trigger(glue.access, name)).tags;
  } else if (kind == "workflow") {
    output.tags = (co_await glue.workflows.get_workflow(glue.access, name)).tags;
  } else {
    // Databases and tables have no tags here, and none can be put on them.
    output.tags.emplace();
  }
  co_return output;
}

}  // namespace tarn::glue
