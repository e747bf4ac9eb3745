// UpdateWorkGroup: changes what the request names, and keeps the rest.
#include "api/athena/update_work_group.h"

#include "services/athena/athena.h"
#include "services/athena/shapes.h"

namespace tarn::athena {

Task<UpdateWorkGroupOutput> update_work_group(Athena& athena, UpdateWorkGroupRequest request) {
  bool sse_s3 = false;
  if (const auto& updates = request.configuration_updates) {
    if (updates->result_configuration_updates) {
      sse_s3 = wants_sse_s3(updates->result_configuration_updates->encryption_configuration);
    }
    if (updates->execution_role) not_implemented("ExecutionRole");
  }
  const auto change = [&request, sse_s3](query::WorkGroup& group) {
    if (request.description) group.description = *request.description;
    if (request.state) group.enabled = *request.state == WorkGroupState::enabled;
    if (!request.configuration_updates) return;
    const auto& updates = *request.configuration_updates;
    if (updates.enforce_work_group_configuration) group.enforce = *updates.enforce_work_group_configuration;
    if (updates.publish_cloud_watch_metrics_enabled)
      group.publish_metrics = *updates.publish_cloud_watch_metrics_enabled;
    if (updates.requester_pays_enabled) group.requester_pays = *updates.requester_pays_enabled;
    if (const auto cutoff = updates.bytes_scanned_cutoff_per_query) {
      group.scan_limit_bytes = static_cast<std::uint64_t>(*cutoff);
    }
    if (updates.remove_bytes_scanned_cutoff_per_query.value_or(false)) group.scan_limit_bytes.reset();
    if (const auto& result = updates.result_configuration_updates) {
      if (result->output_location) group.output_location = *result->output_location;
      if (sse_s3) group.sse_s3 = true;
      if (result->remove_encryption_configuration.value_or(false)) group.sse_s3 = false;
      if (result->remove_output_location.value_or(false)) group.output_location.clear();
    }
  };
  co_await athena.queries.update_workgroup(athena.access, request.work_group, change);
  co_return UpdateWorkGroupOutput{};
}

}  // namespace tarn::athena
