#include "objects/acl.h"

#include <gtest/gtest.h>

#include "objects/policies.h"
#include "objects/rows.h"
#include "objects/testing.h"
#include "policy/evaluated_access.h"

namespace tarn::objects {
namespace {

using testing::Bench;
using testing::refusal;
using Kind = policy::Acl::Grantee::Kind;
using Permission = policy::Acl::Permission;

const AccountId host = AccountId::trusted("111122223333");
const AccountId guest = AccountId::trusted("444455556666");

AclWish canned(std::string name) {
  return {.given = true, .canned = std::move(name), .entries = {}};
}

// Callers who are judged by policies and lists, as the server judges them.
class AclBench : public Bench {
 public:
  AclBench() {
    open_up(Ownership::object_writer);
    sync_wait(objects.remove_configuration(access, bucket, ConfigurationKind::public_access_block));
  }
  void open_up(Ownership ownership) { sync_wait(objects.set_ownership(access, bucket, ownership)); }

  std::unique_ptr<policy::Access> root_of(const AccountId& account) {
    policy::Principal root;
    root.kind = policy::Principal::Kind::root;
    root.account = account;
    root.arn = policy::root_arn(account);
    return std::make_unique<policy::EvaluatedAccess>(policy::make_rights(root), policy::Facts{}, clock, &policies);
  }
  std::unique_ptr<policy::Access> nobody() {
    return std::make_unique<policy::EvaluatedAccess>(policy::make_rights({}), policy::Facts{}, clock, &policies);
  }
  ObjectVersion put_as(const policy::Access& caller, const std::string& name, AclWish acl = {}) {
    return sync_wait(objects.put(caller, PutRequest{.bucket = bucket, .key = key(name), .acl = std::move(acl)},
                                 std::string("bytes")));
  }
  std::string get_as(const policy::Access& caller, const std::string& name) {
    try {
      return sync_wait(objects.read_all(caller, bucket, key(name), 100)).value_or("(none)");
    } catch (const Error& error) {
      return std::string(error.code().name);
    }
  }
  std::string list_as(const policy::Access& caller) {
    return refusal([&] { sync_wait(objects.list(caller, {.bucket = bucket})); });
  }

