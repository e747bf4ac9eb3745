#include "services/glue/tags.h"

#include "services/glue/convert.h"

namespace tarn::glue {
namespace {

constexpr std::size_t max_tags = 50;

void check(const Tags& tags) {
  if (tags.size() > max_tags) throw Error(errors::invalid_input_exception, "A resource can have 50 tags.");
  for (const auto& [key, value] : tags) {
    if (key.starts_with("aws:")) {
      throw Error(errors::invalid_input_exception, "Tag keys that begin with aws: are kept for AWS: " + key);
    }
  }
}

}  // namespace

Tags checked_tags(std::optional<Tags> tags) {
  if (!tags) return {};
  check(*tags);
  return std::move(*tags);
}

Task<Tags> resource_tags(Glue& glue, std::string arn, std::function<void(Tags&)> change) {
  // arn:aws:glue:<region>:<account>:<kind>/<name>
  const AccountId account = account_of(glue);
  const auto slash = arn.find('/');
  const auto colon = arn.rfind(':', slash);
  if (slash == std::string::npos || colon == std::string::npos) {
    throw Error(errors::invalid_input_exception, "The ARN " + arn + " names no resource with tags.");
  }
  const std::string kind = arn.substr(colon + 1, slash - colon - 1), name = arn.substr(slash + 1);
  const auto require_own = [&](const std::string& own) {
    if (arn != own) throw Error(errors::entity_not_found_exception, "The resource " + arn + " does not exist here.");
  };
  std::function<void(Tags&)> checked;
  if (change) {
    checked = [&change](Tags& tags) {
      change(tags);
      check(tags);
    };
  }
  if (kind == "crawler") {
    require_own(glue.crawlers.arn(account, name));
    co_return co_await glue.crawlers.tags(account, name, checked);
  }
  if (kind == "trigger") {
    require_own(glue.workflows.trigger_arn(account, name));
    co_return co_await glue.workflows.trigger_tags(account, name, checked);
  }
  if (kind == "workflow") {
    require_own(glue.workflows.workflow_arn(account, name));
    co_return co_await glue.workflows.workflow_tags(account, name, checked);
  }
  if (kind == "database") {
    require_own(glue.catalog.database_arn(account, name));
    co_return co_await glue.catalog.database_tags(account, name, checked);
  }
  throw Error(errors::invalid_input_exception, "The ARN " + arn + " names no resource with tags.");
}

}  // namespace tarn::glue
