// What many handlers say in the same way: names, owners, ETags, storage classes, tags.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/s3/enums.h"
#include "api/s3/errors.h"
#include "api/s3/types/owner.h"
#include "api/s3/types/tag.h"
#include "objects/errors.h"
#include "services/s3/s3.h"

namespace tarn::s3 {

// Throws InvalidBucketName.
BucketName bucket_name(const std::string& text);
// Throws KeyTooLongError or InvalidArgument.
ObjectKey object_key(const std::string& text);
// Throws InvalidArgument for what no version can be called.
std::optional<VersionId> version_id(const std::optional<std::string>& text);

// x-amz-expected-bucket-owner: AccessDenied where another account owns the bucket.
Task<void> check_owner(S3& s3, const std::string& bucket, const std::optional<std::string>& expected);
// The bucket itself, its owner checked; for operations that read its configurations. The handler's operation asks for
// `action`.
Task<objects::BucketPointer> open_bucket(S3& s3, const std::string& bucket, const std::optional<std::string>& expected,
                                         std::string action);

Owner owner_of(const AccountId& account);

std::string in_quotes(std::string_view e_tag);
// Without its quotes, if it has them.
std::string unquoted(std::string_view e_tag);

// Text of a generated enumeration to the domain's. Throws InvalidStorageClass for classes that Tarn has not.
objects::StorageClass storage_class_of(const std::optional<StorageClass>& asked);
// None for STANDARD: S3 sends no header for it.
std::optional<StorageClass> storage_class_header(objects::StorageClass storage_class);

// Any generated enumeration that spells storage classes as the domain does.
template <typename Enum>
std::optional<Enum> storage_class_as(objects::StorageClass storage_class) {
  return aws::parse_enum<Enum>(objects::name_of(storage_class));
}

// Where the bucket has (had) versioning, versions are named in answers.
std::optional<std::string> version_header(const objects::ObjectVersion& version);

// "a=1&b=2". Throws InvalidArgument or InvalidTag.
objects::Tags parse_tagging(std::string_view header);
objects::Tags tags_of(const std::vector<Tag>& tag_set, std::size_t most);
std::vector<Tag> tag_set_of(const objects::Tags& tags);

// x-amz-restore.
std::optional<std::string> restore_header(const objects::ObjectVersion& version);

[[noreturn]] void refuse_header(std::string_view header);

}  // namespace tarn::s3