  BucketPolicies policies{objects};
};

TEST(ObjectOwnership, IsTheWritersUnlessTheBucketSaysOtherwise) {
  AclBench bench;
  sync_wait(bench.objects.put_bucket_acl(bench.access, bench.bucket, canned("public-read-write")));
  const auto stranger = bench.root_of(guest);
  EXPECT_EQ(bench.put_as(*stranger, "a").owner, guest);
  bench.open_up(Ownership::bucket_owner_preferred);
  EXPECT_EQ(bench.put_as(*stranger, "b").owner, guest);
  EXPECT_EQ(bench.put_as(*stranger, "c", canned("bucket-owner-full-control")).owner, host);
  EXPECT_EQ(bench.put_as(*bench.nobody(), "d").owner, host);

  const auto owner = bench.root_of(host);
  EXPECT_EQ(bench.get_as(*owner, "a"), "AccessDenied") << "another's object in one's own bucket";
  EXPECT_EQ(bench.get_as(*stranger, "a"), "bytes");
  EXPECT_EQ(bench.get_as(*owner, "c"), "bytes");
  EXPECT_EQ(bench.get_as(*stranger, "c"), "AccessDenied");
  // The owner of the bucket can always throw it out.
  EXPECT_EQ(refusal([&] { sync_wait(bench.objects.remove(*owner, {.bucket = bench.bucket, .key = bench.key("a")})); }),
            "(none)");
}

TEST(ObjectOwnership, TurningListsOffGivesAllToTheBucketsOwner) {
  AclBench bench;
  const auto stranger = bench.root_of(guest);
  sync_wait(bench.objects.put_bucket_acl(bench.access, bench.bucket, canned("public-read-write")));
  bench.put_as(*stranger, "a", canned("public-read"));
  EXPECT_EQ(refusal([&] { bench.open_up(Ownership::bucket_owner_enforced); }), "InvalidBucketAclWithObjectOwnership");
  sync_wait(bench.objects.put_bucket_acl(bench.access, bench.bucket, canned("private")));
  bench.open_up(Ownership::bucket_owner_enforced);
  EXPECT_EQ(bench.get_as(*bench.root_of(host), "a"), "bytes");
  EXPECT_EQ(bench.get_as(*stranger, "a"), "AccessDenied");
  EXPECT_EQ(bench.get_as(*bench.nobody(), "a"), "AccessDenied");
  EXPECT_EQ(acl_of(*bench.find("a")).owner, host);
  EXPECT_EQ(acl_of(*bench.find("a")).acl, private_acl(host));

  EXPECT_EQ(refusal([&] { bench.put_as(bench.access, "b", canned("private")); }), "AccessControlListNotSupported");
  EXPECT_EQ(refusal([&] { bench.put_as(bench.access, "b", canned("bucket-owner-full-control")); }), "(none)");
  EXPECT_EQ(refusal([&] { sync_wait(bench.objects.put_bucket_acl(bench.access, bench.bucket, canned("private"))); }),
            "AccessControlListNotSupported");
  EXPECT_EQ(
      refusal([&] {
        sync_wait(bench.objects.put_object_acl(bench.access, bench.bucket, bench.key("a"), {}, canned("public-read")));
      }),
      "AccessControlListNotSupported");
}

TEST(BucketAcl, OpensTheBucketAndNotItsObjects) {
  AclBench bench;
  bench.put_as(bench.access, "k");
  EXPECT_EQ(bench.list_as(*bench.nobody()), "AccessDenied");
  sync_wait(bench.objects.put_bucket_acl(bench.access, bench.bucket, canned("public-read")));
  EXPECT_EQ(bench.list_as(*bench.nobody()), "(none)");
  EXPECT_EQ(bench.get_as(*bench.nobody(), "k"), "AccessDenied");
  EXPECT_EQ(refusal([&] { bench.put_as(*bench.nobody(), "new"); }), "AccessDenied");
  EXPECT_EQ(sync_wait(bench.objects.bucket_acl(bench.access, bench.bucket)).acl.entries.size(), 2u);
  sync_wait(bench.objects.put_bucket_acl(bench.access, bench.bucket, canned("authenticated-read")));
  EXPECT_EQ(bench.list_as(*bench.nobody()), "AccessDenied");
  EXPECT_EQ(bench.list_as(*bench.root_of(guest)), "(none)");
  EXPECT_EQ(refusal([&] {
              sync_wait(bench.objects.put_bucket_acl(bench.access, bench.bucket, canned("bucket-owner-read")));
            }),
            "InvalidArgument");
}

TEST(BucketAcl, StandsBesideAPolicy) {
  AclBench bench;
  bench.put_as(bench.access, "k");
  sync_wait(bench.objects.put_configuration(
      bench.access, bench.bucket, ConfigurationKind::policy,
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::lake/*"}})"));
  sync_wait(bench.objects.put_bucket_acl(bench.access, bench.bucket, canned("public-read")));
  EXPECT_EQ(bench.get_as(*bench.nobody(), "k"), "bytes");
  EXPECT_EQ(bench.list_as(*bench.nobody()), "(none)");
}

TEST(ObjectAcl, OpensOneObject) {
  AclBench bench;
  bench.put_as(bench.access, "open", canned("public-read"));
  bench.put_as(bench.access, "closed");
  EXPECT_EQ(bench.get_as(*bench.nobody(), "open"), "bytes");
  EXPECT_EQ(bench.get_as(*bench.nobody(), "closed"), "AccessDenied");
  const AclWish to_guest{
      .given = true,
      .canned = {},
      .entries = {{.grantee = {.kind = Kind::account, .canonical_id = policy::canonical_user_id(guest)},
                   .permission = Permission::full_control}}};
  const auto changed =
      sync_wait(bench.objects.put_object_acl(bench.access, bench.bucket, bench.key("closed"), {}, to_guest));
  EXPECT_EQ(changed->acl->entries, to_guest.entries);
  const auto stranger = bench.root_of(guest);
  EXPECT_EQ(bench.get_as(*stranger, "closed"), "bytes");
  // Full control of an object is control of its list, too.
  EXPECT_EQ(refusal([&] {
              sync_wait(bench.objects.put_object_acl(*stranger, bench.bucket, bench.key("closed"), {},
                                                     canned("public-read")));
            }),
            "(none)");
  EXPECT_EQ(bench.get_as(*bench.nobody(), "closed"), "bytes");
  EXPECT_FALSE(
      sync_wait(bench.objects.put_object_acl(bench.access, bench.bucket, bench.key("none"), {}, canned("private"))));
}

TEST(ObjectAcl, WritingToABucketIsNoLeaveToOpenItsObjects) {
  AclBench bench;
  bench.put_as(bench.access, "k");
  sync_wait(bench.objects.put_bucket_acl(bench.access, bench.bucket, canned("public-read-write")));
  EXPECT_EQ(refusal([&] {
              sync_wait(bench.objects.put_object_acl(*bench.root_of(guest), bench.bucket, bench.key("k"), {},
                                                     canned("public-read")));
            }),
            "AccessDenied");
}

TEST(BlockPublicAccess, RefusesAndIgnoresPublicLists) {
  AclBench bench;
  bench.put_as(bench.access, "open", canned("public-read"));
  const auto block = [&](PublicAccessBlock asked) {
    sync_wait(bench.objects.put_configuration(bench.access, bench.bucket, ConfigurationKind::public_access_block,
                                              pack(asked)));
  };
  block({.block_public_acls = true});
  EXPECT_EQ(bench.get_as(*bench.nobody(), "open"), "bytes") << "what is there stays";
  EXPECT_EQ(refusal([&] { bench.put_as(bench.access, "k", canned("public-read")); }), "AccessDenied");
  EXPECT_EQ(refusal([&] { bench.put_as(bench.access, "k", canned("private")); }), "(none)");
  EXPECT_EQ(refusal([&] {
              sync_wait(bench.objects.put_bucket_acl(bench.access, bench.bucket, canned("authenticated-read")));
            }),
            "AccessDenied");
  block({.ignore_public_acls = true});
  EXPECT_EQ(bench.get_as(*bench.nobody(), "open"), "AccessDenied");
  block({});
  EXPECT_EQ(bench.get_as(*bench.nobody(), "open"), "bytes");
  // The account's holds for all of its buckets.
  sync_wait(bench.objects.set_account_public_access_block(bench.access, host, all_public_access_blocked));
  EXPECT_EQ(bench.get_as(*bench.nobody(), "open"), "AccessDenied");
  EXPECT_EQ(sync_wait(bench.objects.account_public_access_block(bench.access, host)), all_public_access_blocked);
  sync_wait(bench.objects.set_account_public_access_block(bench.access, host, std::nullopt));
  EXPECT_EQ(bench.get_as(*bench.nobody(), "open"), "bytes");
}

TEST(CreateBucket, TakesOnlyAListThatItWouldKeep) {
  Bench bench;
  const auto create = [&](const std::string& name, std::string acl, Ownership ownership, bool blocked) {
    CreateBucketRequest request{.name = BucketName::trusted(name), .acl = acl_for_bucket(canned(std::move(acl)), host)};
    request.configurations[ConfigurationKind::ownership] = name_of(ownership);
    request.configurations[ConfigurationKind::public_access_block] =
        pack(blocked ? all_public_access_blocked : PublicAccessBlock{});
    return refusal([&] { sync_wait(bench.objects.create_bucket(bench.access, request)); });
  };
  EXPECT_EQ(create("one", "private", Ownership::bucket_owner_enforced, true), "(none)");
  EXPECT_EQ(create("two", "public-read", Ownership::bucket_owner_enforced, false),
            "InvalidBucketAclWithObjectOwnership");
  EXPECT_EQ(create("three", "public-read", Ownership::object_writer, true),
            "InvalidBucketAclWithBlockPublicAccessError");
  EXPECT_EQ(create("four", "public-read", Ownership::object_writer, false), "(none)");
  EXPECT_TRUE(acl_of(*sync_wait(bench.objects.peek_bucket(BucketName::trusted("four")))).acl.is_public());
}

TEST(Rows, ListsStandInThem) {
  ObjectVersion version;
  version.acl = acl_for_object(canned("public-read"), host, host);
  EXPECT_EQ(rows::unpack_version(rows::pack(version)).acl, version.acl);
  Upload upload;
  upload.acl = version.acl;
  EXPECT_EQ(rows::unpack_upload(rows::pack(upload)).acl, version.acl);
}

}  // namespace
}  // namespace tarn::objects
