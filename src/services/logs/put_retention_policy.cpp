// PutRetentionPolicy: how long a group's events are kept.
#include "api/logs/put_retention_policy.h"

#include "services/logs/logs_api.h"

namespace tarn::logsapi {

Task<PutRetentionPolicyOutput> put_retention_policy(LogsApi& api, PutRetentionPolicyRequest request) {
  co_await api.logs.set_retention(account_of(api), std::move(request.log_group_name), request.retention_in_days);
  co_return PutRetentionPolicyOutput{};
}

}  // namespace tarn::logsapi
