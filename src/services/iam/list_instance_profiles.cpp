// ListInstanceProfiles: none: Tarn has no instances.
#include "api/iam/list_instance_profiles.h"

#include "services/iam/iam.h"
#include "services/iam/page.h"

namespace tarn::iam {

Task<ListInstanceProfilesOutput> list_instance_profiles(Iam&, ListInstanceProfilesRequest request) {
  refuse_marker(request);
  co_return ListInstanceProfilesOutput{.instance_profiles = {}, .is_truncated = false, .marker = {}};
}

}  // namespace tarn::iam
