// ListWorkGroups: by name.
#include "api/athena/list_work_groups.h"

#include "services/athena/athena.h"
#include "services/athena/shapes.h"

namespace tarn::athena {

Task<ListWorkGroupsOutput> list_work_groups(Athena& athena, ListWorkGroupsRequest request) {
  const std::string list = "ListWorkGroups";
  const auto page = co_await athena.queries.list_workgroups(athena.access, place_after(list, request.next_token),
                                                            static_cast<std::size_t>(request.max_results.value_or(50)));
  ListWorkGroupsOutput output;
  auto& groups = output.work_groups.emplace();
  for (const auto& group : page.items) {
    WorkGroupSummary summary{.name = group.name,
                             .state = group.enabled ? WorkGroupState::enabled : WorkGroupState::disabled,
                             .description = group.description,
                             .engine_version = engine_version_shape()};
    if (group.created != Timestamp()) summary.creation_time = group.created;
    groups.push_back(std::move(summary));
  }
  output.next_token = next_page(list, page.next);
  co_return output;
}

}  // namespace tarn::athena
