// GetWorkGroup: a workgroup's settings.
#include "api/athena/get_work_group.h"

#include "services/athena/athena.h"
#include "services/athena/shapes.h"

namespace tarn::athena {

Task<GetWorkGroupOutput> get_work_group(Athena& athena, GetWorkGroupRequest request) {
  const auto group = co_await athena.queries.workgroup(athena.access, std::move(request.work_group));
  WorkGroup shape{.name = group.name,
                  .state = group.enabled ? WorkGroupState::enabled : WorkGroupState::disabled,
                  .configuration = configuration_shape(group),
                  .description = group.description};
  if (group.created != Timestamp()) shape.creation_time = group.created;
  co_return GetWorkGroupOutput{.work_group = std::move(shape)};
}

}  // namespace tarn::athena
