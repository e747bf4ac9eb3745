#include "services/cloudtrail/cloudtrail.h"

#include "api/cloudtrail/errors.h"

namespace tarn::cloudtrail {

Task<void> CloudTrail::require(std::string action, std::string name_or_arn) {
  const bool is_arn = name_or_arn.starts_with("arn:");
  if (is_arn && policy::account_of_arn(name_or_arn) != account()) {
    throw Error(errors::cloud_trail_arn_invalid_exception, "Invalid trail ARN: " + name_or_arn);
  }
  co_await access.require(std::move(action), is_arn ? name_or_arn : audit::trail_arn(region, account(), name_or_arn));
}

Task<audit::Trail> CloudTrail::find(std::string action, std::string name_or_arn) {
  co_await require(std::move(action), name_or_arn);
  auto trail = co_await audit.trails().find(account(), name_or_arn);
  if (!trail) {
    throw Error(errors::trail_not_found_exception,
                "Unknown trail: " + name_or_arn + " for the user: " + account().text());
  }
  co_return std::move(*trail);
}

Task<void> CloudTrail::replace(audit::Trail trail, bool check_bucket) {
  const std::string name = trail.name;
  const bool replaced = co_await audit.trails().replace(account(), std::move(trail), check_bucket);
  if (!replaced) {
    throw Error(errors::trail_not_found_exception, "Unknown trail: " + name + " for the user: " + account().text());
  }
}

}  // namespace tarn::cloudtrail
