// CreateTrigger: what starts crawlers: on demand, by events, or when other crawls have ended.
#include "api/glue/create_trigger.h"

#include "services/glue/convert.h"
#include "services/glue/crawler_convert.h"
#include "services/glue/glue.h"
#include "services/glue/tags.h"

namespace tarn::glue {

Task<CreateTriggerOutput> create_trigger(Glue& glue, CreateTriggerRequest request) {
  crawl::Trigger trigger;
  trigger.name = std::move(request.name);
  trigger.workflow = std::move(request.workflow_name).value_or("");
  trigger.type = request.type == TriggerType::event         ? crawl::TriggerType::event
                 : request.type == TriggerType::conditional ? crawl::TriggerType::conditional
                 : request.type == TriggerType::scheduled   ? crawl::TriggerType::scheduled
                                                            : crawl::TriggerType::on_demand;
  trigger.activated = request.start_on_creation.value_or(false);
  trigger.description = std::move(request.description);
  trigger.schedule = std::move(request.schedule);
  trigger.crawlers = actions_from(request.actions);
  apply_predicate(trigger, request.predicate);
  trigger.batching = batching_from(request.event_batching_condition);
  trigger.tags = checked_tags(std::move(request.tags));
  CreateTriggerOutput output;
  output.name = trigger.name;
  co_await glue.workflows.create_trigger(glue.access, std::move(trigger));
  co_return output;
}

}  // namespace tarn::glue
