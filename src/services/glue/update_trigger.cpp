// UpdateTrigger: replaces a trigger's actions, predicate and batching.
#include "api/glue/update_trigger.h"

#include "services/glue/convert.h"
#include "services/glue/crawler_convert.h"
#include "services/glue/glue.h"

namespace tarn::glue {

Task<UpdateTriggerOutput> update_trigger(Glue& glue, UpdateTriggerRequest request) {
  TriggerUpdate& update = request.trigger_update;
  crawl::Trigger trigger = co_await glue.workflows.get_trigger(glue.access, request.name);
  if (update.schedule) trigger.schedule = std::move(update.schedule);
  if (update.description) trigger.description = std::move(update.description);
  if (update.actions) trigger.crawlers = actions_from(*update.actions);
  apply_predicate(trigger, update.predicate);
  if (update.event_batching_condition) trigger.batching = batching_from(update.event_batching_condition);
  co_await glue.workflows.update_trigger(glue.access, trigger);
  UpdateTriggerOutput output;
  output.trigger = trigger_to(co_await glue.workflows.get_trigger(glue.access, request.name));
  co_return output;
}

}  // namespace tarn::glue
