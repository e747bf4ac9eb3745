// Groups and who is in them.
#include <algorithm>

#include "base/encoding.h"
#include "identity/directory.h"
#include "identity/rules.h"
#include "identity/sessions.h"

namespace tarn::identity {
namespace {

const Group& find_group(const AccountState& state, const std::string& name) {
  const auto* group = state.group(name);
  if (!group) refuse_missing(EntityKind::group, name);
  return group->value;
}

std::string group_arn(const AccountState& state, const std::string& name) {
  const auto* group = state.group(name);
  return group ? group->value.arn : entity_arn(state.account.account.id, "group", "/", name);
}

}  // namespace

Task<Group> Directory::create_group(const policy::Access& access, NewGroup request) {
  check_path(request.path);
  const AccountId account = account_of(access);
  Group group;
  group.name = request.name;
  group.path = request.path;
  group.arn = entity_arn(account, "group", group.path, group.name);
  group.id = new_entity_id("AGPA", random_);
  group.created = wall_.now();
  co_await access.require("iam:CreateGroup", group.arn);
  co_await accounts_.change(account, [group](const AccountState& state, meta::Batch& batch) {
    if (state.group(group.name)) {
      throw Error(errors::entity_already_exists, "Group with name " + group.name + " already exists.");
    }
    if (state.groups.size() >= limits::groups) refuse_limit("GroupsPerAccount", limits::groups);
    batch.put(row_key(EntityKind::group, group.name), encode(group));
  });
  co_return group;
}

Task<std::pair<Group, std::vector<User>>> Directory::group(const policy::Access& access, std::string name) {
  const auto state = co_await this->state(access);
  co_await access.require("iam:GetGroup", group_arn(*state, name));
  std::pair<Group, std::vector<User>> found{find_group(*state, name), {}};
  for (const User* member : state->members(found.first.name)) found.second.push_back(*member);
  co_return found;
}

Task<void> Directory::update_group(const policy::Access& access, std::string name, std::optional<std::string> new_name,
                                   std::optional<std::string> new_path) {
  const auto before = co_await state(access);
  if (new_path) check_path(*new_path);
  co_await access.require("iam:UpdateGroup", group_arn(*before, name));
  co_await accounts_.change(account_of(access), [&](const AccountState& state, meta::Batch& batch) {
    Group group = find_group(state, name);
    const std::string old = group.name;
    group.name = new_name.value_or(old);
    if (!equal_ignoring_case(group.name, old) && state.group(group.name)) {
      throw Error(errors::entity_already_exists, "Group with name " + group.name + " already exists.");
    }
    group.path = new_path.value_or(group.path);
    group.arn = entity_arn(state.account.account.id, "group", group.path, group.name);
    batch.remove(row_key(EntityKind::group, old));
    batch.put(row_key(EntityKind::group, group.name), encode(group));
    for (const User* member : state.members(old)) {
      User moved = *member;
      std::ranges::replace_if(
          moved.groups, [&](const std::string& joined) { return equal_ignoring_case(joined, old); }, group.name);
      batch.put(row_key(EntityKind::user, moved.name), encode(moved));
    }
  });
}

Task<void> Directory::delete_group(const policy::Access& access, std::string name) {
  const auto before = co_await state(access);
  co_await access.require("iam:DeleteGroup", group_arn(*before, name));
  co_await accounts_.change(account_of(access), [&](const AccountState& state, meta::Batch& batch) {
    const Group& group = find_group(state, name);
    const auto refuse = [](const char* what) {
      throw Error(errors::delete_conflict, std::string("Cannot delete entity, must ") + what + " first.");
    };
    if (!state.members(group.name).empty()) refuse("remove users from group");
    if (!group.attached_policies.empty()) refuse("detach all policies");
    if (!group.inline_policies.empty()) refuse("delete policies");
    batch.remove(row_key(EntityKind::group, group.name));
  });
}

Task<void> Directory::add_to_group(const policy::Access& access, std::string group, std::string user) {
  const auto before = co_await state(access);
  co_await access.require("iam:AddUserToGroup", group_arn(*before, group));
  co_await accounts_.change(account_of(access), [&](const AccountState& state, meta::Batch& batch) {
    const Group& joined = find_group(state, group);
    const auto* found = state.user(user);
    if (!found) refuse_missing(EntityKind::user, user);
    User member = found->value;
    if (contains(member.groups, joined.name)) return;
    if (member.groups.size() >= limits::groups_per_user) refuse_limit("GroupsPerUser", limits::groups_per_user);
    member.groups.push_back(joined.name);
    batch.put(row_key(EntityKind::user, member.name), encode(member));
  });
}

Task<void> Directory::remove_from_group(const policy::Access& access, std::string group, std::string user) {
  const auto before = co_await state(access);
  co_await access.require("iam:RemoveUserFromGroup", group_arn(*before, group));
  co_await accounts_.change(account_of(access), [&](const AccountState& state, meta::Batch& batch) {
    const Group& left = find_group(state, group);
    const auto* found = state.user(user);
    if (!found) refuse_missing(EntityKind::user, user);
    User member = found->value;
    if (std::erase(member.groups, left.name) == 0) {
      throw Error(errors::no_such_entity, "User " + member.name + " is not in group " + left.name + ".");
    }
    batch.put(row_key(EntityKind::user, member.name), encode(member));
  });
}

Task<std::vector<Group>> Directory::groups_of(const policy::Access& access, std::string user) {
  const auto state = co_await this->state(access);
  const auto* found = state->user(user);
  co_await access.require("iam:ListGroupsForUser",
                          found ? found->value.arn : entity_arn(account_of(access), "user", "/", user));
  if (!found) refuse_missing(EntityKind::user, user);
  std::vector<Group> groups;
  for (const std::string& name : found->value.groups) {
    if (const auto* group = state->group(name)) groups.push_back(group->value);
  }
  co_return groups;
}

}  // namespace tarn::identity
