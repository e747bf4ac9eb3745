// GetAccountSummary: how much of everything there is, and how much there may be.
#include "api/iam/get_account_summary.h"

#include "identity/rules.h"
#include "services/iam/iam.h"

namespace tarn::iam {

Task<GetAccountSummaryOutput> get_account_summary(Iam& iam, GetAccountSummaryRequest) {
  const auto state = co_await iam.directory().state(iam.access);
  const auto count = [](const auto& all) { return static_cast<std::int32_t>(all.size()); };
  std::int32_t versions = 0;
  for (const auto& [name, policy] : state->policies) versions += count(policy->value.versions);
  namespace limits = identity::limits;
  const auto quota = [](std::size_t limit) { return static_cast<std::int32_t>(limit); };
  co_return GetAccountSummaryOutput{
      .summary_map = std::map<std::string, std::int32_t>{
          {"Users", count(state->users)},
          {"UsersQuota", quota(limits::users)},
          {"Groups", count(state->groups)},
          {"GroupsQuota", quota(limits::groups)},
          {"Roles", count(state->roles)},
          {"RolesQuota", quota(limits::roles)},
          {"Policies", count(state->policies)},
          {"PoliciesQuota", quota(limits::policies)},
          {"PolicySizeQuota", quota(limits::managed_policy_size)},
          {"PolicyVersionsInUse", versions},
          {"VersionsPerPolicyQuota", quota(limits::policy_versions)},
          {"AccessKeysPerUserQuota", quota(limits::keys_per_user)},
          {"GroupsPerUserQuota", quota(limits::groups_per_user)},
          {"AttachedPoliciesPerUserQuota", quota(limits::attached_policies)},
          {"AttachedPoliciesPerGroupQuota", quota(limits::attached_policies)},
          {"AttachedPoliciesPerRoleQuota", quota(limits::attached_policies)},
          {"UserPolicySizeQuota", quota(limits::inline_policies_size(identity::EntityKind::user))},
          {"GroupPolicySizeQuota", quota(limits::inline_policies_size(identity::EntityKind::group))},
          {"RolePolicySizeQuota", quota(limits::inline_policies_size(identity::EntityKind::role))},
          {"AssumeRolePolicySizeQuota", quota(limits::trust_policy_size)},
          {"AccountAccessKeysPresent", state->account.root_keys.empty() ? 0 : 1},
          {"InstanceProfiles", 0},
          {"MFADevices", 0},
          {"AccountMFAEnabled", 0},
          {"Providers", 0},
          {"ServerCertificates", 0}}};
}

}  // namespace tarn::iam
