#include "identity/account_state.h"

#include "base/encoding.h"

namespace tarn::identity {
namespace {

template <typename Stored>
const Compiled<Stored>* find(const Named<Stored>& all, std::string_view name) {
  const auto found = all.find(to_lower(name));
  return found == all.end() ? nullptr : found->second.get();
}

}  // namespace

template <typename Stored>
std::shared_ptr<const Compiled<Stored>> compile(Stored stored) {
  using policy::Document;
  using policy::DocumentKind;
  auto compiled = std::make_shared<Compiled<Stored>>();
  if constexpr (std::is_base_of_v<Entity, Stored>) {
    for (const auto& [name, text] : stored.inline_policies) {
      compiled->inline_policies.push_back({name, Document::parse(text, DocumentKind::identity)});
    }
  } else {
    compiled->document = Document::parse(stored.default_policy().document, DocumentKind::identity);
  }
  if constexpr (std::is_same_v<Stored, Role>) {
    compiled->document = Document::parse(stored.trust_policy, DocumentKind::trust);
  }
  compiled->value = std::move(stored);
  return compiled;
}
template std::shared_ptr<const Compiled<User>> compile(User);
template std::shared_ptr<const Compiled<Group>> compile(Group);
template std::shared_ptr<const Compiled<Role>> compile(Role);
template std::shared_ptr<const Compiled<ManagedPolicy>> compile(ManagedPolicy);

const Compiled<User>* AccountState::user(std::string_view name) const {
  return find(users, name);
}
const Compiled<User>* AccountState::user_by_id(std::string_view id) const {
  const auto name = user_names.find(id);
  return name == user_names.end() ? nullptr : user(name->second);
}
const Compiled<Group>* AccountState::group(std::string_view name) const {
  return find(groups, name);
}
const Compiled<Role>* AccountState::role(std::string_view name) const {
  return find(roles, name);
}

const Compiled<ManagedPolicy>* AccountState::policy(std::string_view arn) const {
  if (arn.starts_with("arn:aws:iam::aws:")) {
    const auto& managed = aws_managed_policies();
    const auto found = managed.find(arn);
    return found == managed.end() ? nullptr : &found->second;
  }
  const auto* own = find(policies, arn.substr(arn.rfind('/') + 1));
  return own && own->value.arn == arn ? own : nullptr;
}

std::vector<const User*> AccountState::members(std::string_view group) const {
  std::vector<const User*> members;
  for (const auto& [name, user] : users) {
    for (const std::string& joined : user->value.groups) {
      if (equal_ignoring_case(joined, group)) members.push_back(&user->value);
    }
  }
  return members;
}

void AccountState::add_policies(const Entity& entity, const std::vector<policy::AttachedPolicy>& inline_policies,
                                policy::PolicySet& into) const {
  for (const std::string& arn : entity.attached_policies) {
    if (const auto* managed = policy(arn)) into.identity.push_back({arn, managed->document});
  }
  into.identity.insert(into.identity.end(), inline_policies.begin(), inline_policies.end());
}

void AccountState::add_boundary(const Entity& entity, policy::PolicySet& into) const {
  if (entity.boundary.empty()) return;
  // A boundary whose policy is gone allows nothing.
  static const auto nothing =
      policy::Document::parse(R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}})",
                              policy::DocumentKind::identity);
  const auto* boundary = policy(entity.boundary);
  into.boundary = policy::AttachedPolicy{entity.boundary, boundary ? boundary->document : nothing};
}

policy::PolicySet AccountState::policies_of(const Compiled<User>& user) const {
  policy::PolicySet policies;
  add_policies(user.value, user.inline_policies, policies);
  for (const std::string& name : user.value.groups) {
    if (const auto* joined = group(name)) add_policies(joined->value, joined->inline_policies, policies);
  }
  add_boundary(user.value, policies);
  return policies;
}

policy::PolicySet AccountState::policies_of(const Compiled<Role>& role) const {
  policy::PolicySet policies;
  add_policies(role.value, role.inline_policies, policies);
  add_boundary(role.value, policies);
  return policies;
}

}  // namespace tarn::identity
