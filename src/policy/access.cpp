#include "policy/access.h"

#include "base/digest.h"

namespace tarn::policy {

std::string canonical_user_id(const AccountId& account) {
  const Sha256 digest = sha256("tarn canonical user " + account.text());
  return to_hex(digest);
}

std::string root_arn(const AccountId& account) {
  return "arn:aws:iam::" + account.text() + ":root";
}

Task<void> Access::require(std::string action, std::string resource, Facts facts) const {
  const Decision decision = co_await decide(action, resource, std::move(facts));
  if (!decision.allowed()) {
    denied(action, resource, decision);
    throw Error(errors::access_denied, denial_message(principal(), action, resource, decision), resource);
  }
  allowed(action, resource);
}

Task<bool> Access::allows(std::string action, std::string resource, Facts facts) const {
  co_return (co_await decide(std::move(action), std::move(resource), std::move(facts))).allowed();
}

const AccountId& account_of(const Access& access) {
  const auto& account = access.principal().account;
  if (!account) throw Error(errors::access_denied, "This operation needs a caller of an account.");
  return *account;
}

std::string denial_message(const Principal& principal, std::string_view action, std::string_view resource,
                           const Decision& decision) {
  if (principal.kind == Principal::Kind::anonymous) return "Access Denied";
  const std::string layer = decision.layer.empty() ? "identity-based policy" : decision.layer;
  std::string message = "User: " + principal.arn + " is not authorized to perform: " + std::string(action);
  // S3 quotes the resource, the others do not.
  const std::string quote = action.starts_with("s3:") ? "\"" : "";
  message += " on resource: " + quote + std::string(resource) + quote + " ";
  if (decision.kind == Decision::Kind::explicit_deny) {
    return message + "with an explicit deny in " + (layer.starts_with('i') ? "an " : "a ") + layer;
  }
  return message + "because no " + layer + " allows the " + std::string(action) + " action";
}

}  // namespace tarn::policy
