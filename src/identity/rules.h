// IAM's rules that several operations share: its errors, limits, names, tags.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "identity/account_state.h"
#include "identity/directory.h"
#include "policy/access.h"

namespace tarn::identity {

namespace errors {
inline constexpr ErrorCode no_such_entity{"NoSuchEntity", 404};
inline constexpr ErrorCode entity_already_exists{"EntityAlreadyExists", 409};
inline constexpr ErrorCode delete_conflict{"DeleteConflict", 409};
inline constexpr ErrorCode limit_exceeded{"LimitExceeded", 409};
inline constexpr ErrorCode invalid_input{"InvalidInput", 400};
inline constexpr ErrorCode malformed_policy{"MalformedPolicyDocument", 400};
inline constexpr ErrorCode validation_error{"ValidationError", 400};
}  // namespace errors

// IAM's default quotas. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
namespace limits {
inline constexpr std::size_t users = 5000;
inline constexpr std::size_t groups = 300;
inline constexpr std::size_t roles = 1000;
inline constexpr std::size_t policies = 1500;
inline constexpr std::size_t groups_per_user = 10;
inline constexpr std::size_t keys_per_user = 2;
inline constexpr std::size_t attached_policies = 10;
inline constexpr std::size_t policy_versions = 5;
inline constexpr std::size_t tags = 50;
inline constexpr std::size_t managed_policy_size = 6144;
inline constexpr std::size_t trust_policy_size = 2048;
inline constexpr std::size_t inline_policies_size(EntityKind kind) {
  return kind == EntityKind::user ? 2048 : kind == EntityKind::group ? 5120 : 10240;
}
}  // namespace limits

std::string_view word_of(EntityKind kind);     // "user"
std::string_view capital_of(EntityKind kind);  // "User"

// arn:aws:iam::123456789012:user/path/name
std::string entity_arn(const AccountId& account, std::string_view type, std::string_view path, std::string_view name);

// Null where there is none.
const Entity* find_entity(const AccountState& state, EntityKind kind, std::string_view name);

[[noreturn]] void refuse_missing(EntityKind kind, std::string_view name);
[[noreturn]] void refuse_limit(std::string_view quota, std::size_t limit);

void check_path(std::string_view path);
// Fifty at most, no key twice (whatever its case), none of AWS's own.
void set_tags(Tags& into, const Tags& tags);
void remove_tags(Tags& from, const std::vector<std::string>& keys);
void check_tags(const Tags& tags);
policy::Facts tag_facts(const Tags& requested, const Tags& existing);
policy::Facts untag_facts(const std::vector<std::string>& keys, const Tags& existing);

// A document that hangs on a role as its trust: parsed, not too long, and naming principals that exist.
void check_trust_policy(const AccountState& state, const std::string& document);
void check_boundary(const AccountState& state, const std::string& arn);

// The row of an entity in its account's partition.
meta::RowKey row_key(EntityKind kind, std::string_view name);
meta::RowKey policy_row_key(std::string_view name);

}  // namespace tarn::identity
