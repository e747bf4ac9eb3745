// GetTriggers: all triggers, by name.
#include "api/glue/get_triggers.h"

#include "services/glue/convert.h"
#include "services/glue/crawler_convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<GetTriggersOutput> get_triggers(Glue& glue, GetTriggersRequest request) {
  const std::string list = "GetTriggers";
  refuse_if(request.dependent_job_name, "Glue jobs");
  auto triggers = co_await glue.workflows.list_triggers(glue.access);
  const std::string after = place_after(list, request.next_token);
  std::size_t first = 0;
  while (first < triggers.size() && triggers[first].name <= after) ++first;
  const std::size_t end = std::min(triggers.size(), first + page_size(request.max_results, 200));
  GetTriggersOutput output;
  output.triggers.emplace();
  for (std::size_t i = first; i < end; ++i) output.triggers->push_back(trigger_to(triggers[i]));
  if (end < triggers.size()) output.next_token = next_page(list, triggers[end - 1].name);
  co_return output;
}

}  // namespace tarn::glue
