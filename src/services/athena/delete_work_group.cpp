// DeleteWorkGroup: with what was saved in it, if the caller says so.
#include "api/athena/delete_work_group.h"

#include "services/athena/athena.h"

namespace tarn::athena {

Task<DeleteWorkGroupOutput> delete_work_group(Athena& athena, DeleteWorkGroupRequest request) {
  co_await athena.queries.delete_workgroup(athena.access, std::move(request.work_group),
                                           request.recursive_delete_option.value_or(false));
  co_return DeleteWorkGroupOutput{};
}

}  // namespace tarn::athena
