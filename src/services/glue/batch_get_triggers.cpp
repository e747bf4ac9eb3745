// BatchGetTriggers: several triggers by name.
#include "api/glue/batch_get_triggers.h"

#include "services/glue/convert.h"
#include "services/glue/crawler_convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<BatchGetTriggersOutput> batch_get_triggers(Glue& glue, BatchGetTriggersRequest request) {
  BatchGetTriggersOutput output;
  output.triggers.emplace();
  output.triggers_not_found.emplace();
  for (const std::string& name : request.trigger_names) {
    std::optional<crawl::Trigger> found;
    try {
      found = co_await glue.workflows.get_trigger(glue.access, name);
    } catch (const Error& error) {
      if (error.code() != errors::entity_not_found_exception) throw;
    }
    if (found) {
      output.triggers->push_back(trigger_to(std::move(*found)));
    } else {
      output.triggers_not_found->push_back(name);
    }
  }
  co_return output;
}

}  // namespace tarn::glue
