// The rights by which the lake itself acts on one bucket: its lifecycle and its restores.
#pragma once

#include <string>

#include "objects/bucket.h"
#include "policy/access.h"

namespace tarn::tiers {

class ServiceAccess : public policy::Access {
 public:
  explicit ServiceAccess(const objects::Bucket& bucket) : arn_(bucket.arn()) {
    principal_.kind = policy::Principal::Kind::service;
    principal_.arn = "s3.amazonaws.com";
    principal_.user_id = "s3.amazonaws.com";
  }
  const policy::Principal& principal() const override { return principal_; }
  const policy::Facts& request_facts() const override { return facts_; }
  Task<policy::Decision> decide(std::string /*action*/, std::string resource, policy::Facts /*facts*/) const override {
    policy::Decision decision;
    // Nothing but this bucket.
    if (resource == arn_ || resource.starts_with(arn_ + "/")) decision.kind = policy::Decision::Kind::allow;
    decision.layer = "lifecycle";
    co_return decision;
  }

 private:
  std::string arn_;
  policy::Principal principal_;
  policy::Facts facts_;
};

}  // namespace tarn::tiers
