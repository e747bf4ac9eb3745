// Sessions: temporary credentials that are nowhere stored. The token carries all there is to know, sealed under the
// server's key; what it may do follows the role's or user's policies of today.
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/os/clock.h"
#include "base/os/random.h"
#include "base/task.h"
#include "identity/accounts.h"
#include "identity/model.h"
#include "identity/seal.h"
#include "policy/access.h"
#include "policy/evaluated_access.h"

namespace tarn::identity {

enum class CredentialRefusal;
struct Credential;

// What a session token carries.
struct Session {
  enum class Kind { role, user, federated };  // AssumeRole, GetSessionToken, GetFederationToken.
  Kind kind = Kind::role;
  std::string access_key_id;  // ASIA…
  std::string secret_access_key;
  AccountId account = AccountId::trusted({});
  std::string entity;     // Name of the role, or of the user that asked; empty: root.
  std::string entity_id;  // A role or user of that name made later is another one.
  std::string name;       // Role session name, federated user's name.
  Timestamp issued;
  Timestamp expires;
  Tags tags;
  std::vector<std::string> transitive_tags;  // Keys.
  std::string source_identity;
  bool limited = false;  // By a session policy, were it an empty one.
  std::string policy;
  std::vector<std::string> policy_arns;
};

// What STS hands out.
struct TemporaryCredentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;
  Timestamp expires;
  std::string arn;         // Of the assumed role or federated user.
  std::string assumed_id;  // AROA…:name, 123456789012:name
  int packed_policy_percent = 0;
  std::string source_identity;
};

struct SessionLimits {
  std::optional<std::string> policy;
  std::vector<std::string> policy_arns;
};

struct AssumeRole {
  std::string role_arn;
  std::string session_name;
  SessionLimits limits;
  std::optional<int> duration_seconds;
  std::optional<std::string> external_id;
  Tags tags;
  std::vector<std::string> transitive_tags;
  std::optional<std::string> source_identity;
};

class Sessions {
 public:
  Sessions(Accounts& accounts, const Clock& wall, Random& random) : accounts_(accounts), wall_(wall), random_(random) {}

  // The server's key; before anything else.
  void open(std::string_view server_key) { seal_.emplace(server_key, "tarn session 1"); }

  // Refused with AccessDenied where the trust policy or the caller's own policies do not allow it.
  Task<TemporaryCredentials> assume_role(const policy::Access& caller, AssumeRole request);
  Task<TemporaryCredentials> session_token(const policy::Access& caller, std::optional<int> duration_seconds);
  Task<TemporaryCredentials> federation_token(const policy::Access& caller, std::string name, SessionLimits limits,
                                              Tags tags, std::optional<int> duration_seconds);

  // What a token proves for this key.
  Task<std::expected<Credential, CredentialRefusal>> find(std::string access_key_id, std::string token);

  // The rights of a session as of now; null where its role or user is gone. For a service's own sessions, too.
  Task<std::shared_ptr<const policy::Rights>> rights_now(Session session);
  // By key, of sessions whose token was seen lately: what a role session that assumes a further role hands on.
  std::optional<Session> recent(const std::string& access_key_id);

 private:
  struct Known {
    Session session;
    std::string token;
    std::shared_ptr<const AccountState> built_on;
    std::shared_ptr<const policy::Rights> rights;
  };

  std::optional<Session> read(std::string_view token) const;
  TemporaryCredentials issue(Session session);
  // From here on a Session has an id, a secret and its times.
  Session begin(Session::Kind kind, const AccountId& account, int duration_seconds);
  void remember(Known known);

  Accounts& accounts_;
  const Clock& wall_;
  Random& random_;
  std::optional<Seal> seal_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Known>> known_;  // By key; at most max_known.
};

// Access key ids tell their account, as AWS's do; of ids that were not made here, nothing sensible.
std::string new_access_key_id(std::string_view prefix, const AccountId& account, Random& random);
std::optional<AccountId> account_of_access_key_id(std::string_view access_key_id);
std::string new_secret(Random& random);
// "AIDA" and 17 characters.
std::string new_entity_id(std::string_view prefix, Random& random);

}  // namespace tarn::identity
