// AccountState: everything of one account's identities at one moment, read and compiled.
//
// Never changes; a change of any row makes a new state that shares what stayed the same.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "identity/model.h"
#include "identity/rows.h"
#include "policy/document.h"
#include "policy/evaluated_access.h"

namespace tarn::identity {

// A stored entity with its policies compiled.
template <typename Stored>
struct Compiled {
  Stored value;
  std::vector<policy::AttachedPolicy> inline_policies;
  std::shared_ptr<const policy::Document> document;  // A role's trust, a managed policy's default version.
};

template <typename Stored>
using Named = std::map<std::string, std::shared_ptr<const Compiled<Stored>>, std::less<>>;  // By name in lower case.

class AccountState {
 public:
  AccountRow account;
  std::uint64_t head = 0;  // Version of the head row.
  Named<User> users;
  Named<Group> groups;
  Named<Role> roles;
  Named<ManagedPolicy> policies;
  std::map<std::string, std::string, std::less<>> user_names;  // In lower case, by id.
  std::map<std::string, std::uint64_t, std::less<>> row_versions;

  // Null where there is none. Names are found whatever their case, as IAM keeps them unique.
  const Compiled<User>* user(std::string_view name) const;
  const Compiled<User>* user_by_id(std::string_view id) const;
  const Compiled<Group>* group(std::string_view name) const;
  const Compiled<Role>* role(std::string_view name) const;
  // By ARN: this account's or AWS's own.
  const Compiled<ManagedPolicy>* policy(std::string_view arn) const;
  std::vector<const User*> members(std::string_view group) const;

  // All that its inline policies, attached policies, groups and boundary say.
  policy::PolicySet policies_of(const Compiled<User>& user) const;
  policy::PolicySet policies_of(const Compiled<Role>& role) const;

 private:
  void add_policies(const Entity& entity, const std::vector<policy::AttachedPolicy>& inline_policies,
                    policy::PolicySet& into) const;
  void add_boundary(const Entity& entity, policy::PolicySet& into) const;
};

// The policies that AWS keeps for everybody, arn:aws:iam::aws:policy/…; by ARN.
const std::map<std::string, Compiled<ManagedPolicy>, std::less<>>& aws_managed_policies();

template <typename Stored>
std::shared_ptr<const Compiled<Stored>> compile(Stored stored);
extern template std::shared_ptr<const Compiled<User>> compile(User);
extern template std::shared_ptr<const Compiled<Group>> compile(Group);
extern template std::shared_ptr<const Compiled<Role>> compile(Role);
extern template std::shared_ptr<const Compiled<ManagedPolicy>> compile(ManagedPolicy);

}  // namespace tarn::identity
