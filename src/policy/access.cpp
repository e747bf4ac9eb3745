#include "policy/access.h"

namespace tarn::policy {
namespace {

const char* article_and_layer(const Decision& decision) {
  return decision.kind == Decision::Kind::explicit_deny ? "with an explicit deny in a " : "because no ";
}

}  // namespace

Task<void> Access::require(std::string action, std::string resource, Facts facts) const {
  const Decision decision = co_await decide(action, resource, std::move(facts));
  if (!decision.allowed()) {
    throw Error(errors::access_denied, denial_message(principal(), action, resource, decision), resource);
  }
}

Task<bool> Access::allows(std::string action, std::string resource, Facts facts) const {
  co_return (co_await decide(std::move(action), std::move(resource), std::move(facts))).allowed();
}

std::string denial_message(const Principal& principal, std::string_view action, std::string_view resource,
                           const Decision& decision) {
  if (principal.kind == Principal::Kind::anonymous) return "Access Denied";
  std::string message = "User: " + principal.arn + " is not authorized to perform: " + std::string(action);
  message += " on resource: \"" + std::string(resource) + "\" ";
  message += article_and_layer(decision);
  if (decision.kind == Decision::Kind::explicit_deny) return message + decision.layer;
  return message + (decision.layer.empty() ? "identity-based policy" : decision.layer) + " allows the " +
         std::string(action) + " action";
}

}  // namespace tarn::policy
