// CreateLogGroup.
#include "api/logs/create_log_group.h"

#include "services/logs/logs_api.h"

namespace tarn::logsapi {

Task<CreateLogGroupOutput> create_log_group(LogsApi& api, CreateLogGroupRequest request) {
  if (request.kms_key_id)
    throw Error(errors::not_implemented, "Encryption of log groups with KMS keys is not implemented.");
  if (request.log_group_class && *request.log_group_class != LogGroupClass::standard) {
    throw Error(errors::not_implemented, "Of the classes of log groups only STANDARD is implemented.");
  }
  if (request.deletion_protection_enabled.value_or(false)) {
    throw Error(errors::not_implemented, "Deletion protection of log groups is not implemented.");
  }
  co_await api.logs.create_group(account_of(api), std::move(request.log_group_name),
                                 std::move(request.tags).value_or(std::map<std::string, std::string>{}));
  co_return CreateLogGroupOutput{};
}

}  // namespace tarn::logsapi
