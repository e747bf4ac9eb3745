#include "app/identity_seams.h"

#include <stdexcept>

#include "base/encoding.h"

namespace tarn::app {

Task<std::optional<aws::Credential>> IdentityCredentials::find(std::string access_key_id, std::string session_token) {
  const auto found = co_await identity_.find_credential(std::move(access_key_id), session_token);
  if (found) {
    aws::Credential credential{.secret_access_key = found->secret_access_key,
                               .session_token = std::move(session_token),
                               .expires = found->expires,
                               .active = true,
                               .principal = found->rights->principal};
    credential.principal.rights = found->rights;
    co_return credential;
  }
  switch (found.error()) {
    case identity::CredentialRefusal::unknown_key:
      co_return std::nullopt;
    case identity::CredentialRefusal::invalid_token:
      co_return aws::Credential{.active = false};
    case identity::CredentialRefusal::expired_token:
      // The token is the key's own, its time is over.
      co_return aws::Credential{.session_token = std::move(session_token), .expires = Timestamp::min()};
  }
  throw std::logic_error("a refusal of no kind");
}

Task<std::shared_ptr<const policy::Access>> IdentityAuthorizer::access(const policy::Principal& principal,
                                                                       std::string_view service,
                                                                       std::function<policy::Facts()> request_facts) {
  const bool anonymous = principal.kind == policy::Principal::Kind::anonymous;
  // Of S3, whose calls are mostly not in the audit, the use of a key is noted here; of the rest there.
  if (!anonymous && service == "s3") identity_.note_key_use(principal.access_key_id, "s3", {});
  if (!anonymous && !principal.rights) throw std::logic_error("a caller without rights: " + principal.arn);
  co_return identity_.request_access(principal.rights, std::move(request_facts));
}

Task<bool> IdentityAccounts::exists(std::string canonical_id) {
  co_return (co_await identity_.find_account_by_canonical_id(std::move(canonical_id))).has_value();
}

Task<std::optional<std::string>> IdentityAccounts::find_by_email(std::string email) {
  const auto accounts = co_await identity_.accounts();
  for (const identity::Account& account : accounts) {
    if (equal_ignoring_case(account.email, email)) co_return account.canonical_user_id;
  }
  co_return std::nullopt;
}

}  // namespace tarn::app
