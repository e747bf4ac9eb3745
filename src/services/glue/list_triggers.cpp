// ListTriggers: the names of all triggers, or of those that have all the tags.
#include "api/glue/list_triggers.h"

#include "services/glue/convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<ListTriggersOutput> list_triggers(Glue& glue, ListTriggersRequest request) {
  const std::string list = "ListTriggers";
  refuse_if(request.dependent_job_name, "Glue jobs");
  auto triggers = co_await glue.workflows.list_triggers(glue.access);
  std::erase_if(triggers, [&](const crawl::Trigger& trigger) {
    return request.tags && !std::ranges::all_of(*request.tags, [&](const auto& tag) {
             const auto at = trigger.tags.find(tag.first);
             return at != trigger.tags.end() && at->second == tag.second;
           });
  });
  const std::string after = place_after(list, request.next_token);
  std::size_t first = 0;
  while (first < triggers.size() && triggers[first].name <= after) ++first;
  const std::size_t end = std::min(triggers.size(), first + page_size(request.max_results, 200));
  ListTriggersOutput output;
  output.trigger_names.emplace();
  for (std::size_t i = first; i < end; ++i) output.trigger_names->push_back(triggers[i].name);
  if (end < triggers.size()) output.next_token = next_page(list, triggers[end - 1].name);
  co_return output;
}

}  // namespace tarn::glue
