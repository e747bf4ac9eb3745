// IAM's shapes from the directory's values and back. Documents travel percent-encoded in answers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/iam/types/attached_permissions_boundary.h"
#include "api/iam/types/attached_policy.h"
#include "api/iam/types/group.h"
#include "api/iam/types/policy.h"
#include "api/iam/types/policy_version.h"
#include "api/iam/types/role.h"
#include "api/iam/types/tag.h"
#include "api/iam/types/user.h"
#include "identity/directory.h"
#include "identity/model.h"

namespace tarn::iam {

identity::Tags tags_of(const std::vector<Tag>& tags);
identity::Tags tags_of(const std::optional<std::vector<Tag>>& tags);
std::vector<Tag> tags_shape(const identity::Tags& tags);
// None where there are none, as IAM leaves the member out.
std::optional<std::vector<Tag>> optional_tags_shape(const identity::Tags& tags);

// `whole`: with tags and boundary, which lists leave out.
User user_shape(const identity::User& user, bool whole);
Group group_shape(const identity::Group& group);
Role role_shape(const identity::Role& role, bool whole);
Policy policy_shape(const identity::PolicyUse& use, bool whole);
PolicyVersion version_shape(const identity::ManagedPolicy& policy, const identity::PolicyVersion& version,
                            bool with_document);
std::optional<AttachedPermissionsBoundary> boundary_shape(const std::string& arn);
// What a list of attached policies shows of those under a path.
std::vector<AttachedPolicy> attached_shapes(const identity::AccountState& state, const std::vector<std::string>& arns,
                                            const std::optional<std::string>& path_prefix);

std::string encoded(const std::string& document);
bool has_path(const std::string& path, const std::optional<std::string>& prefix);

}  // namespace tarn::iam
