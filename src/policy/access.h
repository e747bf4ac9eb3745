// policy::Access: who calls, with what rights, in which circumstances.
//
// Every domain function that touches a customer's data takes `const Access&` and asks it. The pipeline has evaluated
// what operations.txt declares before the handler runs; require() answers at once for that, and evaluates the rest:
// items of a batch, the source of a copy, tags of an object. A query, a crawler, a job makes an Access of its role.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/names.h"
#include "base/task.h"
#include "base/time.h"
#include "policy/principal.h"

namespace tarn::policy {

// Condition keys with their values: {"s3:prefix", {"raw/"}}. Keys compare without case.
using Facts = std::vector<std::pair<std::string, std::vector<std::string>>>;

// What a decision was and why, for AccessDenied's message, the audit log and `explain`.
struct Decision {
  enum class Kind { allow, explicit_deny, implicit_deny };
  Kind kind = Kind::implicit_deny;
  // As AWS's messages name it: "identity-based policy", "resource-based policy", "permissions boundary", "session
  // policy", "service control policy"; "root" where none was needed.
  std::string layer;
  std::string statement_id;  // The deciding statement's Sid, or "#2" for the second; empty for implicit denies.
  std::string policy_id;     // The deciding policy: an ARN, or an inline policy's name; empty for implicit denies.
  bool allowed() const { return kind == Kind::allow; }
};

// A refusal of require(), for the audit.
struct Denial {
  std::string action;
  std::string resource;
  Decision decision;
};

class Document;  // A parsed policy; policy/document.h.

// Where a resource's own policy is found (bucket policies, key policies). Implemented by the domains that keep such
// resources, joined in app.
class ResourcePolicies {
 public:
  virtual ~ResourcePolicies() = default;
  struct Found {
    std::shared_ptr<const Document> policy;  // Null: none.
    std::optional<AccountId> owner;          // The resource's account; none: the resource is not there.
    bool public_access_blocked = false;      // RestrictPublicBuckets or its like is in force.
    bool must_allow = false;                 // Key and trust policies: an identity policy alone does not suffice.
  };
  // `resource` is an ARN. Cheap: cached.
  virtual Task<Found> find(std::string resource) = 0;
};

// Told of refusals that no request of the pipeline will tell of: of jobs, and of queries that outlive their request.
class DenialListener {
 public:
  virtual ~DenialListener() = default;
  // From any thread; does not wait and does not throw.
  virtual void denied(const Principal& principal, const Facts& request_facts, const Denial& denial) = 0;
};

class Access {
 public:
  virtual ~Access() = default;

  virtual const Principal& principal() const = 0;
  // Facts of the request itself: aws:SourceIp, aws:SecureTransport, aws:CurrentTime, aws:UserAgent, aws:username, …
  virtual const Facts& request_facts() const = 0;

  // Evaluates: may the principal do `action` ("s3:GetObject") on `resource` (an ARN), given these further facts?
  virtual Task<Decision> decide(std::string action, std::string resource, Facts facts = {}) const = 0;

  // The same; throws Error(errors::access_denied) that names principal, action, resource and why, and notes the denial
  // for the audit.
  Task<void> require(std::string action, std::string resource, Facts facts = {}) const;
  // A question, not a refusal: not noted.
  Task<bool> allows(std::string action, std::string resource, Facts facts = {}) const;

  // The refusals of require() so far, as far as they are kept: for whoever tells the audit of the request. What is
  // refused afterwards (a query that goes on after its request was answered) is told to the DenialListener.
  virtual std::vector<Denial> take_denials() const { return {}; }

 protected:
  // Called by require() before it returns.
  virtual void allowed(const std::string& /*action*/, const std::string& /*resource*/) const {}
  // Called by require() before it throws.
  virtual void denied(const std::string& /*action*/, const std::string& /*resource*/,
                      const Decision& /*decision*/) const {}
};

// The caller's account; throws Error(errors::access_denied) for the anonymous.
const AccountId& account_of(const Access& access);

// "User: arn:aws:iam::…:user/x is not authorized to perform: s3:GetObject on resource: "arn:…" because no
// identity-based policy allows the s3:GetObject action", as AWS words it.
std::string denial_message(const Principal& principal, std::string_view action, std::string_view resource,
                           const Decision& decision);

}  // namespace tarn::policy
