// CreateWorkGroup: settings that the queries of a team share.
#include "api/athena/create_work_group.h"

#include "services/athena/athena.h"
#include "services/athena/shapes.h"

namespace tarn::athena {

Task<CreateWorkGroupOutput> create_work_group(Athena& athena, CreateWorkGroupRequest request) {
  query::WorkGroup group{.name = std::move(request.name), .description = request.description.value_or("")};
  if (const auto& configuration = request.configuration) {
    refuse_unsupported(configuration->result_configuration);
    if (configuration->execution_role) not_implemented("ExecutionRole");
    const auto& managed = configuration->managed_query_results_configuration;
    if (managed && managed->enabled) not_implemented("ManagedQueryResultsConfiguration");
    if (configuration->result_configuration) {
      group.output_location = configuration->result_configuration->output_location.value_or("");
    }
    group.sse_s3 = wants_sse_s3(configuration->result_configuration);
    group.enforce = configuration->enforce_work_group_configuration.value_or(true);
    group.publish_metrics = configuration->publish_cloud_watch_metrics_enabled.value_or(true);
    group.requester_pays = configuration->requester_pays_enabled.value_or(false);
    if (const auto cutoff = configuration->bytes_scanned_cutoff_per_query) {
      group.scan_limit_bytes = static_cast<std::uint64_t>(*cutoff);
    }
  }
  if (request.tags) {
    for (const auto& tag : *request.tags) group.tags[tag.key.value_or("")] = tag.value.value_or("");
  }
  co_await athena.queries.create_workgroup(athena.access, std::move(group));
  co_return CreateWorkGroupOutput{};
}

}  // namespace tarn::athena
