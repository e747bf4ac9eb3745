// AssumeRole: credentials of a role, for callers whom its trust policy and their own policies allow it.
#include "api/sts/assume_role.h"

#include "services/sts/shapes.h"
#include "services/sts/sts.h"

namespace tarn::sts {

Task<AssumeRoleOutput> assume_role(Sts& sts, AssumeRoleRequest request) {
  refuse_mfa(request.serial_number, request.token_code);
  if (request.provided_contexts && !request.provided_contexts->empty()) {
    throw Error(tarn::errors::not_implemented, "Tarn does not implement ProvidedContexts of AssumeRole.");
  }
  const bool limited = request.policy.has_value() || request.policy_arns.has_value();
  const bool tagged = request.tags.has_value();
  identity::AssumeRole asked{.role_arn = std::move(request.role_arn),
                             .session_name = std::move(request.role_session_name),
                             .limits = limits_of(std::move(request.policy), request.policy_arns),
                             .duration_seconds = request.duration_seconds,
                             .external_id = std::move(request.external_id),
                             .tags = tags_of(request.tags),
                             .transitive_tags = request.transitive_tag_keys.value_or(std::vector<std::string>{}),
                             .source_identity = std::move(request.source_identity)};
  const auto made = co_await sts.identity.sessions().assume_role(sts.access, std::move(asked));
  AssumeRoleOutput output;
  output.credentials = credentials_shape(made);
  output.assumed_role_user = AssumedRoleUser{.assumed_role_id = made.assumed_id, .arn = made.arn};
  if (limited || tagged) output.packed_policy_size = made.packed_policy_percent;
  if (!made.source_identity.empty()) output.source_identity = made.source_identity;
  co_return output;
}

}  // namespace tarn::sts
