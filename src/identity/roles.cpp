// Roles.
#include "identity/directory.h"
#include "identity/rules.h"
#include "identity/sessions.h"

namespace tarn::identity {
namespace {

const Role& find_role(const AccountState& state, const std::string& name) {
  const auto* role = state.role(name);
  if (!role) refuse_missing(EntityKind::role, name);
  return role->value;
}

std::string role_arn(const AccountState& state, const std::string& name) {
  const auto* role = state.role(name);
  return role ? role->value.arn : entity_arn(state.account.account.id, "role", "/", name);
}

}  // namespace

Task<Role> Directory::create_role(const policy::Access& access, NewRole request) {
  check_path(request.path);
  const AccountId account = account_of(access);
  Role role;
  role.name = request.name;
  role.path = request.path;
  role.arn = entity_arn(account, "role", role.path, role.name);
  role.id = new_entity_id("AROA", random_);
  role.created = wall_.now();
  role.trust_policy = request.trust_policy;
  role.description = request.description;
  role.max_session_seconds = request.max_session_seconds;
  role.boundary = request.boundary;
  set_tags(role.tags, request.tags);
  policy::Facts facts = tag_facts(request.tags, {});
  if (!role.boundary.empty()) facts.emplace_back("iam:PermissionsBoundary", std::vector{role.boundary});
  co_await access.require("iam:CreateRole", role.arn, facts);
  if (!role.tags.empty()) co_await access.require("iam:TagRole", role.arn, facts);
  co_await accounts_.change(account, [role](const AccountState& state, meta::Batch& batch) {
    if (state.role(role.name)) {
      throw Error(errors::entity_already_exists, "Role with name " + role.name + " already exists.");
    }
    check_trust_policy(state, role.trust_policy);
    if (!role.boundary.empty()) check_boundary(state, role.boundary);
    if (state.roles.size() >= limits::roles) refuse_limit("RolesPerAccount", limits::roles);
    batch.put(row_key(EntityKind::role, role.name), encode(role));
  });
  co_return role;
}

Task<Role> Directory::role(const policy::Access& access, std::string name, std::string action) {
  const auto state = co_await this->state(access);
  co_await access.require(std::move(action), role_arn(*state, name));
  co_return find_role(*state, name);
}

Task<Role> Directory::update_role(const policy::Access& access, std::string name,
                                  std::optional<std::string> description, std::optional<int> max_session_seconds,
                                  std::string action) {
  const auto before = co_await state(access);
  co_await access.require(std::move(action), role_arn(*before, name));
  Role role;
  co_await accounts_.change(account_of(access), [&](const AccountState& state, meta::Batch& batch) {
    role = find_role(state, name);
    if (description) role.description = *description;
    if (max_session_seconds) role.max_session_seconds = *max_session_seconds;
    batch.put(row_key(EntityKind::role, role.name), encode(role));
  });
  co_return role;
}

Task<void> Directory::update_trust(const policy::Access& access, std::string name, std::string document) {
  const auto before = co_await state(access);
  co_await access.require("iam:UpdateAssumeRolePolicy", role_arn(*before, name));
  co_await accounts_.change(account_of(access), [&](const AccountState& state, meta::Batch& batch) {
    Role role = find_role(state, name);
    check_trust_policy(state, document);
    role.trust_policy = document;
    batch.put(row_key(EntityKind::role, role.name), encode(role));
  });
}

Task<void> Directory::delete_role(const policy::Access& access, std::string name) {
  const auto before = co_await state(access);
  co_await access.require("iam:DeleteRole", role_arn(*before, name));
  co_await accounts_.change(account_of(access), [&](const AccountState& state, meta::Batch& batch) {
    const Role& role = find_role(state, name);
    const auto refuse = [](const char* what) {
      throw Error(errors::delete_conflict, std::string("Cannot delete entity, must ") + what + " first.");
    };
    if (!role.attached_policies.empty()) refuse("detach all policies");
    if (!role.inline_policies.empty()) refuse("delete policies");
    batch.remove(row_key(EntityKind::role, role.name));
  });
}

}  // namespace tarn::identity
