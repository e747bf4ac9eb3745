// Who owns an object, and who else may reach it by the access control list that it or its bucket has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "objects/bucket.h"
#include "policy/acl.h"

namespace tarn::objects {

// What S3 calls object ownership. Only the first turns lists off.
enum class Ownership : std::uint8_t { bucket_owner_enforced, bucket_owner_preferred, object_writer };
std::string_view name_of(Ownership ownership);  // "BucketOwnerEnforced"
std::optional<Ownership> parse_ownership(std::string_view name);
// Of a bucket that has no ownership controls: the writer's.
Ownership ownership_of(const Bucket& bucket);

// What a request says of who else may: a canned list by its name, or entries of its own.
struct AclWish {
  bool given = false;
  std::string canned;                       // "public-read"
  std::vector<policy::Acl::Entry> entries;  // Where there is no canned one.
};

// A list and whose thing it is.
struct OwnedAcl {
  AccountId owner = AccountId::trusted({});
  policy::Acl acl;
};

// The owner has everything, and nobody else anything.
policy::Acl private_acl(const AccountId& owner);
// Throws invalid_argument for a canned list that there is none of.
policy::Acl acl_for_bucket(const AclWish& wish, const AccountId& owner);
policy::Acl acl_for_object(const AclWish& wish, const AccountId& owner, const AccountId& bucket_owner);
// Does it say no more than that the bucket's owner has everything? The only list that is taken where lists are off.
bool says_only_full_control(const AclWish& wish, const AccountId& bucket_owner);

OwnedAcl acl_of(const Bucket& bucket);
struct ObjectVersion;
OwnedAcl acl_of(const ObjectVersion& version);

}  // namespace tarn::objects
