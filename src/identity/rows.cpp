#include "identity/rows.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace tarn::identity {
namespace {

using Json = nlohmann::json;
constexpr char format = '\x01';

std::string pack(const Json& json) {
  return format + json.dump();
}

Json unpack(std::string_view bytes) {
  if (bytes.empty() || bytes.front() != format) throw std::runtime_error("identity row of an unknown format");
  return Json::parse(bytes.substr(1));
}

Json json_of(const std::vector<AccessKey>& keys) {
  Json list = Json::array();
  for (const AccessKey& key : keys) {
    list.push_back({{"id", key.id}, {"active", key.active}, {"created", to_millis(key.created)}});
  }
  return list;
}

std::vector<AccessKey> access_keys(const Json& list) {
  std::vector<AccessKey> keys;
  for (const Json& key : list) {
    keys.push_back({.id = key.at("id"), .active = key.at("active"), .created = from_millis(key.at("created"))});
  }
  return keys;
}

void write_entity(Json& json, const Entity& entity) {
  json["name"] = entity.name;
  json["id"] = entity.id;
  json["path"] = entity.path;
  json["arn"] = entity.arn;
  json["created"] = to_millis(entity.created);
  json["inline"] = entity.inline_policies;
  json["attached"] = entity.attached_policies;
  json["boundary"] = entity.boundary;
  json["tags"] = entity.tags;
}

void read_entity(const Json& json, Entity& entity) {
  entity.name = json.at("name");
  entity.id = json.at("id");
  entity.path = json.at("path");
  entity.arn = json.at("arn");
  entity.created = from_millis(json.at("created"));
  entity.inline_policies = json.at("inline");
  entity.attached_policies = json.at("attached");
  entity.boundary = json.at("boundary");
  entity.tags = json.at("tags").get<Tags>();
}

}  // namespace

std::string encode(const AccountRow& row) {
  return pack({{"id", row.account.id.text()},
               {"name", row.account.name},
               {"email", row.account.email},
               {"canonical", row.account.canonical_user_id},
               {"created", to_millis(row.account.created)},
               {"keys", json_of(row.root_keys)}});
}

AccountRow decode_account(std::string_view bytes) {
  const Json json = unpack(bytes);
  return {.account = {.id = AccountId::trusted(json.at("id")),
                      .name = json.at("name"),
                      .email = json.at("email"),
                      .canonical_user_id = json.at("canonical"),
                      .created = from_millis(json.at("created"))},
          .root_keys = access_keys(json.at("keys"))};
}

std::string encode(const User& user) {
  Json json;
  write_entity(json, user);
  json["groups"] = user.groups;
  json["keys"] = json_of(user.access_keys);
  return pack(json);
}

User decode_user(std::string_view bytes) {
  const Json json = unpack(bytes);
  User user;
  read_entity(json, user);
  user.groups = json.at("groups");
  user.access_keys = access_keys(json.at("keys"));
  return user;
}

std::string encode(const Group& group) {
  Json json;
  write_entity(json, group);
  return pack(json);
}

Group decode_group(std::string_view bytes) {
  Group group;
  read_entity(unpack(bytes), group);
  return group;
}

std::string encode(const Role& role) {
  Json json;
  write_entity(json, role);
  json["trust"] = role.trust_policy;
  json["description"] = role.description;
  json["max_session"] = role.max_session_seconds;
  return pack(json);
}

Role decode_role(std::string_view bytes) {
  const Json json = unpack(bytes);
  Role role;
  read_entity(json, role);
  role.trust_policy = json.at("trust");
  role.description = json.at("description");
  role.max_session_seconds = json.at("max_session");
  return role;
}

std::string encode(const ManagedPolicy& policy) {
  Json versions = Json::array();
  for (const PolicyVersion& version : policy.versions) {
    versions.push_back({{"id", version.id}, {"document", version.document}, {"created", to_millis(version.created)}});
  }
  return pack({{"name", policy.name},
               {"id", policy.id},
               {"path", policy.path},
               {"arn", policy.arn},
               {"description", policy.description},
               {"created", to_millis(policy.created)},
               {"updated", to_millis(policy.updated)},
               {"versions", versions},
               {"default", policy.default_version},
               {"next", policy.next_version},
               {"tags", policy.tags}});
}

ManagedPolicy decode_policy(std::string_view bytes) {
  const Json json = unpack(bytes);
  ManagedPolicy policy;
  policy.name = json.at("name");
  policy.id = json.at("id");
  policy.path = json.at("path");
  policy.arn = json.at("arn");
  policy.description = json.at("description");
  policy.created = from_millis(json.at("created"));
  policy.updated = from_millis(json.at("updated"));
  for (const Json& version : json.at("versions")) {
    policy.versions.push_back(
        {.id = version.at("id"), .document = version.at("document"), .created = from_millis(version.at("created"))});
  }
  policy.default_version = json.at("default");
  policy.next_version = json.at("next");
  policy.tags = json.at("tags").get<Tags>();
  return policy;
}

std::string encode(const CredentialRow& row) {
  return pack({{"account", row.account.text()}, {"user", row.user_id}, {"secret", row.secret}});
}

CredentialRow decode_credential(std::string_view bytes) {
  const Json json = unpack(bytes);
  return {.account = AccountId::trusted(json.at("account")), .user_id = json.at("user"), .secret = json.at("secret")};
}

const PolicyVersion* ManagedPolicy::version(std::string_view version_id) const {
  for (const PolicyVersion& candidate : versions) {
    if (candidate.id == version_id) return &candidate;
  }
  return nullptr;
}

const PolicyVersion& ManagedPolicy::default_policy() const {
  const PolicyVersion* found = version(default_version);
  if (!found) throw std::runtime_error("policy without its default version: " + arn);
  return *found;
}

}  // namespace tarn::identity
