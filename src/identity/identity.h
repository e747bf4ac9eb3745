// identity: who there is, what proves it, and what their policies say.
//
// Accounts with their root keys, users, groups, roles, access keys, managed policies (rows of `identity/<account>`; an
// access key's secret is a row of `credentials`), and sessions, which are no rows at all: a session token is sealed
// under the server's key and carries everything. What is asked at each request comes from memory; a change is durable
// before it is answered, and felt by the next request.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/names.h"
#include "base/os/clock.h"
#include "base/os/random.h"
#include "base/task.h"
#include "identity/model.h"
#include "meta/store.h"
#include "policy/access.h"
#include "policy/evaluated_access.h"

namespace tarn::identity {

class Directory;
class Sessions;

struct RootKey {
  std::string access_key_id;
  std::string secret_access_key;
};

struct NewAccount {
  Account account;
  RootKey root;  // The only time that the secret is told.
};

// What a signature is checked against, and what it proves.
struct Credential {
  std::string secret_access_key;
  std::shared_ptr<const policy::Rights> rights;
  std::optional<Timestamp> expires;  // Of temporary credentials.
};

// Why an access key with this token proves nothing. Each service words it in its own way.
enum class CredentialRefusal {
  unknown_key,    // InvalidClientTokenId, S3: InvalidAccessKeyId. Inactive keys too.
  invalid_token,  // InvalidClientTokenId, S3: InvalidToken. Missing, foreign, or of another key.
  expired_token,  // ExpiredToken, ExpiredTokenException.
};

class Identity {
 public:
  Identity(meta::Store& store, const Clock& wall, Random& random);
  ~Identity();

  // Reads the server's key, or makes it on the first start. Before anything else.
  Task<void> open();

  // Joined in app: where the policies of buckets and keys are found. Outlives the Identity.
  void use_resource_policies(policy::ResourcePolicies& resources);

  // Joined in app: who hears of refusals that no request tells of. Outlives the Identity.
  void use_denial_listener(policy::DenialListener& listener);

  // --- Accounts -------------------------------------------------------------------------------------------------

  // On a store without accounts: makes the first one, with this root key or a random one. Otherwise none.
  Task<std::optional<NewAccount>> bootstrap(std::optional<RootKey> wanted);

  // Another account. Throws ValidationError for a root key that is taken or of the wrong form, EntityAlreadyExists for
  // a name that another account has.
  Task<NewAccount> create_account(std::string name, std::optional<RootKey> wanted = {});

  Task<std::vector<Account>> accounts();
  Task<std::optional<Account>> find_account(AccountId id);
  Task<std::optional<Account>> find_account_by_canonical_id(std::string canonical_user_id);

  // --- Signatures and access ------------------------------------------------------------------------------------

  // `session_token` is empty where none was sent.
  Task<std::expected<Credential, CredentialRefusal>> find_credential(std::string access_key_id,
                                                                     std::string session_token);

  // Notes that the key was used, for GetAccessKeyLastUsed. Cheap; kept in memory.
  void note_key_use(const std::string& access_key_id, std::string_view service, std::string_view region);

  // The Access of somebody with these rights; `request_facts` are aws:SourceIp and the like.
  std::shared_ptr<policy::EvaluatedAccess> access(std::shared_ptr<const policy::Rights> rights,
                                                  policy::Facts request_facts) const;
  // Of a request, whose facts are made when they are asked for. Null rights are those of the anonymous.
  std::shared_ptr<policy::EvaluatedAccess> request_access(std::shared_ptr<const policy::Rights> rights,
                                                          policy::MakeFacts request_facts) const;

  // The caller's access for what goes on after its request was answered (a query): the same rights and facts, its
  // refusals told to the listener.
  std::shared_ptr<const policy::Access> keep(const policy::Access& access) const;

  // --- Roles handed to services ---------------------------------------------------------------------------------

  // A crawler, query or job acts as its role: an Access whose decisions follow the role's policies as they change.
  // `service` is "glue.amazonaws.com" …; `session_name` appears in ARNs and the audit. Throws access_denied where the
  // role is missing or does not trust the service.
  Task<std::shared_ptr<const policy::Access>> assume_for_service(std::string role_arn, std::string service,
                                                                 std::string session_name,
                                                                 policy::Facts request_facts = {});

  // The caller hands `role_arn` to `service`: needs iam:PassRole (with iam:PassedToService) on it, and the role must
  // trust the service. Throws access_denied that says which of the two is missing.
  Task<void> require_pass_role(const policy::Access& access, std::string role_arn, std::string service);

  // Is there such a role, and may the service assume it?
  Task<bool> role_trusts_service(std::string role_arn, std::string service);

  // IAM's own operations; directory.h.
  Directory& directory();
  // STS's; sessions.h.
  Sessions& sessions();

  // Of any access key that was made here: GetAccessKeyInfo.
  Task<std::optional<AccountId>> account_of_access_key(std::string access_key_id);
  std::optional<AccessKeyUse> last_use(const std::string& access_key_id) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tarn::identity
