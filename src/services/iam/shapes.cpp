#include "services/iam/shapes.h"

#include "base/encoding.h"

namespace tarn::iam {

identity::Tags tags_of(const std::vector<Tag>& tags) {
  identity::Tags out;
  for (const Tag& tag : tags) out.emplace_back(tag.key, tag.value);
  return out;
}
identity::Tags tags_of(const std::optional<std::vector<Tag>>& tags) {
  return tags ? tags_of(*tags) : identity::Tags{};
}
std::vector<Tag> tags_shape(const identity::Tags& tags) {
  std::vector<Tag> out;
  for (const auto& [key, value] : tags) out.push_back({.key = key, .value = value});
  return out;
}
std::optional<std::vector<Tag>> optional_tags_shape(const identity::Tags& tags) {
  if (tags.empty()) return std::nullopt;
  return tags_shape(tags);
}

std::optional<AttachedPermissionsBoundary> boundary_shape(const std::string& arn) {
  if (arn.empty()) return std::nullopt;
  return AttachedPermissionsBoundary{
      .permissions_boundary_type = PermissionsBoundaryAttachmentType::permissions_boundary_policy,
      .permissions_boundary_arn = arn};
}

User user_shape(const identity::User& user, bool whole) {
  User shape{.path = user.path,
             .user_name = user.name,
             .user_id = user.id,
             .arn = user.arn,
             .create_date = user.created,
             .password_last_used = {},
             .permissions_boundary = {},
             .tags = {}};
  if (whole) {
    shape.permissions_boundary = boundary_shape(user.boundary);
    shape.tags = optional_tags_shape(user.tags);
  }
  return shape;
}

Group group_shape(const identity::Group& group) {
  return {.path = group.path,
          .group_name = group.name,
          .group_id = group.id,
          .arn = group.arn,
          .create_date = group.created};
}

Role role_shape(const identity::Role& role, bool whole) {
  Role shape;
  shape.path = role.path;
  shape.role_name = role.name;
  shape.role_id = role.id;
  shape.arn = role.arn;
  shape.create_date = role.created;
  shape.assume_role_policy_document = encoded(role.trust_policy);
  if (!role.description.empty()) shape.description = role.description;
  shape.max_session_duration = role.max_session_seconds;
  if (whole) {
    shape.permissions_boundary = boundary_shape(role.boundary);
    shape.tags = optional_tags_shape(role.tags);
    shape.role_last_used = RoleLastUsed{};
  }
  return shape;
}

Policy policy_shape(const identity::PolicyUse& use, bool whole) {
  const identity::ManagedPolicy& policy = use.policy;
  Policy shape;
  shape.policy_name = policy.name;
  shape.policy_id = policy.id;
  shape.arn = policy.arn;
  shape.path = policy.path;
  shape.default_version_id = policy.default_version;
  shape.attachment_count = use.attachments;
  shape.permissions_boundary_usage_count = use.boundaries;
  shape.is_attachable = true;
  shape.create_date = policy.created;
  shape.update_date = policy.updated;
  if (whole) {
    if (!policy.description.empty()) shape.description = policy.description;
    shape.tags = tags_shape(policy.tags);
  }
  return shape;
}

PolicyVersion version_shape(const identity::ManagedPolicy& policy, const identity::PolicyVersion& version,
                            bool with_document) {
  PolicyVersion shape;
  shape.version_id = version.id;
  shape.is_default_version = version.id == policy.default_version;
  shape.create_date = version.created;
  if (with_document) shape.document = encoded(version.document);
  return shape;
}

std::vector<AttachedPolicy> attached_shapes(const identity::AccountState& state, const std::vector<std::string>& arns,
                                            const std::optional<std::string>& path_prefix) {
  std::vector<AttachedPolicy> shapes;
  for (const std::string& arn : arns) {
    const auto* policy = state.policy(arn);
    if (policy && has_path(policy->value.path, path_prefix)) {
      shapes.push_back({.policy_name = policy->value.name, .policy_arn = arn});
    }
  }
  return shapes;
}

std::string encoded(const std::string& document) {
  return uri_encode(document);
}

bool has_path(const std::string& path, const std::optional<std::string>& prefix) {
  return !prefix || path.starts_with(*prefix);
}

}  // namespace tarn::iam
