// Managed policies and their versions.
#include <algorithm>

#include "base/encoding.h"
#include "identity/directory.h"
#include "identity/rules.h"
#include "identity/sessions.h"

namespace tarn::identity {
namespace {

const ManagedPolicy& find_policy(const AccountState& state, const std::string& arn) {
  const auto* policy = state.policy(arn);
  if (!policy) throw Error(errors::no_such_entity, "Policy " + arn + " was not found.");
  return policy->value;
}

void check_document(const std::string& document) {
  (void)policy::Document::parse(document, policy::DocumentKind::identity);
  if (policy::counted_size(document) > limits::managed_policy_size) {
    refuse_limit("PolicySize", limits::managed_policy_size);
  }
}

template <typename Stored>
void count(const Named<Stored>& all, const std::string& arn, PolicyUse& use) {
  for (const auto& [name, entity] : all) {
    if (contains(entity->value.attached_policies, arn)) ++use.attachments;
    if (entity->value.boundary == arn) ++use.boundaries;
  }
}

[[noreturn]] void refuse_version(const std::string& arn, const std::string& version) {
  throw Error(errors::no_such_entity,
              "Policy " + arn + " version " + version + " does not exist or is not attachable.");
}

}  // namespace

PolicyUse use_of(const AccountState& state, const ManagedPolicy& policy) {
  PolicyUse use{.policy = policy};
  count(state.users, policy.arn, use);
  count(state.groups, policy.arn, use);
  count(state.roles, policy.arn, use);
  return use;
}

Task<ManagedPolicy> Directory::create_policy(const policy::Access& access, NewPolicy request) {
  check_path(request.path);
  const AccountId account = account_of(access);
  ManagedPolicy policy;
  policy.name = request.name;
  policy.path = request.path;
  policy.arn = entity_arn(account, "policy", policy.path, policy.name);
  policy.id = new_entity_id("ANPA", random_);
  policy.description = request.description;
  policy.created = policy.updated = wall_.now();
  policy.versions.push_back({.id = "v1", .document = request.document, .created = policy.created});
  policy.default_version = "v1";
  set_tags(policy.tags, request.tags);
  const policy::Facts facts = tag_facts(request.tags, {});
  co_await access.require("iam:CreatePolicy", policy.arn, facts);
  if (!policy.tags.empty()) co_await access.require("iam:TagPolicy", policy.arn, facts);
  check_document(request.document);
  co_await accounts_.change(account, [policy](const AccountState& state, meta::Batch& batch) {
    if (state.policies.contains(to_lower(policy.name))) {
      throw Error(errors::entity_already_exists,
                  "A policy called " + policy.name + " already exists. Duplicate names are not allowed.");
    }
    if (state.policies.size() >= limits::policies) refuse_limit("PoliciesPerAccount", limits::policies);
    batch.put(policy_row_key(policy.name), encode(policy));
  });
  co_return policy;
}

Task<PolicyUse> Directory::policy(const policy::Access& access, std::string arn, std::string action) {
  co_await access.require(std::move(action), arn);
  const auto state = co_await this->state(access);
  co_return use_of(*state, find_policy(*state, arn));
}

Task<void> Directory::change_policy(const policy::Access& access, std::string arn, std::string action,
                                    policy::Facts facts, ChangePolicy change) {
  co_await access.require(action, arn, std::move(facts));
  if (arn.starts_with("arn:aws:iam::aws:")) {
    throw Error(tarn::errors::access_denied,
                "User: " + access.principal().arn + " is not authorized to perform: " + action +
                    " on resource: policy " + arn + ", which is AWS's own",
                arn);
  }
  co_await accounts_.change(account_of(access), [&](const AccountState& state, meta::Batch& batch) {
    ManagedPolicy policy = find_policy(state, arn);
    change(state, policy);
    if (policy.versions.empty()) {
      batch.remove(policy_row_key(policy.name));
    } else {
      batch.put(policy_row_key(policy.name), encode(policy));
    }
  });
}

Task<void> Directory::delete_policy(const policy::Access& access, std::string arn) {
  co_await change_policy(access, arn, "iam:DeletePolicy", {}, [](const AccountState& state, ManagedPolicy& policy) {
    const PolicyUse use = use_of(state, policy);
    if (use.attachments > 0 || use.boundaries > 0) {
      throw Error(errors::delete_conflict, "Cannot delete a policy attached to entities.");
    }
    if (policy.versions.size() > 1) {
      throw Error(errors::delete_conflict,
                  "This policy has more than one version. Before you delete a policy, you must delete the policy's "
                  "versions. The default version is deleted with the policy.");
    }
    policy.versions.clear();
  });
}

Task<PolicyVersion> Directory::create_policy_version(const policy::Access& access, std::string arn,
                                                     std::string document, bool set_default) {
  PolicyVersion made;
  co_await change_policy(access, arn, "iam:CreatePolicyVersion", {}, [&](const AccountState&, ManagedPolicy& policy) {
    check_document(document);
    if (policy.versions.size() >= limits::policy_versions) {
      throw Error(errors::limit_exceeded,
                  "A managed policy can have up to 5 versions. Before you create a new version, you must delete an "
                  "existing version.");
    }
    made = {.id = "v" + std::to_string(policy.next_version++), .document = document, .created = wall_.now()};
    policy.versions.push_back(made);
    policy.updated = made.created;
    if (set_default) policy.default_version = made.id;
  });
  co_return made;
}

Task<void> Directory::set_default_version(const policy::Access& access, std::string arn, std::string version) {
  co_await change_policy(access, arn, "iam:SetDefaultPolicyVersion", {},
                         [&](const AccountState&, ManagedPolicy& policy) {
                           if (!policy.version(version)) refuse_version(arn, version);
                           policy.default_version = version;
                           policy.updated = wall_.now();
                         });
}

Task<void> Directory::delete_policy_version(const policy::Access& access, std::string arn, std::string version) {
  co_await change_policy(access, arn, "iam:DeletePolicyVersion", {}, [&](const AccountState&, ManagedPolicy& policy) {
    if (!policy.version(version)) refuse_version(arn, version);
    if (policy.default_version == version) {
      throw Error(errors::delete_conflict, "Cannot delete the default version of a policy.");
    }
    std::erase_if(policy.versions, [&](const PolicyVersion& each) { return each.id == version; });
    policy.updated = wall_.now();
  });
}

Task<void> Directory::tag_policy(const policy::Access& access, std::string arn, Tags tags) {
  const auto state = co_await this->state(access);
  const auto* existing = state->policy(arn);
  policy::Facts facts = tag_facts(tags, existing ? existing->value.tags : Tags{});
  co_await change_policy(access, arn, "iam:TagPolicy", std::move(facts),
                         [&](const AccountState&, ManagedPolicy& policy) { set_tags(policy.tags, tags); });
}

Task<void> Directory::untag_policy(const policy::Access& access, std::string arn, std::vector<std::string> keys) {
  const auto state = co_await this->state(access);
  const auto* existing = state->policy(arn);
  policy::Facts facts = untag_facts(keys, existing ? existing->value.tags : Tags{});
  co_await change_policy(access, arn, "iam:UntagPolicy", std::move(facts),
                         [&](const AccountState&, ManagedPolicy& policy) { remove_tags(policy.tags, keys); });
}

}  // namespace tarn::identity
