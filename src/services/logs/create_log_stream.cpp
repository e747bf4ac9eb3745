// CreateLogStream.
#include "api/logs/create_log_stream.h"

#include "services/logs/logs_api.h"

namespace tarn::logsapi {

Task<CreateLogStreamOutput> create_log_stream(LogsApi& api, CreateLogStreamRequest request) {
  co_await api.logs.create_stream(account_of(api), std::move(request.log_group_name),
                                  std::move(request.log_stream_name));
  co_return CreateLogStreamOutput{};
}

}  // namespace tarn::logsapi
