// What tells the audit: the pipeline of its calls, Access of refusals that no call tells of. And what delivers trails.
#pragma once

#include "audit/audit.h"
#include "aws/audit_sink.h"
#include "identity/identity.h"
#include "objects/objects.h"
#include "policy/access.h"

namespace tarn::app {

// Every management call and every denial; data events while a trail wants them.
class AuditSeam : public aws::AuditSink, public policy::DenialListener {
 public:
  AuditSeam(audit::Audit& audit, identity::Identity& identity, const Clock& wall)
      : audit_(audit), identity_(identity), wall_(wall) {}

  bool wants(const aws::Model& model, const aws::Operation& operation) const override;
  std::unique_ptr<TaskCompanion> begin(aws::AuditEvent event) override;
  void record(aws::AuditEvent event, std::unique_ptr<TaskCompanion> begun) override;
  void denied(const policy::Principal& principal, const policy::Facts& request_facts,
              const policy::Denial& denial) override;

 private:
  audit::Audit& audit_;
  identity::Identity& identity_;
  const Clock& wall_;
};

// Log files go into the lake's own buckets, as the service cloudtrail.amazonaws.com, which the bucket's policy must
// let.
class TrailBuckets : public audit::TrailSink {
 public:
  TrailBuckets(objects::Objects& objects, identity::Identity& identity) : objects_(objects), identity_(identity) {}

  Task<void> check(AccountId account, const audit::Trail& trail, std::string example_key) override;
  Task<void> deliver(AccountId account, const audit::Trail& trail, std::string key, std::string gzip) override;

 private:
  std::shared_ptr<const policy::Access> access(const AccountId& account, const audit::Trail& trail) const;

  objects::Objects& objects_;
  identity::Identity& identity_;
};

}  // namespace tarn::app
