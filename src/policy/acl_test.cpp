#include "policy/acl.h"

#include <gtest/gtest.h>

#include "policy/evaluated_access.h"
#include "policy/testing.h"

namespace tarn::policy {
namespace {

using testing::abroad;
using testing::home;
using Permission = Acl::Permission;
using Kind = Acl::Grantee::Kind;

Acl to_account(const AccountId& account, Permission permission) {
  return {{{.grantee = {.kind = Kind::account, .canonical_id = canonical_user_id(account)}, .permission = permission}}};
}
Acl to(Kind kind, Permission permission) {
  return {{{.grantee = {.kind = kind}, .permission = permission}}};
}

std::shared_ptr<const Document> document_of(const std::vector<std::string>& statements) {
  if (statements.empty()) return nullptr;
  std::string text;
  for (const std::string& statement : statements) text += (text.empty() ? "" : ",") + statement;
  return testing::resource_policy(text);
}

// May the caller, by the bucket's list?
bool by_bucket(const Acl& acl, const Principal& caller, std::string action, Facts facts = {}) {
  const bool of_bucket = action.find("Bucket") != std::string::npos;
  return testing::answer({.principal = caller,
                          .action = action,
                          .resource = of_bucket ? "arn:aws:s3:::lake" : "arn:aws:s3:::lake/k",
                          .facts = std::move(facts),
                          .resource_policy = document_of(bucket_statements(acl, "arn:aws:s3:::lake"))})
      .allowed();
}

TEST(Acl, PermissionsOfABucketMeanActions) {
  const Principal nobody;
  const auto may = [&](Permission permission, const std::string& action) {
    return by_bucket(to(Kind::everyone, permission), nobody, action);
  };
  EXPECT_TRUE(may(Permission::read, "s3:ListBucket"));
  EXPECT_TRUE(may(Permission::read, "s3:ListBucketVersions"));
  EXPECT_FALSE(may(Permission::read, "s3:GetObject")) << "a bucket's list says nothing of reading its objects";
  EXPECT_FALSE(may(Permission::full_control, "s3:GetObject"));
  EXPECT_TRUE(may(Permission::write, "s3:PutObject"));
  EXPECT_TRUE(may(Permission::write, "s3:DeleteObject"));
  EXPECT_FALSE(may(Permission::write, "s3:DeleteObjectVersion"));
  EXPECT_FALSE(may(Permission::write, "s3:ListBucket"));
  EXPECT_FALSE(may(Permission::write, "s3:PutBucketAcl"));
  EXPECT_TRUE(may(Permission::read_acp, "s3:GetBucketAcl"));
  EXPECT_TRUE(may(Permission::full_control, "s3:PutBucketAcl"));
  EXPECT_FALSE(may(Permission::full_control, "s3:PutBucketPolicy"));
}

TEST(Acl, WhoMayWriteSaysWhoReadsWhatIsNew) {
  const Acl acl = to(Kind::everyone, Permission::write);
  EXPECT_TRUE(by_bucket(acl, Principal{}, "s3:PutObjectAcl"));
  const Facts of_an_object{{std::string(object_owner_fact), {home.text()}}};
  EXPECT_FALSE(by_bucket(acl, Principal{}, "s3:PutObjectAcl", of_an_object));
}

TEST(Acl, GranteesAreWhoTheySay) {
  const auto may = [](const Acl& acl, const Principal& caller) { return by_bucket(acl, caller, "s3:ListBucket"); };
  const Principal root = testing::root_of(abroad);
  EXPECT_TRUE(may(to(Kind::everyone, Permission::read), Principal{}));
  EXPECT_FALSE(may(to(Kind::authenticated, Permission::read), Principal{}));
  EXPECT_TRUE(may(to(Kind::authenticated, Permission::read), root));
  EXPECT_TRUE(may(to_account(abroad, Permission::read), root));
  EXPECT_FALSE(may(to_account(home, Permission::read), root));
  EXPECT_FALSE(may(to_account(abroad, Permission::read), testing::user("bob", abroad)))
      << "a user of another account needs that account's leave as well";
  EXPECT_TRUE(may(to(Kind::log_delivery, Permission::read), testing::service("logging.s3.amazonaws.com")));
  EXPECT_FALSE(may(to(Kind::log_delivery, Permission::read), testing::service("glue.amazonaws.com")));
}

TEST(Acl, ComesBackWhole) {
  Acl acl = to_account(abroad, Permission::full_control);
  acl.entries.push_back({.grantee = {.kind = Kind::authenticated}, .permission = Permission::read_acp});
  const std::string document = pack(acl);
  EXPECT_EQ(unpack_acl(document), acl);
  EXPECT_TRUE(acl.is_public());
  EXPECT_EQ(acl.without_public(), to_account(abroad, Permission::full_control));
  EXPECT_FALSE(acl.without_public().is_public());
  for (std::size_t size = 0; size < document.size(); ++size) {
    EXPECT_THROW(unpack_acl(std::string_view(document).substr(0, size)), std::runtime_error) << size;
  }
  std::string broken = document;
  broken[3] = 9;
  EXPECT_THROW(unpack_acl(broken), std::runtime_error);
}

// ---- an object with a list, or with another owner than its bucket

class Buckets : public ResourcePolicies {
 public:
  Task<Found> find(std::string) override { co_return Found{.policy = policy, .owner = home}; }
  std::shared_ptr<const Document> policy;
};

struct ObjectQuestion {
  Principal caller;
  Acl acl = {};
  AccountId owner = home;
  std::string action = "s3:GetObject";
  std::shared_ptr<const Document> bucket_policy = nullptr;
  PolicySet identity = {};
};
Decision answer(const ObjectQuestion& question) {
  Buckets buckets;
  buckets.policy = question.bucket_policy;
  const ManualClock clock{Timestamp{}};
  const EvaluatedAccess access(make_rights(question.caller, question.identity), {}, clock, &buckets);
  Facts facts{{std::string(object_owner_fact), {question.owner.text()}}};
  if (!question.acl.entries.empty()) facts.emplace_back(object_acl_fact, std::vector{pack(question.acl)});
  return sync_wait(access.decide(question.action, "arn:aws:s3:::lake/k", facts));
}
const std::string all = R"({"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"})";
const std::string none = R"({"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"})";

TEST(ObjectAcl, AddsToWhatPoliciesAllow) {
  const Acl everyone = to(Kind::everyone, Permission::read);
  EXPECT_TRUE(answer({.caller = {}, .acl = everyone}).allowed());
  EXPECT_FALSE(answer({.caller = {}}).allowed());
  EXPECT_FALSE(answer({.caller = {}, .acl = everyone, .action = "s3:GetObjectAcl"}).allowed());
  EXPECT_FALSE(answer({.caller = {}, .acl = everyone, .action = "s3:DeleteObject"}).allowed());
  const Decision denied = answer({.caller = {}, .acl = everyone, .bucket_policy = testing::resource_policy(none)});
  EXPECT_EQ(denied.kind, Decision::Kind::explicit_deny);
  EXPECT_TRUE(answer({.caller = {}, .bucket_policy = testing::resource_policy(all)}).allowed());
}

TEST(ObjectAcl, AnotherOwnersObjectIsTheOwners) {
  const Principal writer = testing::root_of(abroad);
  const Principal host = testing::root_of(home);
  EXPECT_TRUE(answer({.caller = writer, .owner = abroad}).allowed());
  EXPECT_FALSE(answer({.caller = host, .owner = abroad}).allowed()) << "the bucket's owner is a stranger to it";
  EXPECT_FALSE(answer({.caller = host, .owner = abroad, .bucket_policy = testing::resource_policy(all)}).allowed());
  EXPECT_TRUE(answer({.caller = host, .acl = to_account(home, Permission::read), .owner = abroad}).allowed());
  // But the bucket's owner can forbid.
  EXPECT_EQ(answer({.caller = writer, .owner = abroad, .bucket_policy = testing::resource_policy(none)}).kind,
            Decision::Kind::explicit_deny);
}

}  // namespace
}  // namespace tarn::policy
