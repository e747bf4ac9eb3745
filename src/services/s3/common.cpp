#include "services/s3/common.h"

#include <algorithm>

#include "base/encoding.h"
#include "objects/tags.h"
#include "policy/principal.h"

namespace tarn::s3 {
namespace {

constexpr ErrorCode bad_request{"BadRequest", 400};
constexpr ErrorCode invalid_owner{"InvalidBucketOwnerAWSAccountID", 400};
constexpr std::size_t most_object_tags = 10;

}  // namespace

BucketName bucket_name(const std::string& text) {
  if (auto name = BucketName::parse(text)) return *name;
  throw Error(errors::invalid_bucket_name, "The specified bucket is not valid.", "/" + text).with("BucketName", text);
}

ObjectKey object_key(const std::string& text) {
  if (auto key = ObjectKey::parse(text)) return *key;
  if (text.size() > 1024) {
    throw Error(errors::key_too_long_error, "Your key is too long")
        .with("Size", std::to_string(text.size()))
        .with("MaxSizeAllowed", "1024");
  }
  throw Error(errors::invalid_argument, "The key is not valid UTF-8").with("ArgumentName", "Key");
}

std::optional<VersionId> version_id(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  if (text->empty()) {
    throw Error(errors::invalid_argument, "Version id cannot be the empty string")
        .with("ArgumentName", "versionId")
        .with("ArgumentValue", "");
  }
  if (auto id = VersionId::parse(*text)) {
    if (id->text() == "null" || objects::parse_version_id(id->text())) return id;
  }
  throw Error(errors::invalid_argument, "Invalid version id specified")
      .with("ArgumentName", "versionId")
      .with("ArgumentValue", *text);
}

Task<void> check_owner(S3& s3, const std::string& bucket, const std::optional<std::string>& expected) {
  if (!expected) co_return;
  const bool account =
      expected->size() == 12 && std::ranges::all_of(*expected, [](char c) { return c >= '0' && c <= '9'; });
  if (!account) {
    throw Error(invalid_owner, "The value of the expected bucket owner parameter must be an AWS account ID",
                "/" + bucket)
        .with("BucketOwner", *expected);
  }
  const objects::BucketPointer found = co_await s3.objects.peek_bucket(bucket_name(bucket));
  if (found && found->owner.text() != *expected) throw Error(errors::access_denied, "Access Denied", "/" + bucket);
}

Task<objects::BucketPointer> open_bucket(S3& s3, const std::string& bucket, const std::optional<std::string>& expected,
                                         std::string action) {
  co_await check_owner(s3, bucket, expected);
  co_return co_await s3.objects.bucket(s3.access, bucket_name(bucket), std::move(action));
}

Owner owner_of(const AccountId& account) {
  return Owner{.display_name = {}, .id = policy::canonical_user_id(account)};
}

std::string in_quotes(std::string_view e_tag) {
  std::string out;
  out.reserve(e_tag.size() + 2);
  out += '"';
  out += e_tag;
  out += '"';
  return out;
}

std::string unquoted(std::string_view e_tag) {
  e_tag = trim(e_tag);
  if (e_tag.size() >= 2 && e_tag.front() == '"' && e_tag.back() == '"') e_tag = e_tag.substr(1, e_tag.size() - 2);
  return std::string(e_tag);
}

objects::StorageClass storage_class_of(const std::optional<StorageClass>& asked) {
  if (!asked) return objects::StorageClass::standard;
  if (const auto known = objects::parse_storage_class(to_string(*asked))) return *known;
  throw Error(errors::invalid_storage_class, "The storage class you specified is not valid")
      .with("StorageClassRequested", std::string(to_string(*asked)));
}

std::optional<StorageClass> storage_class_header(objects::StorageClass storage_class) {
  if (storage_class == objects::StorageClass::standard) return std::nullopt;
  return storage_class_as<StorageClass>(storage_class);
}

std::optional<std::string> version_header(const objects::ObjectVersion& version) {
  if (version.bucket->versioning == objects::Versioning::never) return std::nullopt;
  return version.id().text();
}

objects::Tags parse_tagging(std::string_view header) {
  objects::Tags tags;
  while (!header.empty()) {
    const std::string_view pair = header.substr(0, header.find('&'));
    header.remove_prefix(std::min(pair.size() + 1, header.size()));
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const auto key = uri_decode(pair.substr(0, equals), true);
    const auto value =
        equals == std::string_view::npos ? std::optional(std::string()) : uri_decode(pair.substr(equals + 1), true);
    if (!key || !value) {
      throw Error(errors::invalid_argument,
                  "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL "
                  "query parameters without tag name duplicates.")
          .with("ArgumentName", "x-amz-tagging");
    }
    objects::add_tag(tags, *key, *value);
  }
  if (tags.size() > most_object_tags) throw Error(bad_request, "Object tags cannot be greater than 10");
  return tags;
}

objects::Tags tags_of(const std::vector<Tag>& tag_set, std::size_t most) {
  objects::Tags tags;
  for (const Tag& tag : tag_set) objects::add_tag(tags, tag.key, tag.value);
  if (tags.size() > most) {
    const std::string what = most > most_object_tags ? "Bucket tag count" : "Object tags";
    throw Error(bad_request, what + " cannot be greater than " + std::to_string(most));
  }
  return tags;
}

std::vector<Tag> tag_set_of(const objects::Tags& tags) {
  std::vector<Tag> tag_set;
  for (const auto& [key, value] : tags) tag_set.push_back({.key = key, .value = value});
  return tag_set;
}

std::optional<std::string> restore_header(const objects::ObjectVersion& version) {
  if (!version.restore) return std::nullopt;
  if (version.restore->ongoing) return R"(ongoing-request="true")";
  return R"(ongoing-request="false", expiry-date=")" + http_date(version.restore->expires) + "\"";
}

void refuse_header(std::string_view header) {
  throw Error(errors::not_implemented, "A header you provided implies functionality that is not implemented")
      .with("Header", std::string(header));
}

}  // namespace tarn::s3
