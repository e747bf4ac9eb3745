// ListEntitiesForPolicy: who a managed policy hangs on, as policy or as boundary.
#include "api/iam/list_entities_for_policy.h"

#include "functional"
#include "identity/model.h"
#include "services/iam/iam.h"
#include "services/iam/page.h"
#include "services/iam/shapes.h"

namespace tarn::iam {

Task<ListEntitiesForPolicyOutput> list_entities_for_policy(Iam& iam, ListEntitiesForPolicyRequest request) {
  const auto use = co_await iam.directory().policy(iam.access, request.policy_arn, "iam:ListEntitiesForPolicy");
  const auto state = co_await iam.directory().state(iam.access);
  const std::string& arn = use.policy.arn;
  const auto wanted = [&](const identity::Entity& entity, EntityType type) {
    if (request.entity_filter && *request.entity_filter != type) return false;
    if (!has_path(entity.path, request.path_prefix)) return false;
    const bool attached = identity::contains(entity.attached_policies, arn);
    const bool bounds = entity.boundary == arn;
    if (request.policy_usage_filter == PolicyUsageType::permissions_policy) return attached;
    if (request.policy_usage_filter == PolicyUsageType::permissions_boundary) return bounds;
    return attached || bounds;
  };
  // One page runs over groups, users and roles alike: "g/name" and so on are its keys.
  std::vector<std::string> keys;
  for (const auto& [name, group] : state->groups) {
    if (wanted(group->value, EntityType::group)) keys.push_back("g/" + name);
  }
  for (const auto& [name, user] : state->users) {
    if (wanted(user->value, EntityType::user)) keys.push_back("u/" + name);
  }
  for (const auto& [name, role] : state->roles) {
    if (wanted(role->value, EntityType::role)) keys.push_back("r/" + name);
  }
  ListEntitiesForPolicyOutput output;
  output.policy_groups.emplace();
  output.policy_users.emplace();
  output.policy_roles.emplace();
  const auto page = take_page("ListEntitiesForPolicy", std::move(keys), std::identity{}, request, output);
  for (const std::string& key : page) {
    const std::string_view name = std::string_view(key).substr(2);
    if (key.front() == 'g') {
      const auto& group = state->group(name)->value;
      output.policy_groups->push_back({.group_name = group.name, .group_id = group.id});
    } else if (key.front() == 'u') {
      const auto& user = state->user(name)->value;
      output.policy_users->push_back({.user_name = user.name, .user_id = user.id});
    } else {
      const auto& role = state->role(name)->value;
      output.policy_roles->push_back({.role_name = role.name, .role_id = role.id});
    }
  }
  co_return output;
}

}  // namespace tarn::iam
