#include "services/s3/grants.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "lake/test_lake.h"
#include "services/s3/encryption.h"
#include "services/s3/locks.h"

namespace tarn::s3 {
namespace {

using tarn::testing::refusal;
using tarn::testing::TestLake;

const std::string guest_id = policy::canonical_user_id(AccountId::trusted("444455556666"));

TEST(GrantHeaders, NameTheirGrantees) {
  const auto parsed = parse_grant_header(R"(id="abc", URI=http://x ,emailAddress="a@b")");
  ASSERT_EQ(parsed.size(), 3u);
  EXPECT_EQ(parsed[0].value, "abc");
  EXPECT_EQ(parsed[1].kind, NamedGrantee::Kind::uri);
  EXPECT_EQ(parsed[1].value, "http://x");
  EXPECT_EQ(parsed[2].kind, NamedGrantee::Kind::email);
  for (const char* broken : {"", " ", ",", "id", "id=", "id=\"\"", "name=x", "=x", "id=a,,id=b"}) {
    EXPECT_EQ(refusal([&] { parse_grant_header(broken); }), "InvalidArgument") << broken;
  }
}

TEST(Grants, AreResolved) {
  TestLake lake;
  S3 s3 = lake.s3();
  const auto wish = sync_wait(wish_of(s3, std::nullopt,
                                      {.full_control = "id=" + guest_id,
                                       .read = "uri=http://acs.amazonaws.com/groups/global/AllUsers",
                                       .read_acp = "emailAddress=second@lake.test",
                                       .write = {},
                                       .write_acp = {}}));
  ASSERT_EQ(wish.entries.size(), 3u);
  EXPECT_EQ(wish.entries[0].grantee.canonical_id, guest_id);
  EXPECT_TRUE(wish.entries[1].grantee.is_public());
  EXPECT_EQ(wish.entries[2].grantee.canonical_id, guest_id);
  const auto refused = [&](std::optional<std::string> canned, GrantHeaders headers) {
    return refusal([&] { sync_wait(wish_of(s3, canned, headers)); });
  };
  EXPECT_EQ(refused({}, {.full_control = "id=none", .read = {}, .read_acp = {}, .write = {}, .write_acp = {}}),
            "InvalidArgument");
  EXPECT_EQ(refused({}, {.full_control = {}, .read = "uri=none", .read_acp = {}, .write = {}, .write_acp = {}}),
            "InvalidArgument");
  EXPECT_EQ(refused("private", {.full_control = {}, .read = "id=x", .read_acp = {}, .write = {}, .write_acp = {}}),
            "InvalidRequest");
  EXPECT_FALSE(sync_wait(wish_of(s3, std::nullopt, {})).given);
}

TEST(Grants, AreToldAsTheyWereGiven) {
  policy::Acl acl = objects::private_acl(AccountId::trusted("444455556666"));
  acl.entries.push_back({.grantee = {.kind = policy::Acl::Grantee::Kind::authenticated},
                         .permission = policy::Acl::Permission::read_acp});
  const std::vector<Grant> told = grants_of(acl);
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].grantee->id, guest_id);
  EXPECT_EQ(told[0].permission, Permission::full_control);
  EXPECT_EQ(told[1].grantee->uri, "http://acs.amazonaws.com/groups/global/AuthenticatedUsers");
  EXPECT_EQ(told[1].permission, Permission::read_acp);
}

TEST(CustomerKeyHeaders, AreWholeOrRefused) {
  TestLake lake;
  S3 s3 = lake.s3();
  const std::string bytes(32, 'k');
  const std::string key = to_base64(as_bytes(bytes));
  const std::string digest = to_base64(as_bytes(md5(as_bytes(bytes))));
  const auto refused = [&](CustomerKeyHeaders headers) { return refusal([&] { (void)customer_key(s3, headers); }); };
  EXPECT_FALSE(customer_key(s3, {}));
  const auto found = customer_key(s3, {.algorithm = "AES256", .key = key, .md5 = digest});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->bytes, bytes);
  EXPECT_EQ(to_base64(as_bytes(found->md5)), digest);
  EXPECT_EQ(refused({.algorithm = {}, .key = key, .md5 = digest}), "InvalidArgument");
  EXPECT_EQ(refused({.algorithm = "aes256", .key = key, .md5 = digest}), "InvalidEncryptionAlgorithmError");
  EXPECT_EQ(refused({.algorithm = "AES256", .key = {}, .md5 = digest}), "InvalidArgument");
  EXPECT_EQ(refused({.algorithm = "AES256", .key = key, .md5 = "AAAA"}), "InvalidArgument");
  EXPECT_EQ(refused({.algorithm = "AES256", .key = "c2hvcnQ=", .md5 = {}}), "InvalidArgument");
  EXPECT_EQ(refused({.algorithm = "AES256", .key = "no base64!", .md5 = {}}), "InvalidArgument");
  s3.customer_keys = false;
  EXPECT_EQ(refused({.algorithm = "AES256", .key = key, .md5 = digest}), "InvalidRequest");
}

}  // namespace
}  // namespace tarn::s3
