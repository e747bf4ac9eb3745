// Directory: IAM's own operations on users, groups, roles and managed policies.
//
// Each asks the Access for the right by the entity's real ARN (its path is known only here), decides on the newest
// state, and is durable when it returns. Refusals are IAM's: NoSuchEntity, EntityAlreadyExists, DeleteConflict,
// LimitExceeded, MalformedPolicyDocument, InvalidInput.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/os/clock.h"
#include "base/os/random.h"
#include "base/task.h"
#include "identity/accounts.h"
#include "identity/model.h"
#include "policy/access.h"

namespace tarn::identity {

enum class EntityKind { user, group, role };

struct NewUser {
  std::string name;
  std::string path = "/";
  std::string boundary;
  Tags tags;
};
struct NewGroup {
  std::string name;
  std::string path = "/";
};
struct NewRole {
  std::string name;
  std::string path = "/";
  std::string trust_policy;
  std::string description;
  int max_session_seconds = 3600;
  std::string boundary;
  Tags tags;
};
struct NewPolicy {
  std::string name;
  std::string path = "/";
  std::string document;
  std::string description;
  Tags tags;
};
struct NewAccessKey {
  AccessKey key;
  std::string secret;  // The only time that it is told.
  std::string user;
};

// A policy with how often it hangs somewhere.
struct PolicyUse {
  ManagedPolicy policy;
  int attachments = 0;
  int boundaries = 0;
};
PolicyUse use_of(const AccountState& state, const ManagedPolicy& policy);

class Directory {
 public:
  Directory(meta::Store& store, Accounts& accounts, const Clock& wall, Random& random)
      : store_(store), accounts_(accounts), wall_(wall), random_(random) {}

  // The caller's account as it is: what all lists are made from. Null never: a caller has an account.
  Task<std::shared_ptr<const AccountState>> state(const policy::Access& access);

  // --- Users and keys -------------------------------------------------------------------------------------------
  Task<User> create_user(const policy::Access& access, NewUser user);
  // An empty name is the caller, who must be a user.
  Task<User> user(const policy::Access& access, std::string name);
  Task<void> update_user(const policy::Access& access, std::string name, std::optional<std::string> new_name,
                         std::optional<std::string> new_path);
  Task<void> delete_user(const policy::Access& access, std::string name);
  // Keys of the user; of the caller, root included, where the name is empty.
  Task<NewAccessKey> create_access_key(const policy::Access& access, std::string user);
  Task<std::pair<std::string, std::vector<AccessKey>>> access_keys(const policy::Access& access, std::string user);
  Task<void> update_access_key(const policy::Access& access, std::string user, std::string id, bool active);
  Task<void> delete_access_key(const policy::Access& access, std::string user, std::string id);
  // The user's name that a key of the caller's account belongs to; empty for root's.
  Task<std::string> owner_of_access_key(const policy::Access& access, std::string id);

  // --- Groups ---------------------------------------------------------------------------------------------------
  Task<Group> create_group(const policy::Access& access, NewGroup group);
  Task<std::pair<Group, std::vector<User>>> group(const policy::Access& access, std::string name);
  Task<void> update_group(const policy::Access& access, std::string name, std::optional<std::string> new_name,
                          std::optional<std::string> new_path);
  Task<void> delete_group(const policy::Access& access, std::string name);
  Task<void> add_to_group(const policy::Access& access, std::string group, std::string user);
  Task<void> remove_from_group(const policy::Access& access, std::string group, std::string user);
  Task<std::vector<Group>> groups_of(const policy::Access& access, std::string user);

  // --- Roles ----------------------------------------------------------------------------------------------------
  Task<Role> create_role(const policy::Access& access, NewRole role);
  Task<Role> role(const policy::Access& access, std::string name, std::string action = "iam:GetRole");
  Task<Role> update_role(const policy::Access& access, std::string name, std::optional<std::string> description,
                         std::optional<int> max_session_seconds, std::string action = "iam:UpdateRole");
  Task<void> update_trust(const policy::Access& access, std::string name, std::string document);
  Task<void> delete_role(const policy::Access& access, std::string name);

  // --- Managed policies -----------------------------------------------------------------------------------------
  Task<ManagedPolicy> create_policy(const policy::Access& access, NewPolicy policy);
  Task<PolicyUse> policy(const policy::Access& access, std::string arn, std::string action = "iam:GetPolicy");
  Task<void> delete_policy(const policy::Access& access, std::string arn);
  Task<PolicyVersion> create_policy_version(const policy::Access& access, std::string arn, std::string document,
                                            bool set_default);
  Task<void> set_default_version(const policy::Access& access, std::string arn, std::string version);
  Task<void> delete_policy_version(const policy::Access& access, std::string arn, std::string version);
  Task<void> tag_policy(const policy::Access& access, std::string arn, Tags tags);
  Task<void> untag_policy(const policy::Access& access, std::string arn, std::vector<std::string> keys);

  // --- What users, groups and roles have alike ------------------------------------------------------------------
  Task<void> attach_policy(const policy::Access& access, EntityKind kind, std::string name, std::string arn);
  Task<void> detach_policy(const policy::Access& access, EntityKind kind, std::string name, std::string arn);
  Task<void> put_inline_policy(const policy::Access& access, EntityKind kind, std::string name, std::string policy,
                               std::string document);
  Task<std::string> inline_policy(const policy::Access& access, EntityKind kind, std::string name, std::string policy);
  Task<void> delete_inline_policy(const policy::Access& access, EntityKind kind, std::string name, std::string policy);
  Task<void> put_boundary(const policy::Access& access, EntityKind kind, std::string name, std::string arn);
  Task<void> delete_boundary(const policy::Access& access, EntityKind kind, std::string name);
  Task<void> tag(const policy::Access& access, EntityKind kind, std::string name, Tags tags);
  Task<void> untag(const policy::Access& access, EntityKind kind, std::string name, std::vector<std::string> keys);
  // The entity itself, for lists of its policies and tags; `action` is "iam:ListRoleTags" and so on.
  Task<Entity> entity(const policy::Access& access, EntityKind kind, std::string name, std::string action);

 private:
  using Change = std::function<void(const AccountState&, Entity&)>;
  // Requires `action` on the entity, then changes a copy of it and commits.
  Task<void> change_entity(const policy::Access& access, EntityKind kind, std::string name, std::string action,
                           policy::Facts facts, Change change);
  using ChangePolicy = std::function<void(const AccountState&, ManagedPolicy&)>;
  Task<void> change_policy(const policy::Access& access, std::string arn, std::string action, policy::Facts facts,
                           ChangePolicy change);
  using ChangeKeys = std::function<void(std::vector<AccessKey>&)>;
  Task<std::string> change_keys(const policy::Access& access, std::string user, std::string action, ChangeKeys change);

  meta::Store& store_;
  Accounts& accounts_;
  const Clock& wall_;
  Random& random_;
};

}  // namespace tarn::identity
