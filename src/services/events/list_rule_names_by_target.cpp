// ListRuleNamesByTarget: the rules that deliver to a target.
#include "api/events/list_rule_names_by_target.h"

#include "services/events/eventbridge.h"

namespace tarn::eventbridge {

Task<ListRuleNamesByTargetOutput> list_rule_names_by_target(Eventbridge& bridge, ListRuleNamesByTargetRequest request) {
  const std::string list = "ListRuleNamesByTarget/" + request.target_arn;
  auto page =
      co_await bridge.events.rule_names_by_target(bridge.access, bus_name(request.event_bus_name), request.target_arn,
                                                  place_after(list, request.next_token), page_size(request.limit));
  ListRuleNamesByTargetOutput output;
  output.rule_names = std::move(page.items);
  output.next_token = next_page(list, page.next);
  co_return output;
}

}  // namespace tarn::eventbridge
