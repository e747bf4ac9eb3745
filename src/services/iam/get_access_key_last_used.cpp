// GetAccessKeyLastUsed: when and for what a key was last used, as far as this server saw since its start.
#include "api/iam/get_access_key_last_used.h"

#include "services/iam/iam.h"

namespace tarn::iam {

Task<GetAccessKeyLastUsedOutput> get_access_key_last_used(Iam& iam, GetAccessKeyLastUsedRequest request) {
  const std::string user = co_await iam.directory().owner_of_access_key(iam.access, request.access_key_id);
  GetAccessKeyLastUsedOutput output;
  if (!user.empty()) output.user_name = user;
  AccessKeyLastUsed used;
  used.service_name = used.region = "N/A";
  if (const auto use = iam.identity.last_use(request.access_key_id)) {
    used.last_used_date = use->when;
    if (!use->service.empty()) used.service_name = use->service;
    if (!use->region.empty()) used.region = use->region;
  }
  output.access_key_last_used = std::move(used);
  co_return output;
}

}  // namespace tarn::iam
