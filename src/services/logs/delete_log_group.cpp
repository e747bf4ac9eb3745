// DeleteLogGroup: the group, its streams and their events.
#include "api/logs/delete_log_group.h"

#include "services/logs/logs_api.h"

namespace tarn::logsapi {

Task<DeleteLogGroupOutput> delete_log_group(LogsApi& api, DeleteLogGroupRequest request) {
  co_await api.logs.delete_group(account_of(api), std::move(request.log_group_name));
  co_return DeleteLogGroupOutput{};
}

}  // namespace tarn::logsapi
