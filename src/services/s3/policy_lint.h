// What S3 refuses in a bucket's policy beyond its form: what cannot be meant of this bucket.
#pragma once

#include <string_view>

namespace tarn::s3 {

// Throws MalformedPolicy with S3's words for actions that S3 does not have, resources that are not the bucket or in it,
// actions that fit none of their statement's resources, and condition keys that do not come with the actions.
// `policy` was parsed as a resource policy before.
void lint_bucket_policy(std::string_view policy, std::string_view bucket);

}  // namespace tarn::s3
