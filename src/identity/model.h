// What IAM keeps: users, groups, roles, managed policies. Plain values; rows.h says how they are stored.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/names.h"
#include "base/time.h"

namespace tarn::identity {

template <typename Range, typename Value>
bool contains(const Range& range, const Value& value) {
  return std::find(std::begin(range), std::end(range), value) != std::end(range);
}

struct Account {
  AccountId id = AccountId::trusted({});
  std::string name;
  std::string email;
  std::string canonical_user_id;
  Timestamp created;
};

// Keys compare without case; the case that was first given is kept.
using Tags = std::vector<std::pair<std::string, std::string>>;

struct AccessKey {
  std::string id;
  bool active = true;
  Timestamp created;
};

struct AccessKeyUse {
  Timestamp when;
  std::string service;
  std::string region;
};

// What users, groups and roles have in common.
struct Entity {
  std::string name;
  std::string id;    // AIDA…, AGPA…, AROA…
  std::string path;  // Begins and ends with a slash.
  std::string arn;
  Timestamp created;
  std::map<std::string, std::string> inline_policies;  // Name to document.
  std::vector<std::string> attached_policies;          // ARNs, in the order they were attached.
  std::string boundary;                                // An ARN, or empty.
  Tags tags;
};

struct User : Entity {
  std::vector<std::string> groups;  // Names.
  std::vector<AccessKey> access_keys;
};

struct Group : Entity {};

struct Role : Entity {
  std::string trust_policy;
  std::string description;
  int max_session_seconds = 3600;
};

struct PolicyVersion {
  std::string id;  // v1, v2, …
  std::string document;
  Timestamp created;
};

struct ManagedPolicy {
  std::string name;
  std::string id;  // ANPA…
  std::string path;
  std::string arn;
  std::string description;
  Timestamp created;
  Timestamp updated;
  std::vector<PolicyVersion> versions;  // Oldest first.
  std::string default_version;
  int next_version = 2;
  Tags tags;

  const PolicyVersion* version(std::string_view version_id) const;
  const PolicyVersion& default_policy() const;
};

}  // namespace tarn::identity
