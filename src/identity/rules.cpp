#include "identity/rules.h"

#include <algorithm>

#include "base/encoding.h"

namespace tarn::identity {

std::string_view word_of(EntityKind kind) {
  return kind == EntityKind::user ? "user" : kind == EntityKind::group ? "group" : "role";
}
std::string_view capital_of(EntityKind kind) {
  return kind == EntityKind::user ? "User" : kind == EntityKind::group ? "Group" : "Role";
}

std::string entity_arn(const AccountId& account, std::string_view type, std::string_view path, std::string_view name) {
  return "arn:aws:iam::" + account.text() + ":" + std::string(type) + std::string(path) + std::string(name);
}

const Entity* find_entity(const AccountState& state, EntityKind kind, std::string_view name) {
  if (kind == EntityKind::user) {
    const auto* user = state.user(name);
    return user ? &user->value : nullptr;
  }
  if (kind == EntityKind::group) {
    const auto* group = state.group(name);
    return group ? &group->value : nullptr;
  }
  const auto* role = state.role(name);
  return role ? &role->value : nullptr;
}

void refuse_missing(EntityKind kind, std::string_view name) {
  throw Error(errors::no_such_entity,
              "The " + std::string(word_of(kind)) + " with name " + std::string(name) + " cannot be found.");
}

void refuse_limit(std::string_view quota, std::size_t limit) {
  throw Error(errors::limit_exceeded, "Cannot exceed quota for " + std::string(quota) + ": " + std::to_string(limit));
}

void check_path(std::string_view path) {
  const bool printable = std::ranges::all_of(path, [](char c) { return c > ' ' && c <= '~'; });
  if (path.empty() || path.size() > 512 || path.front() != '/' || path.back() != '/' || !printable) {
    throw Error(errors::validation_error,
                "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric "
                "characters and/or / characters.");
  }
}

void check_tags(const Tags& tags) {
  if (tags.size() > limits::tags) {
    throw Error(errors::invalid_input, "The number of tags has reached the maximum limit of 50.");
  }
  for (auto tag = tags.begin(); tag != tags.end(); ++tag) {
    if (to_lower(tag->first).starts_with("aws:")) {
      throw Error(errors::invalid_input, "User-defined tag keys cannot begin with 'aws:'.");
    }
    const auto same = [&](const auto& other) { return equal_ignoring_case(other.first, tag->first); };
    if (std::find_if(std::next(tag), tags.end(), same) != tags.end()) {
      throw Error(errors::invalid_input, "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    }
  }
}

void set_tags(Tags& into, const Tags& tags) {
  check_tags(tags);
  for (const auto& [key, value] : tags) {
    const auto same = [&](const auto& tag) { return equal_ignoring_case(tag.first, key); };
    const auto found = std::ranges::find_if(into, same);
    if (found != into.end()) {
      *found = {key, value};
    } else {
      into.emplace_back(key, value);
    }
  }
  if (into.size() > limits::tags) refuse_limit("TagsPerResource", limits::tags);
}

void remove_tags(Tags& from, const std::vector<std::string>& keys) {
  std::erase_if(from, [&](const auto& tag) {
    return std::ranges::any_of(keys, [&](const std::string& key) { return equal_ignoring_case(key, tag.first); });
  });
}

policy::Facts untag_facts(const std::vector<std::string>& keys, const Tags& existing) {
  policy::Facts facts;
  for (const auto& [key, value] : existing) {
    facts.emplace_back("aws:ResourceTag/" + key, std::vector{value});
    facts.emplace_back("iam:ResourceTag/" + key, std::vector{value});
  }
  if (!keys.empty()) facts.emplace_back("aws:TagKeys", keys);
  return facts;
}

policy::Facts tag_facts(const Tags& requested, const Tags& existing) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : requested) keys.push_back(key);
  policy::Facts facts = untag_facts(keys, existing);
  for (const auto& [key, value] : requested) facts.emplace_back("aws:RequestTag/" + key, std::vector{value});
  return facts;
}

void check_trust_policy(const AccountState& state, const std::string& document) {
  const auto parsed = policy::Document::parse(document, policy::DocumentKind::trust);
  if (policy::counted_size(document) > limits::trust_policy_size) {
    refuse_limit("ACLSizePerRole", limits::trust_policy_size);
  }
  // Only principals of this account can be looked up here; of others the ARN's form must do.
  const std::string own = "arn:aws:iam::" + state.account.account.id.text() + ":";
  for (const std::string& principal : parsed->aws_principals()) {
    if (!principal.starts_with(own)) continue;
    const std::string_view rest = std::string_view(principal).substr(own.size());
    const std::string_view name = rest.substr(rest.rfind('/') + 1);
    const Entity* entity = find_entity(state, rest.starts_with("user/") ? EntityKind::user : EntityKind::role, name);
    if (!entity || entity->arn != principal) {
      throw Error(errors::malformed_policy, "Invalid principal in policy: \"AWS\":\"" + principal + "\"");
    }
  }
}

void check_boundary(const AccountState& state, const std::string& arn) {
  if (!state.policy(arn)) {
    throw Error(errors::no_such_entity, "Scope ARN: " + arn + " does not exist or is not attachable.");
  }
}

meta::RowKey row_key(EntityKind kind, std::string_view name) {
  return std::string(1, word_of(kind).front()) + "/" + to_lower(name);
}
meta::RowKey policy_row_key(std::string_view name) {
  return "p/" + to_lower(name);
}

}  // namespace tarn::identity
