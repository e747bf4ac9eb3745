// logs: groups, streams and events, as CloudWatch Logs' API speaks of them.
#pragma once

#include <string>

#include "logs/logs.h"
#include "policy/access.h"

namespace tarn::logsapi {

struct LogsApi {
  const policy::Access& access;
  logs::Logs& logs;
  const std::string& region;
};

AccountId account_of(const LogsApi& api);
std::string group_arn(const LogsApi& api, const std::string& group);

// The group that a request names, by its name or by its identifier, which may be an ARN of this account. In the second
// case the caller is asked for `action` here; the dispatcher has asked in the first.
Task<std::string> group_of(LogsApi& api, std::optional<std::string> name, std::optional<std::string> identifier,
                           std::string action, std::string stream);

// Where the page that a nextToken names begins; empty without one. `list` names the operation and what it is asked of.
std::string place_after(std::string_view list, const std::optional<std::string>& next_token);

}  // namespace tarn::logsapi
