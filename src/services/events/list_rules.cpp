// ListRules: the rules of a bus, by name.
#include "api/events/list_rules.h"

#include "services/events/eventbridge.h"

namespace tarn::eventbridge {
namespace {

Rule rule_to(events::Rule in) {
  Rule out;
  out.name = std::move(in.name);
  out.arn = std::move(in.arn);
  out.event_pattern = std::move(in.pattern);
  out.state = in.enabled ? RuleState::enabled : RuleState::disabled;
  out.description = std::move(in.description);
  out.schedule_expression = std::move(in.schedule);
  out.role_arn = std::move(in.role_arn);
  out.event_bus_name = std::move(in.bus);
  return out;
}

}  // namespace

Task<ListRulesOutput> list_rules(Eventbridge& bridge, ListRulesRequest request) {
  const std::string list = "ListRules/" + request.event_bus_name.value_or("");
  auto page = co_await bridge.events.list_rules(bridge.access, bus_name(request.event_bus_name),
                                                request.name_prefix.value_or(""), place_after(list, request.next_token),
                                                page_size(request.limit));
  ListRulesOutput output;
  output.rules.emplace();
  for (events::Rule& rule : page.items) output.rules->push_back(rule_to(std::move(rule)));
  output.next_token = next_page(list, page.next);
  co_return output;
}

}  // namespace tarn::eventbridge
