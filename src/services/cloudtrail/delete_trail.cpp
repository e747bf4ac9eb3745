// DeleteTrail: a trail less, and what it had not delivered yet.
#include "api/cloudtrail/delete_trail.h"

#include "services/cloudtrail/cloudtrail.h"

namespace tarn::cloudtrail {

Task<DeleteTrailOutput> delete_trail(CloudTrail& cloudtrail, DeleteTrailRequest request) {
  const audit::Trail trail = co_await cloudtrail.find("cloudtrail:DeleteTrail", request.name);
  co_await cloudtrail.audit.trails().remove(cloudtrail.account(), trail.name);
  co_return DeleteTrailOutput{};
}

}  // namespace tarn::cloudtrail
