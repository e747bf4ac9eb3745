// GetAccountAuthorizationDetails: every user, group, role and policy with all that hangs on it.
#include "api/iam/get_account_authorization_details.h"

#include "functional"
#include "identity/model.h"
#include "services/iam/iam.h"
#include "services/iam/page.h"
#include "services/iam/shapes.h"

namespace tarn::iam {
namespace {

std::vector<PolicyDetail> inline_details(const identity::Entity& entity) {
  std::vector<PolicyDetail> details;
  for (const auto& [name, document] : entity.inline_policies) {
    details.push_back({.policy_name = name, .policy_document = encoded(document)});
  }
  return details;
}

UserDetail user_detail(const identity::AccountState& state, const identity::User& user) {
  UserDetail detail;
  detail.path = user.path;
  detail.user_name = user.name;
  detail.user_id = user.id;
  detail.arn = user.arn;
  detail.create_date = user.created;
  detail.user_policy_list = inline_details(user);
  detail.group_list = user.groups;
  detail.attached_managed_policies = attached_shapes(state, user.attached_policies, std::nullopt);
  detail.permissions_boundary = boundary_shape(user.boundary);
  detail.tags = tags_shape(user.tags);
  return detail;
}

GroupDetail group_detail(const identity::AccountState& state, const identity::Group& group) {
  GroupDetail detail;
  detail.path = group.path;
  detail.group_name = group.name;
  detail.group_id = group.id;
  detail.arn = group.arn;
  detail.create_date = group.created;
  detail.group_policy_list = inline_details(group);
  detail.attached_managed_policies = attached_shapes(state, group.attached_policies, std::nullopt);
  return detail;
}

RoleDetail role_detail(const identity::AccountState& state, const identity::Role& role) {
  RoleDetail detail;
  detail.path = role.path;
  detail.role_name = role.name;
  detail.role_id = role.id;
  detail.arn = role.arn;
  detail.create_date = role.created;
  detail.assume_role_policy_document = encoded(role.trust_policy);
  detail.instance_profile_list.emplace();
  detail.role_policy_list = inline_details(role);
  detail.attached_managed_policies = attached_shapes(state, role.attached_policies, std::nullopt);
  detail.permissions_boundary = boundary_shape(role.boundary);
  detail.tags = tags_shape(role.tags);
  return detail;
}

ManagedPolicyDetail policy_detail(const identity::AccountState& state, const identity::ManagedPolicy& policy) {
  const identity::PolicyUse use = identity::use_of(state, policy);
  ManagedPolicyDetail detail;
  detail.policy_name = policy.name;
  detail.policy_id = policy.id;
  detail.arn = policy.arn;
  detail.path = policy.path;
  detail.default_version_id = policy.default_version;
  detail.attachment_count = use.attachments;
  detail.permissions_boundary_usage_count = use.boundaries;
  detail.is_attachable = true;
  detail.create_date = policy.created;
  detail.update_date = policy.updated;
  detail.policy_version_list.emplace();
  for (const auto& version : policy.versions) {
    detail.policy_version_list->push_back(version_shape(policy, version, true));
  }
  return detail;
}

}  // namespace

Task<GetAccountAuthorizationDetailsOutput> get_account_authorization_details(
    Iam& iam, GetAccountAuthorizationDetailsRequest request) {
  const auto state = co_await iam.directory().state(iam.access);
  const auto wants = [&](EntityType type) {
    return !request.filter || request.filter->empty() || identity::contains(*request.filter, type);
  };
  // One page runs over all kinds.
  std::vector<std::string> keys;
  const auto add = [&keys](const char* kind, const auto& all) {
    for (const auto& [name, each] : all) keys.push_back(kind + name);
  };
  if (wants(EntityType::user)) add("u/", state->users);
  if (wants(EntityType::group)) add("g/", state->groups);
  if (wants(EntityType::role)) add("r/", state->roles);
  if (wants(EntityType::local_managed_policy)) add("p/", state->policies);
  if (wants(EntityType::aws_managed_policy)) add("a/", identity::aws_managed_policies());

  GetAccountAuthorizationDetailsOutput output;
  output.user_detail_list.emplace();
  output.group_detail_list.emplace();
  output.role_detail_list.emplace();
  output.policies.emplace();
  const auto page = take_page("GetAccountAuthorizationDetails", std::move(keys), std::identity{}, request, output);
  for (const std::string& key : page) {
    const std::string name = key.substr(2);
    switch (key.front()) {
      case 'u':
        output.user_detail_list->push_back(user_detail(*state, state->user(name)->value));
        break;
      case 'g':
        output.group_detail_list->push_back(group_detail(*state, state->group(name)->value));
        break;
      case 'r':
        output.role_detail_list->push_back(role_detail(*state, state->role(name)->value));
        break;
      case 'p':
        output.policies->push_back(policy_detail(*state, state->policies.at(name)->value));
        break;
      default:
        output.policies->push_back(policy_detail(*state, state->policy(name)->value));
    }
  }
  co_return output;
}

}  // namespace tarn::iam
