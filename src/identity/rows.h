// How identities are stored: rows of partition identity/<account>.
//
//   head        bytes that change with every change of the partition: a change is one commit that names the head it
//               was decided on, so that rules between rows ("attached nowhere", "in no group") hold
//   account     the account itself and its root's access keys
//   u/<name> g/<name> r/<name> p/<name>   users, groups, roles, managed policies; names in lower case
//
// and of partition credentials:
//   <access key id>   account, user's id (empty: root) and secret. Valid only while the account or user row lists the
//   key.
//
// A value is a format version (the byte 1) and JSON.
#pragma once

#include <string>
#include <string_view>

#include "identity/model.h"

namespace tarn::identity {

struct AccountRow {
  Account account;
  std::vector<AccessKey> root_keys;
};

struct CredentialRow {
  AccountId account = AccountId::trusted({});
  std::string user_id;  // AIDA…, which stays when the user is renamed; empty: the account's root.
  std::string secret;
};

std::string encode(const AccountRow& row);
std::string encode(const User& user);
std::string encode(const Group& group);
std::string encode(const Role& role);
std::string encode(const ManagedPolicy& policy);
std::string encode(const CredentialRow& row);

// Throw std::runtime_error on bytes that no version of Tarn wrote.
AccountRow decode_account(std::string_view bytes);
User decode_user(std::string_view bytes);
Group decode_group(std::string_view bytes);
Role decode_role(std::string_view bytes);
ManagedPolicy decode_policy(std::string_view bytes);
CredentialRow decode_credential(std::string_view bytes);

}  // namespace tarn::identity
