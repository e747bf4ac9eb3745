// DescribeLogGroups.
#include "api/logs/describe_log_groups.h"

#include "base/page_token.h"
#include "services/logs/logs_api.h"

namespace tarn::logsapi {

Task<DescribeLogGroupsOutput> describe_log_groups(LogsApi& api, DescribeLogGroupsRequest request) {
  if (request.log_group_name_prefix && request.log_group_name_pattern) {
    throw Error(logs::errors::invalid_parameter,
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  }
  if (request.log_group_identifiers || request.account_identifiers) {
    throw Error(errors::not_implemented, "DescribeLogGroups by account or group identifiers is not implemented.");
  }
  const bool none = request.log_group_class && *request.log_group_class != LogGroupClass::standard;
  DescribeLogGroupsOutput output;
  auto& groups = output.log_groups.emplace();
  if (none) co_return output;
  auto page = co_await api.logs.list_groups(
      account_of(api), request.log_group_name_prefix.value_or(""), request.log_group_name_pattern.value_or(""),
      place_after("DescribeLogGroups", request.next_token), static_cast<std::size_t>(request.limit.value_or(50)));
  for (auto& group : page.items) {
    LogGroup one;
    one.arn = group_arn(api, group.name) + ":*";
    one.log_group_arn = group_arn(api, group.name);
    one.log_group_name = std::move(group.name);
    one.creation_time = to_millis(group.created);
    one.retention_in_days = group.retention_days;
    one.metric_filter_count = 0;
    one.stored_bytes = static_cast<std::int64_t>(group.stored_bytes);
    one.log_group_class = LogGroupClass::standard;
    groups.push_back(std::move(one));
  }
  output.next_token = next_page("DescribeLogGroups", page.next_token);
  co_return output;
}

}  // namespace tarn::logsapi
