// What the pipeline asks of identity: whose an access key is, and what its owner may do.
#pragma once

#include "aws/authenticator.h"
#include "aws/authorizer.h"
#include "identity/identity.h"
#include "services/s3/accounts.h"

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
  Task<std::shared_ptr<const policy::Access>> access(const policy::Principal& principal, std::string_view service,
                                                     std::function<policy::Facts()> request_facts) override;

 private:
  identity::Identity& identity_;
};

// The accounts that S3's access control lists can name.
class IdentityAccounts : public s3::Accounts {
 public:
  explicit IdentityAccounts(identity::Identity& identity) : identity_(identity) {}
  Task<bool> exists(std::string canonical_id) override;
  Task<std::optional<std::string>> find_by_email(std::string email) override;

 private:
  identity::Identity& identity_;
};

}  // namespace tarn::app
