// Users and their access keys.
#include <algorithm>

#include "base/encoding.h"
#include "identity/directory.h"
#include "identity/rules.h"
#include "identity/sessions.h"

namespace tarn::identity {
namespace {

const meta::Partition credentials_partition{"credentials"};

const User& find_user(const AccountState& state, const std::string& name) {
  const auto* user = state.user(name);
  if (!user) refuse_missing(EntityKind::user, name);
  return user->value;
}

// What is asked about an entity that may not exist: its ARN if it does, else the one it would have without a path.
std::string arn_or_guess(const AccountState& state, EntityKind kind, const std::string& name) {
  const Entity* entity = find_entity(state, kind, name);
  return entity ? entity->arn : entity_arn(state.account.account.id, word_of(kind), "/", name);
}

// Where no name is given, the caller is meant.
std::string named_or_caller(const policy::Access& access, std::string name) {
  if (!name.empty()) return name;
  if (access.principal().kind == policy::Principal::Kind::user) return access.principal().name;
  throw Error(errors::validation_error, "Must specify userName when calling with non-User credentials");
}

void refuse_conflict(const char* what) {
  throw Error(errors::delete_conflict, std::string("Cannot delete entity, must ") + what + " first.");
}

}  // namespace

Task<std::shared_ptr<const AccountState>> Directory::state(const policy::Access& access) {
  auto state = co_await accounts_.state(account_of(access));
  if (!state) throw std::runtime_error("a caller of no account");
  co_return state;
}

Task<User> Directory::create_user(const policy::Access& access, NewUser request) {
  check_path(request.path);
  const AccountId account = account_of(access);
  User user;
  user.name = request.name;
  user.path = request.path;
  user.arn = entity_arn(account, "user", user.path, user.name);
  user.id = new_entity_id("AIDA", random_);
  user.created = wall_.now();
  user.boundary = request.boundary;
  set_tags(user.tags, request.tags);
  policy::Facts facts = tag_facts(request.tags, {});
  if (!user.boundary.empty()) facts.emplace_back("iam:PermissionsBoundary", std::vector{user.boundary});
  co_await access.require("iam:CreateUser", user.arn, facts);
  if (!user.tags.empty()) co_await access.require("iam:TagUser", user.arn, facts);
  co_await accounts_.change(account, [user](const AccountState& state, meta::Batch& batch) {
    if (state.user(user.name)) {
      throw Error(errors::entity_already_exists, "User with name " + user.name + " already exists.");
    }
    if (state.users.size() >= limits::users) refuse_limit("UsersPerAccount", limits::users);
    if (!user.boundary.empty()) check_boundary(state, user.boundary);
    batch.put(row_key(EntityKind::user, user.name), encode(user));
  });
  co_return user;
}

Task<User> Directory::user(const policy::Access& access, std::string name) {
  const auto state = co_await this->state(access);
  if (name.empty() && access.principal().is_root()) {
    co_await access.require("iam:GetUser", access.principal().arn);
    User root;
    root.name = state->account.account.name;
    root.id = state->account.account.id.text();
    root.path = "/";
    root.arn = access.principal().arn;
    root.created = state->account.account.created;
    co_return root;
  }
  name = named_or_caller(access, std::move(name));
  co_await access.require("iam:GetUser", arn_or_guess(*state, EntityKind::user, name));
  co_return find_user(*state, name);
}

Task<void> Directory::update_user(const policy::Access& access, std::string name, std::optional<std::string> new_name,
                                  std::optional<std::string> new_path) {
  const auto before = co_await state(access);
  co_await access.require("iam:UpdateUser", arn_or_guess(*before, EntityKind::user, name));
  if (new_path) check_path(*new_path);
  const User& found = find_user(*before, name);
  const std::string target = new_name.value_or(found.name);
  User moved = found;
  moved.name = target;
  moved.path = new_path.value_or(found.path);
  moved.arn = entity_arn(account_of(access), "user", moved.path, moved.name);
  co_await access.require("iam:UpdateUser", moved.arn);
  co_await accounts_.change(account_of(access), [&](const AccountState& state, meta::Batch& batch) {
    User user = find_user(state, name);
    if (!equal_ignoring_case(target, name) && state.user(target)) {
      throw Error(errors::entity_already_exists, "User with name " + target + " already exists.");
    }
    batch.remove(row_key(EntityKind::user, user.name));
    user.name = moved.name;
    user.path = moved.path;
    user.arn = moved.arn;
    batch.put(row_key(EntityKind::user, user.name), encode(user));
  });
}

Task<void> Directory::delete_user(const policy::Access& access, std::string name) {
  const auto before = co_await state(access);
  co_await access.require("iam:DeleteUser", arn_or_guess(*before, EntityKind::user, name));
  co_await accounts_.change(account_of(access), [&](const AccountState& state, meta::Batch& batch) {
    const User& user = find_user(state, name);
    if (!user.access_keys.empty()) refuse_conflict("delete access keys");
    if (!user.attached_policies.empty()) refuse_conflict("detach all policies");
    if (!user.inline_policies.empty()) refuse_conflict("delete policies");
    if (!user.groups.empty()) refuse_conflict("remove user from all groups");
    batch.remove(row_key(EntityKind::user, user.name));
  });
}

// Changes the keys of a user, or of root where that is the caller and no user is named. Returns the user's name.
Task<std::string> Directory::change_keys(const policy::Access& access, std::string user, std::string action,
                                         ChangeKeys change) {
  const bool root = user.empty() && access.principal().is_root();
  const auto before = co_await state(access);
  if (root) {
    co_await access.require(action, access.principal().arn);
  } else {
    user = named_or_caller(access, std::move(user));
    co_await access.require(action, arn_or_guess(*before, EntityKind::user, user));
    user = find_user(*before, user).name;
  }
  co_await accounts_.change(account_of(access), [&](const AccountState& state, meta::Batch& batch) {
    if (root) {
      AccountRow account = state.account;
      change(account.root_keys);
      batch.put("account", encode(account));
    } else {
      User changed = find_user(state, user);
      change(changed.access_keys);
      batch.put(row_key(EntityKind::user, changed.name), encode(changed));
    }
  });
  co_return user;
}

Task<NewAccessKey> Directory::create_access_key(const policy::Access& access, std::string user) {
  const AccountId account = account_of(access);
  NewAccessKey made;
  made.key = {.id = new_access_key_id("AKIA", account, random_), .active = true, .created = wall_.now()};
  made.secret = new_secret(random_);
  const bool root = user.empty() && access.principal().is_root();
  if (!root) user = named_or_caller(access, std::move(user));
  const auto before = co_await state(access);
  std::string user_id;
  if (!root) {
    co_await access.require("iam:CreateAccessKey", arn_or_guess(*before, EntityKind::user, user));
    const User& found = find_user(*before, user);
    user = found.name;
    user_id = found.id;
  }
  // The secret's row first: it proves nothing until the user's row lists the key.
  meta::Batch credential;
  credential.require_absent(made.key.id);
  credential.put(made.key.id, encode(CredentialRow{.account = account, .user_id = user_id, .secret = made.secret}));
  const meta::Commit kept = co_await store_.commit(credentials_partition, std::move(credential));
  if (!kept.applied) throw std::runtime_error("a new access key was taken");
  made.user = co_await change_keys(access, user, "iam:CreateAccessKey", [&](std::vector<AccessKey>& keys) {
    if (keys.size() >= limits::keys_per_user) refuse_limit("AccessKeysPerUser", limits::keys_per_user);
    keys.push_back(made.key);
  });
  co_return made;
}

Task<std::pair<std::string, std::vector<AccessKey>>> Directory::access_keys(const policy::Access& access,
                                                                            std::string user) {
  const auto state = co_await this->state(access);
  if (user.empty() && access.principal().is_root()) {
    co_await access.require("iam:ListAccessKeys", access.principal().arn);
    co_return std::pair{std::string(), state->account.root_keys};
  }
  user = named_or_caller(access, std::move(user));
  co_await access.require("iam:ListAccessKeys", arn_or_guess(*state, EntityKind::user, user));
  const User& found = find_user(*state, user);
  co_return std::pair{found.name, found.access_keys};
}

namespace {
std::vector<AccessKey>::iterator find_key(std::vector<AccessKey>& keys, const std::string& id) {
  const auto key = std::ranges::find(keys, id, &AccessKey::id);
  if (key == keys.end()) {
    throw Error(errors::no_such_entity, "The Access Key with id " + id + " cannot be found.");
  }
  return key;
}
}  // namespace

Task<void> Directory::update_access_key(const policy::Access& access, std::string user, std::string id, bool active) {
  co_await change_keys(access, std::move(user), "iam:UpdateAccessKey",
                       [&](std::vector<AccessKey>& keys) { find_key(keys, id)->active = active; });
}

Task<void> Directory::delete_access_key(const policy::Access& access, std::string user, std::string id) {
  co_await change_keys(access, std::move(user), "iam:DeleteAccessKey",
                       [&](std::vector<AccessKey>& keys) { keys.erase(find_key(keys, id)); });
  meta::Batch credential;
  credential.remove(id);
  // The key is dead already; a row that stays behind proves nothing.
  [[maybe_unused]] const meta::Commit removed = co_await store_.commit(credentials_partition, std::move(credential));
}

Task<std::string> Directory::owner_of_access_key(const policy::Access& access, std::string id) {
  const auto state = co_await this->state(access);
  co_await access.require("iam:GetAccessKeyLastUsed", "*");
  if (std::ranges::any_of(state->account.root_keys, [&](const AccessKey& key) { return key.id == id; })) co_return "";
  for (const auto& [name, user] : state->users) {
    for (const AccessKey& key : user->value.access_keys) {
      if (key.id == id) co_return user->value.name;
    }
  }
  throw Error(errors::no_such_entity, "The Access Key with id " + id + " cannot be found.");
}

}  // namespace tarn::identity
