// ListTrails: all trails of the account.
#include "api/cloudtrail/list_trails.h"

#include "services/cloudtrail/cloudtrail.h"

namespace tarn::cloudtrail {

Task<ListTrailsOutput> list_trails(CloudTrail& cloudtrail, ListTrailsRequest request) {
  // All trails stand on one page, which gives no token.
  if (request.next_token) throw Error(errors::invalid_next_token_exception, "The token is not valid.");
  const auto all = co_await cloudtrail.audit.trails().list(cloudtrail.account());
  ListTrailsOutput output;
  output.trails.emplace();
  for (const audit::Trail& trail : all) {
    output.trails->push_back({.trail_arn = trail.arn, .name = trail.name, .home_region = trail.region});
  }
  co_return output;
}

}  // namespace tarn::cloudtrail
