// PutTargets: what a rule delivers to.
#include "api/events/put_targets.h"

#include "api/events/errors.h"
#include "services/events/eventbridge.h"

namespace tarn::eventbridge {
namespace {

events::RuleTarget target_from(Target in) {
  if (in.kinesis_parameters || in.run_command_parameters || in.ecs_parameters || in.batch_parameters ||
      in.http_parameters || in.redshift_data_parameters || in.sage_maker_pipeline_parameters ||
      in.app_sync_parameters) {
    throw Error(errors::not_implemented, "Tarn delivers to Glue workflows, queues and webhooks: the target " + in.id +
                                             " has parameters of a service that is not here.");
  }
  events::RuleTarget out;
  out.id = std::move(in.id);
  out.arn = std::move(in.arn);
  out.role_arn = std::move(in.role_arn);
  out.input = std::move(in.input);
  out.input_path = std::move(in.input_path);
  if (in.input_transformer) {
    out.transformer = events::InputTransformer{
        .paths = std::move(in.input_transformer->input_paths_map).value_or(std::map<std::string, std::string>{}),
        .text = std::move(in.input_transformer->input_template)};
  }
  if (in.dead_letter_config) out.dead_letter_arn = std::move(in.dead_letter_config->arn);
  if (in.sqs_parameters) out.group = std::move(in.sqs_parameters->message_group_id);
  if (in.retry_policy) {
    out.max_attempts = in.retry_policy->maximum_retry_attempts.value_or(185);
    out.max_age_seconds = in.retry_policy->maximum_event_age_in_seconds.value_or(86'400);
  }
  return out;
}

}  // namespace

Task<PutTargetsOutput> put_targets(Eventbridge& bridge, PutTargetsRequest request) {
  std::vector<events::RuleTarget> targets;
  for (Target& target : request.targets) {
    if (target.role_arn) {
      co_await bridge.identity.require_pass_role(bridge.access, *target.role_arn, "events.amazonaws.com");
    }
    targets.push_back(target_from(std::move(target)));
  }
  auto failures = co_await bridge.events.put_targets(bridge.access, bus_name(request.event_bus_name), request.rule,
                                                     std::move(targets));
  co_return with_failed_targets<PutTargetsOutput>(std::move(failures));
}

}  // namespace tarn::eventbridge
