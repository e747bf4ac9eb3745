#include "app/seams.h"

#include "base/log.h"
#include "policy/evaluated_access.h"

namespace tarn::app {

Task<std::optional<aws::Credential>> IdentityCredentials::find(std::string access_key_id, std::string session_token) {
  const auto found = co_await identity_.find_credential(access_key_id, session_token);
  aws::Credential credential;
  if (!found) {
    switch (found.error()) {
      case identity::CredentialRefusal::unknown_key:
        co_return std::nullopt;
      case identity::CredentialRefusal::invalid_token:
        credential.active = false;
        co_return credential;
      case identity::CredentialRefusal::expired_token:
        credential.session_token = session_token;
        credential.expires = Timestamp{};
        co_return credential;
    }
  }
  credential.secret_access_key = found->secret_access_key;
  // identity has checked the token: what was sent is the right one.
  credential.session_token = session_token;
  credential.expires = found->expires;
  credential.principal = found->rights->principal;
  credential.principal.access_key_id = std::move(access_key_id);
  credential.principal.rights = found->rights;
  co_return credential;
}

Task<std::shared_ptr<const policy::Access>> IdentityAuthorizer::access(policy::Principal principal,
                                                                       policy::Facts request_facts) {
  if (!principal.rights) co_return identity_.anonymous_access(std::move(request_facts));
  co_return identity_.access(principal.rights, std::move(request_facts));
}

void LogAudit::record(aws::AuditEvent event) {
  if (!event.denied) return;
  log::warning("denied", {{"request_id", event.request_id},
                          {"service", event.model->name},
                          {"operation", event.operation->name},
                          {"principal", event.principal.arn},
                          {"what", event.error_message}});
}

}  // namespace tarn::app
