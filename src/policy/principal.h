// Who a request comes from.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/names.h"
#include "base/time.h"

namespace tarn::policy {

struct Rights;

struct Principal {
  enum class Kind { anonymous, root, user, role_session, federated_user, service };

  Kind kind = Kind::anonymous;
  std::optional<AccountId> account;  // None for the anonymous.
  // arn:aws:iam::123456789012:user/x, arn:aws:sts::…:assumed-role/Role/Session; a service's name for services.
  std::string arn;
  std::string user_id;   // AIDA…, AROA…:session, the account id for root.
  std::string name;      // User name, role session name.
  std::string role_arn;  // Of a role session: the role it was made from.
  std::string access_key_id;
  std::map<std::string, std::string> tags;   // aws:PrincipalTag/*.
  std::optional<Timestamp> session_started;  // Temporary credentials only.
  std::string source_identity;
  // What its side's policies say, filled in by who authenticated it; evaluated_access.h.
  std::shared_ptr<const Rights> rights;

  bool is_root() const { return kind == Kind::root; }
};

// The 64 hexadecimal digits by which S3's ACLs and policies name an account. A function of the account's id, so that
// every part of Tarn can tell it without asking.
std::string canonical_user_id(const AccountId& account);

std::string root_arn(const AccountId& account);  // arn:aws:iam::123456789012:root

}  // namespace tarn::policy
