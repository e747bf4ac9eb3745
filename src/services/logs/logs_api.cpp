#include "services/logs/logs_api.h"

#include "base/page_token.h"

namespace tarn::logsapi {

AccountId account_of(const LogsApi& api) {
  return policy::account_of(api.access);
}

std::string group_arn(const LogsApi& api, const std::string& group) {
  return "arn:aws:logs:" + api.region + ":" + account_of(api).text() + ":log-group:" + group;
}

Task<std::string> group_of(LogsApi& api, std::optional<std::string> name, std::optional<std::string> identifier,
                           std::string action, std::string stream) {
  if (name.has_value() == identifier.has_value()) {
    throw Error(logs::errors::invalid_parameter, "Exactly one of logGroupName and logGroupIdentifier is to be given.");
  }
  if (name) co_return *name;
  std::string group = *identifier;
  if (group.starts_with("arn:")) {
    const std::string prefix = group_arn(api, "");
    if (!group.starts_with(prefix))
      throw Error(logs::errors::resource_not_found, "The specified log group does not exist.");
    group = group.substr(prefix.size());
    if (group.ends_with(":*")) group.resize(group.size() - 2);
  }
  co_await api.access.require(action, group_arn(api, group) + ":log-stream:" + stream);
  co_return group;
}

std::string place_after(std::string_view list, const std::optional<std::string>& next_token) {
  if (!next_token) return {};
  auto place = page_place(list, *next_token);
  if (!place) throw Error(logs::errors::invalid_parameter, "The specified nextToken is invalid.");
  return std::move(*place);
}

}  // namespace tarn::logsapi
