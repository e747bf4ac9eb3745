// STS's shapes from the domain's values and back.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/sts/types/credentials.h"
#include "api/sts/types/policy_descriptor_type.h"
#include "api/sts/types/tag.h"
#include "base/error.h"
#include "identity/sessions.h"

namespace tarn::sts {

inline Credentials credentials_shape(const identity::TemporaryCredentials& made) {
  return {.access_key_id = made.access_key_id,
          .secret_access_key = made.secret_access_key,
          .session_token = made.session_token,
          .expiration = made.expires};
}

inline identity::Tags tags_of(const std::optional<std::vector<Tag>>& given) {
  identity::Tags tags;
  if (!given) return tags;
  for (const Tag& tag : *given) tags.emplace_back(tag.key, tag.value);
  return tags;
}

inline identity::SessionLimits limits_of(std::optional<std::string> policy,
                                         const std::optional<std::vector<PolicyDescriptorType>>& arns) {
  identity::SessionLimits limits{.policy = std::move(policy), .policy_arns = {}};
  if (!arns) return limits;
  for (const PolicyDescriptorType& each : *arns) {
    if (each.arn) limits.policy_arns.push_back(*each.arn);
  }
  return limits;
}

// Tarn keeps no MFA devices: a code that nobody can check is refused, not waved through.
inline void refuse_mfa(const std::optional<std::string>& serial_number, const std::optional<std::string>& token_code) {
  if (serial_number || token_code) {
    throw Error(errors::access_denied, "MultiFactorAuthentication failed: Tarn keeps no MFA devices.");
  }
}

}  // namespace tarn::sts
