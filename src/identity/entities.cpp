// What users, groups and roles have alike: attached and inline policies, boundaries, tags.
#include <algorithm>

#include "identity/directory.h"
#include "identity/rules.h"

namespace tarn::identity {
namespace {

std::string arn_or_guess(const AccountState& state, EntityKind kind, const std::string& name) {
  const Entity* entity = find_entity(state, kind, name);
  return entity ? entity->arn : entity_arn(state.account.account.id, word_of(kind), "/", name);
}

std::string action(std::string_view verb, EntityKind kind, std::string_view rest) {
  return "iam:" + std::string(verb) + std::string(capital_of(kind)) + std::string(rest);
}

const Tags& tags_of(const AccountState& state, EntityKind kind, const std::string& name) {
  static const Tags none;
  const Entity* entity = find_entity(state, kind, name);
  return entity ? entity->tags : none;
}

// iam:PermissionsBoundary tells of the boundary that the entity has.
policy::Facts boundary_facts(const AccountState& state, EntityKind kind, const std::string& name) {
  const Entity* entity = find_entity(state, kind, name);
  policy::Facts facts;
  if (entity && !entity->boundary.empty()) facts.emplace_back("iam:PermissionsBoundary", std::vector{entity->boundary});
  return facts;
}

template <typename Stored>
void put_changed(const AccountState& state, const Stored& stored, EntityKind kind,
                 const std::function<void(const AccountState&, Entity&)>& change, meta::Batch& batch) {
  Stored changed = stored;
  change(state, changed);
  batch.put(row_key(kind, changed.name), encode(changed));
}

}  // namespace

Task<void> Directory::change_entity(const policy::Access& access, EntityKind kind, std::string name,
                                    std::string action_name, policy::Facts facts, Change change) {
  const auto before = co_await state(access);
  co_await access.require(std::move(action_name), arn_or_guess(*before, kind, name), std::move(facts));
  co_await accounts_.change(account_of(access), [&](const AccountState& state, meta::Batch& batch) {
    if (!find_entity(state, kind, name)) refuse_missing(kind, name);
    switch (kind) {
      case EntityKind::user:
        return put_changed(state, state.user(name)->value, kind, change, batch);
      case EntityKind::group:
        return put_changed(state, state.group(name)->value, kind, change, batch);
      case EntityKind::role:
        return put_changed(state, state.role(name)->value, kind, change, batch);
    }
  });
}

Task<void> Directory::attach_policy(const policy::Access& access, EntityKind kind, std::string name, std::string arn) {
  const auto before = co_await state(access);
  policy::Facts facts = boundary_facts(*before, kind, name);
  facts.emplace_back("iam:PolicyARN", std::vector{arn});
  co_await change_entity(access, kind, name, action("Attach", kind, "Policy"), std::move(facts),
                         [&](const AccountState& state, Entity& entity) {
                           if (!state.policy(arn)) {
                             throw Error(errors::no_such_entity,
                                         "Policy " + arn + " does not exist or is not attachable.");
                           }
                           if (contains(entity.attached_policies, arn)) return;
                           if (entity.attached_policies.size() >= limits::attached_policies) {
                             refuse_limit("PoliciesPer" + std::string(capital_of(kind)), limits::attached_policies);
                           }
                           entity.attached_policies.push_back(arn);
                         });
}

Task<void> Directory::detach_policy(const policy::Access& access, EntityKind kind, std::string name, std::string arn) {
  const auto before = co_await state(access);
  policy::Facts facts = boundary_facts(*before, kind, name);
  facts.emplace_back("iam:PolicyARN", std::vector{arn});
  co_await change_entity(access, kind, name, action("Detach", kind, "Policy"), std::move(facts),
                         [&](const AccountState&, Entity& entity) {
                           if (std::erase(entity.attached_policies, arn) == 0) {
                             throw Error(errors::no_such_entity, "Policy " + arn + " was not found.");
                           }
                         });
}

Task<void> Directory::put_inline_policy(const policy::Access& access, EntityKind kind, std::string name,
                                        std::string policy, std::string document) {
  const auto before = co_await state(access);
  co_await change_entity(access, kind, name, action("Put", kind, "Policy"), boundary_facts(*before, kind, name),
                         [&](const AccountState&, Entity& entity) {
                           (void)policy::Document::parse(document, policy::DocumentKind::identity);
                           entity.inline_policies[policy] = document;
                           std::size_t size = 0;
                           for (const auto& [each, text] : entity.inline_policies) size += policy::counted_size(text);
                           const std::size_t limit = limits::inline_policies_size(kind);
                           if (size > limit) {
                             throw Error(errors::limit_exceeded, "Maximum policy size of " + std::to_string(limit) +
                                                                     " bytes exceeded for " +
                                                                     std::string(word_of(kind)) + " " + entity.name);
                           }
                         });
}

Task<std::string> Directory::inline_policy(const policy::Access& access, EntityKind kind, std::string name,
                                           std::string policy) {
  const Entity found = co_await entity(access, kind, name, action("Get", kind, "Policy"));
  const auto text = found.inline_policies.find(policy);
  if (text == found.inline_policies.end()) {
    throw Error(errors::no_such_entity,
                "The " + std::string(word_of(kind)) + " policy with name " + policy + " cannot be found.");
  }
  co_return text->second;
}

Task<void> Directory::delete_inline_policy(const policy::Access& access, EntityKind kind, std::string name,
                                           std::string policy) {
  const auto before = co_await state(access);
  co_await change_entity(
      access, kind, name, action("Delete", kind, "Policy"), boundary_facts(*before, kind, name),
      [&](const AccountState&, Entity& entity) {
        if (entity.inline_policies.erase(policy) == 0) {
          throw Error(errors::no_such_entity,
                      "The " + std::string(word_of(kind)) + " policy with name " + policy + " cannot be found.");
        }
      });
}

Task<void> Directory::put_boundary(const policy::Access& access, EntityKind kind, std::string name, std::string arn) {
  co_await change_entity(access, kind, name, action("Put", kind, "PermissionsBoundary"),
                         {{"iam:PermissionsBoundary", {arn}}}, [&](const AccountState& state, Entity& entity) {
                           check_boundary(state, arn);
                           entity.boundary = arn;
                         });
}

Task<void> Directory::delete_boundary(const policy::Access& access, EntityKind kind, std::string name) {
  const auto before = co_await state(access);
  co_await change_entity(access, kind, name, action("Delete", kind, "PermissionsBoundary"),
                         boundary_facts(*before, kind, name), [&](const AccountState&, Entity& entity) {
                           if (entity.boundary.empty()) {
                             throw Error(errors::no_such_entity, std::string(capital_of(kind)) + " " + entity.name +
                                                                     " does not have a permissions boundary.");
                           }
                           entity.boundary.clear();
                         });
}

Task<void> Directory::tag(const policy::Access& access, EntityKind kind, std::string name, Tags tags) {
  const auto before = co_await state(access);
  co_await change_entity(access, kind, name, action("Tag", kind, ""), tag_facts(tags, tags_of(*before, kind, name)),
                         [&](const AccountState&, Entity& entity) { set_tags(entity.tags, tags); });
}

Task<void> Directory::untag(const policy::Access& access, EntityKind kind, std::string name,
                            std::vector<std::string> keys) {
  const auto before = co_await state(access);
  co_await change_entity(access, kind, name, action("Untag", kind, ""), untag_facts(keys, tags_of(*before, kind, name)),
                         [&](const AccountState&, Entity& entity) { remove_tags(entity.tags, keys); });
}

Task<Entity> Directory::entity(const policy::Access& access, EntityKind kind, std::string name,
                               std::string action_name) {
  const auto state = co_await this->state(access);
  co_await access.require(std::move(action_name), arn_or_guess(*state, kind, name));
  const Entity* found = find_entity(*state, kind, name);
  if (!found) refuse_missing(kind, name);
  co_return *found;
}

}  // namespace tarn::identity
