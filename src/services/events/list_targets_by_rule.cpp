// ListTargetsByRule: what a rule delivers to.
#include "api/events/list_targets_by_rule.h"

#include "services/events/eventbridge.h"

namespace tarn::eventbridge {
namespace {

Target target_to(events::RuleTarget in) {
  Target out;
  out.id = std::move(in.id);
  out.arn = std::move(in.arn);
  out.role_arn = std::move(in.role_arn);
  out.input = std::move(in.input);
  out.input_path = std::move(in.input_path);
  if (in.transformer) {
    out.input_transformer.emplace();
    out.input_transformer->input_paths_map = std::move(in.transformer->paths);
    out.input_transformer->input_template = std::move(in.transformer->text);
  }
  if (in.dead_letter_arn) out.dead_letter_config.emplace().arn = std::move(in.dead_letter_arn);
  if (in.group) out.sqs_parameters.emplace().message_group_id = std::move(in.group);
  out.retry_policy.emplace();
  out.retry_policy->maximum_retry_attempts = static_cast<std::int32_t>(in.max_attempts);
  out.retry_policy->maximum_event_age_in_seconds = static_cast<std::int32_t>(in.max_age_seconds);
  return out;
}

}  // namespace

Task<ListTargetsByRuleOutput> list_targets_by_rule(Eventbridge& bridge, ListTargetsByRuleRequest request) {
  const std::string list = "ListTargetsByRule/" + request.rule;
  auto page = co_await bridge.events.list_targets(bridge.access, bus_name(request.event_bus_name), request.rule,
                                                  place_after(list, request.next_token), page_size(request.limit));
  ListTargetsByRuleOutput output;
  output.targets.emplace();
  for (events::RuleTarget& target : page.items) output.targets->push_back(target_to(std::move(target)));
  output.next_token = next_page(list, page.next);
  co_return output;
}

}  // namespace tarn::eventbridge
