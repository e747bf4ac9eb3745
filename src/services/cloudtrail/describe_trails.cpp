// DescribeTrails: the trails that are named, or all; those that are not there are left out.
#include "api/cloudtrail/describe_trails.h"

#include <algorithm>

#include "services/cloudtrail/cloudtrail.h"
#include "services/cloudtrail/shapes.h"

namespace tarn::cloudtrail {

Task<DescribeTrailsOutput> describe_trails(CloudTrail& cloudtrail, DescribeTrailsRequest request) {
  const auto all = co_await cloudtrail.audit.trails().list(cloudtrail.account());
  const auto wanted = [&](const audit::Trail& trail) {
    if (!request.trail_name_list || request.trail_name_list->empty()) return true;
    return std::ranges::any_of(*request.trail_name_list,
                               [&](const std::string& each) { return each == trail.name || each == trail.arn; });
  };
  DescribeTrailsOutput output;
  output.trail_list.emplace();
  for (const audit::Trail& trail : all) {
    if (wanted(trail)) output.trail_list->push_back(trail_shape(trail));
  }
  co_return output;
}

}  // namespace tarn::cloudtrail
