#include "objects/acl.h"

#include <algorithm>
#include <array>

#include "objects/core.h"
#include "objects/public_access.h"
#include "policy/principal.h"

namespace tarn::objects {
namespace {

using Entry = policy::Acl::Entry;
using Kind = policy::Acl::Grantee::Kind;
using Permission = policy::Acl::Permission;

constexpr std::array<std::pair<Ownership, std::string_view>, 3> ownerships{
    {{Ownership::bucket_owner_enforced, "BucketOwnerEnforced"},
     {Ownership::bucket_owner_preferred, "BucketOwnerPreferred"},
     {Ownership::object_writer, "ObjectWriter"}}};

// Amazon EC2's, of the canned list aws-exec-read.
constexpr std::string_view machine_images_id = "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c";

Entry to_account(const AccountId& account, Permission permission) {
  return {.grantee = {.kind = Kind::account, .canonical_id = policy::canonical_user_id(account)},
          .permission = permission};
}
Entry to(Kind kind, Permission permission) {
  return {.grantee = {.kind = kind}, .permission = permission};
}

// What buckets and objects have in common. None: no such list.
std::optional<std::vector<Entry>> common_canned(std::string_view name) {
  if (name == "private") return std::vector<Entry>{};
  if (name == "public-read") return std::vector{to(Kind::everyone, Permission::read)};
  if (name == "public-read-write") {
    return std::vector{to(Kind::everyone, Permission::read), to(Kind::everyone, Permission::write)};
  }
  if (name == "authenticated-read") return std::vector{to(Kind::authenticated, Permission::read)};
  return std::nullopt;
}

std::optional<std::vector<Entry>> bucket_canned(std::string_view name) {
  if (name == "log-delivery-write") {
    return std::vector{to(Kind::log_delivery, Permission::write), to(Kind::log_delivery, Permission::read_acp)};
  }
  return common_canned(name);
}

std::optional<std::vector<Entry>> object_canned(std::string_view name, const AccountId& owner,
                                                const AccountId& bucket_owner) {
  if (name == "aws-exec-read") {
    return std::vector{Entry{.grantee = {.kind = Kind::account, .canonical_id = std::string(machine_images_id)},
                             .permission = Permission::read}};
  }
  if (name == "bucket-owner-read" || name == "bucket-owner-full-control") {
    if (owner == bucket_owner) return std::vector<Entry>{};
    return std::vector{
        to_account(bucket_owner, name == "bucket-owner-read" ? Permission::read : Permission::full_control)};
  }
  return common_canned(name);
}

policy::Acl with_owner(std::optional<std::vector<Entry>> others, const AccountId& owner, const std::string& name) {
  if (!others) {
    throw Error(errors::invalid_argument, "The canned ACL is not valid")
        .with("ArgumentName", "x-amz-acl")
        .with("ArgumentValue", name);
  }
  policy::Acl acl = private_acl(owner);
  std::ranges::move(*others, std::back_inserter(acl.entries));
  return acl;
}

Error lists_are_off() {
  return Error(errors::access_control_list_not_supported, "The bucket does not allow ACLs");
}

Error public_list(const policy::Access& access, std::string_view action, const std::string& arn) {
  return Error(errors::access_denied,
               "User: " + access.principal().arn + " is not authorized to perform: " + std::string(action) +
                   " on resource: \"" + arn +
                   "\" because public access control lists (ACLs) are prevented by the BlockPublicAcls setting in S3 "
                   "Block Public Access.");
}

void check_size(const AclWish& wish) {
  if (wish.entries.size() > policy::most_acl_entries) {
    throw Error(errors::malformed_acl_error,
                "The XML you provided was not well-formed or did not validate against our published schema");
  }
}

}  // namespace

std::string_view name_of(Ownership ownership) {
  return ownerships[static_cast<std::size_t>(ownership)].second;
}

std::optional<Ownership> parse_ownership(std::string_view name) {
  for (const auto& [ownership, known] : ownerships) {
    if (known == name) return ownership;
  }
  return std::nullopt;
}

Ownership ownership_of(const Bucket& bucket) {
  const Configuration* configuration = bucket.configuration(ConfigurationKind::ownership);
  if (!configuration) return Ownership::object_writer;
  const auto known = parse_ownership(configuration->document);
  if (!known) throw std::runtime_error("a bucket's ownership has an unknown name");
  return *known;
}

policy::Acl private_acl(const AccountId& owner) {
  return {.entries = {to_account(owner, Permission::full_control)}};
}

policy::Acl acl_for_bucket(const AclWish& wish, const AccountId& owner) {
  check_size(wish);
  if (wish.canned.empty()) return wish.given ? policy::Acl{.entries = wish.entries} : private_acl(owner);
  return with_owner(bucket_canned(wish.canned), owner, wish.canned);
}

policy::Acl acl_for_object(const AclWish& wish, const AccountId& owner, const AccountId& bucket_owner) {
  check_size(wish);
  if (wish.canned.empty()) return wish.given ? policy::Acl{.entries = wish.entries} : private_acl(owner);
  return with_owner(object_canned(wish.canned, owner, bucket_owner), owner, wish.canned);
}

bool says_only_full_control(const AclWish& wish, const AccountId& bucket_owner) {
  if (!wish.canned.empty()) return wish.canned == "bucket-owner-full-control";
  return wish.entries == private_acl(bucket_owner).entries;
}

OwnedAcl acl_of(const Bucket& bucket) {
  const Configuration* configuration = bucket.configuration(ConfigurationKind::acl);
  if (!configuration || ownership_of(bucket) == Ownership::bucket_owner_enforced) {
    return {.owner = bucket.owner, .acl = private_acl(bucket.owner)};
  }
  return {.owner = bucket.owner, .acl = policy::unpack_acl(configuration->document)};
}

OwnedAcl acl_of(const ObjectVersion& version) {
  if (ownership_of(*version.bucket) == Ownership::bucket_owner_enforced) {
    return {.owner = version.bucket->owner, .acl = private_acl(version.bucket->owner)};
  }
  return {.owner = version.owner, .acl = version.acl.value_or(private_acl(version.owner))};
}

// ---- what a write brings

Task<Objects::Core::Owned> Objects::Core::own(const policy::Access& access, BucketPointer bucket, const ObjectKey& key,
                                              AclWish wish) {
  const Ownership ownership = ownership_of(*bucket);
  if (ownership == Ownership::bucket_owner_enforced) {
    if (wish.given && !says_only_full_control(wish, bucket->owner)) throw lists_are_off();
    co_return Owned{.owner = bucket->owner};
  }
  // The anonymous have no account that could own: what they write is the bucket owner's.
  Owned owned{.owner = access.principal().account.value_or(bucket->owner)};
  if (!wish.given) co_return owned;
  if (ownership == Ownership::bucket_owner_preferred && wish.canned == "bucket-owner-full-control") {
    owned.owner = bucket->owner;
  }
  policy::Acl acl = acl_for_object(wish, owned.owner, bucket->owner);
  if (acl.is_public() && (co_await blocked(bucket)).block_public_acls) {
    throw public_list(access, "s3:PutObject", bucket->arn_of(key.text()));
  }
  if (acl != private_acl(owned.owner)) owned.acl = std::move(acl);
  co_return owned;
}

// What the evaluator must know of an object whose bucket has lists on.
Task<void> Objects::Core::add_owner_facts(const ObjectVersion& version, policy::Facts& facts) {
  facts.emplace_back(policy::object_owner_fact, std::vector{version.owner.text()});
  if (!version.acl) co_return;
  const bool ignored = version.acl->is_public() && (co_await blocked(version.bucket)).ignore_public_acls;
  facts.emplace_back(policy::object_acl_fact,
                     std::vector{policy::pack(ignored ? version.acl->without_public() : *version.acl)});
}

// ---- the operations

Task<OwnedAcl> Objects::bucket_acl(const policy::Access& access, BucketName name) {
  const BucketPointer bucket = co_await core_->need_bucket(name);
  co_await access.require("s3:GetBucketAcl", bucket->arn());
  co_return acl_of(*bucket);
}

Task<void> Objects::put_bucket_acl(const policy::Access& access, BucketName name, AclWish wish) {
  const BucketPointer bucket = co_await core_->need_bucket(name);
  co_await access.require("s3:PutBucketAcl", bucket->arn());
  if (ownership_of(*bucket) == Ownership::bucket_owner_enforced) throw lists_are_off();
  const policy::Acl acl = acl_for_bucket(wish, bucket->owner);
  if (acl.is_public() && (co_await core_->blocked(bucket)).block_public_acls) {
    throw public_list(access, "s3:PutBucketAcl", bucket->arn());
  }
  co_await core_->change_bucket(bucket, [&acl](rows::State& state, meta::Batch& batch) {
    batch.put(rows::configuration_key(ConfigurationKind::acl),
              rows::pack(Configuration{.document = policy::pack(acl), .revision = state.generation}));
  });
}

Task<std::optional<ObjectVersion>> Objects::put_object_acl(const policy::Access& access, BucketName name, ObjectKey key,
                                                           std::optional<VersionId> version, AclWish wish) {
  BucketPointer bucket = co_await core_->need_bucket(name);
  for (int attempt = 0;; ++attempt) {
    auto found = co_await core_->look_up(access, bucket, key, version, "s3:PutObjectAcl");
    if (!found) co_return std::nullopt;
    if (found->delete_marker) {
      throw Error(errors::method_not_allowed, "The specified method is not allowed against this resource.")
          .with("Method", "PUT")
          .with("ResourceType", "DeleteMarker");
    }
    if (ownership_of(*bucket) == Ownership::bucket_owner_enforced) {
      if (!says_only_full_control(wish, bucket->owner)) throw lists_are_off();
      co_return found;
    }
    policy::Acl acl = acl_for_object(wish, found->owner, bucket->owner);
    if (acl.is_public() && (co_await core_->blocked(bucket)).block_public_acls) {
      throw public_list(access, "s3:PutObjectAcl", found->arn());
    }
    ObjectVersion after = *found;
    after.acl = std::move(acl);
    if (co_await core_->rewrite(access, bucket, *found, after, "PutObjectAcl", "ObjectAcl:Put", {})) co_return after;
    bucket = co_await core_->look_again(bucket, attempt);
  }
}

Task<void> Objects::set_ownership(const policy::Access& access, BucketName name, Ownership ownership) {
  const BucketPointer bucket = co_await core_->need_bucket(name);
  co_await access.require("s3:PutBucketOwnershipControls", bucket->arn());
  if (ownership == Ownership::bucket_owner_enforced && acl_of(*bucket).acl != private_acl(bucket->owner)) {
    throw Error(errors::invalid_bucket_acl_with_object_ownership,
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")
        .with("BucketName", name.text());
  }
  co_await core_->change_bucket(bucket, [ownership](rows::State& state, meta::Batch& batch) {
    batch.put(rows::configuration_key(ConfigurationKind::ownership),
              rows::pack(Configuration{.document = std::string(name_of(ownership)), .revision = state.generation}));
  });
}

}  // namespace tarn::objects
