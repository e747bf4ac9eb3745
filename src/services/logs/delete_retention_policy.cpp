// DeleteRetentionPolicy: the group's events never expire.
#include "api/logs/delete_retention_policy.h"

#include "services/logs/logs_api.h"

namespace tarn::logsapi {

Task<DeleteRetentionPolicyOutput> delete_retention_policy(LogsApi& api, DeleteRetentionPolicyRequest request) {
  co_await api.logs.set_retention(account_of(api), std::move(request.log_group_name), std::nullopt);
  co_return DeleteRetentionPolicyOutput{};
}

}  // namespace tarn::logsapi
