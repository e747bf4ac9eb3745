// What the pipeline asks of those above it, answered by identity.
#pragma once

#include "aws/audit_sink.h"
#include "aws/authenticator.h"
#include "aws/authorizer.h"
#include "identity/identity.h"

namespace tarn::app {

class IdentityCredentials : public aws::Credentials {
 public:
  explicit IdentityCredentials(identity::Identity& identity) : identity_(identity) {}
  Task<std::optional<aws::Credential>> find(std::string access_key_id, std::string session_token) override;

 private:
  identity::Identity& identity_;
};

class IdentityAuthorizer : public aws::Authorizer {
 public:
  explicit IdentityAuthorizer(identity::Identity& identity) : identity_(identity) {}
  Task<std::shared_ptr<const policy::Access>> access(policy::Principal principal, policy::Facts request_facts) override;

 private:
  identity::Identity& identity_;
};

// Until trails select calls, denials go to the log.
class LogAudit : public aws::AuditSink {
 public:
  bool wants(const aws::Model&, const aws::Operation&) const override { return false; }
  void record(aws::AuditEvent event) override;
};

}  // namespace tarn::app
