// ListPolicyVersions: all versions, the newest first.
#include "api/iam/list_policy_versions.h"

#include "services/iam/iam.h"
#include "services/iam/page.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<ListPolicyVersionsOutput> list_policy_versions(Iam& iam, ListPolicyVersionsRequest request) {
  const auto use = co_await iam.directory().policy(iam.access, request.policy_arn, "iam:ListPolicyVersions");
  std::vector<PolicyVersion> versions;
  for (const auto& version : use.policy.versions) versions.push_back(version_shape(use.policy, version, false));
  // "v12": the larger the number, the earlier.
  const auto newest_first = [](const PolicyVersion& version) {
    return std::to_string(1'000'000'000 - std::stoi(version.version_id.value().substr(1)));
  };
  ListPolicyVersionsOutput output;
  output.versions = take_page("ListPolicyVersions", std::move(versions), newest_first, request, output);
  co_return output;
}

}  // namespace tarn::iam
