#include "identity/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "identity/directory.h"
#include "identity/sessions.h"
#include "meta/memory/memory_store.h"
#include "policy/document.h"

namespace tarn::identity {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string allow_all = R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})";
const std::string allow_s3 =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}})";

std::string trust(const std::string& principal, const std::string& rest = "") {
  return R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":)" + principal +
         R"(,"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"])" + rest + "}}";
}

class IdentityTest : public ::testing::Test {
 protected:
  IdentityTest() {
    sync_wait(identity.open());
    account = sync_wait(identity.bootstrap(std::nullopt)).value();
    root = access_of(account.root);
  }

  // The Access that a request signed with this key gets.
  std::shared_ptr<policy::EvaluatedAccess> access_of(const RootKey& key, const std::string& token = "") {
    auto credential = sync_wait(identity.find_credential(key.access_key_id, token));
    if (!credential) throw std::runtime_error("refused");
    EXPECT_EQ(credential->secret_access_key, key.secret_access_key);
    return identity.access(credential->rights, {});
  }
  std::shared_ptr<policy::EvaluatedAccess> access_of(const TemporaryCredentials& credentials) {
    return access_of(RootKey{credentials.access_key_id, credentials.secret_access_key}, credentials.session_token);
  }
  std::shared_ptr<policy::EvaluatedAccess> new_user(const std::string& name, const std::string& document = "") {
    sync_wait(directory().create_user(*root, {.name = name}));
    if (!document.empty()) {
      sync_wait(directory().put_inline_policy(*root, EntityKind::user, name, "inline", document));
    }
    const auto key = sync_wait(directory().create_access_key(*root, name));
    return access_of(RootKey{key.key.id, key.secret});
  }
  std::string new_role(const std::string& name, const std::string& document, const std::string& policy = "") {
    const Role role = sync_wait(directory().create_role(*root, {.name = name, .trust_policy = document}));
    if (!policy.empty()) sync_wait(directory().put_inline_policy(*root, EntityKind::role, name, "inline", policy));
    return role.arn;
  }
  Directory& directory() { return identity.directory(); }
  std::string own() { return account.account.id.text(); }

  // "NoSuchEntity: The user with …"; "done" if it was.
  template <typename T>
  std::string refusal(Task<T> task) {
    try {
      (void)sync_wait(std::move(task));
      return "done";
    } catch (const Error& error) {
      return std::string(error.code().name) + ": " + error.message();
    }
  }
  std::string refusal(Task<void> task) {
    try {
      sync_wait(std::move(task));
      return "done";
    } catch (const Error& error) {
      return std::string(error.code().name) + ": " + error.message();
    }
  }

  meta::MemoryStore store;
  ManualClock wall{from_millis(1'750'000'000'000)};
  SeededRandom random{7};
  Identity identity{store, wall, random};
  NewAccount account;
  std::shared_ptr<policy::EvaluatedAccess> root;
};

// --- Accounts and keys ---------------------------------------------------------------------------------------------

TEST_F(IdentityTest, TheFirstStartMakesARootKeyAndNoLaterOneDoes) {
  EXPECT_TRUE(AccountId::parse(own()));
  EXPECT_TRUE(account.root.access_key_id.starts_with("AKIA"));
  EXPECT_EQ(account.root.secret_access_key.size(), 40U);
  EXPECT_TRUE(root->principal().is_root());
  EXPECT_FALSE(sync_wait(identity.bootstrap(std::nullopt)));
}

TEST_F(IdentityTest, SurvivesARestart) {
  sync_wait(directory().create_user(*root, {.name = "alice"}));
  const auto session = sync_wait(identity.sessions().session_token(*root, std::nullopt));
  Identity again(store, wall, random);
  sync_wait(again.open());
  EXPECT_TRUE(sync_wait(again.find_credential(account.root.access_key_id, "")));
  EXPECT_TRUE(sync_wait(again.find_credential(session.access_key_id, session.session_token)));
  EXPECT_EQ(sync_wait(again.directory().user(*root, "alice")).name, "alice");
}

TEST_F(IdentityTest, TakesAGivenRootKey) {
  meta::MemoryStore other;
  Identity fresh(other, wall, random);
  sync_wait(fresh.open());
  const auto made = sync_wait(fresh.bootstrap(RootKey{"AKIAIOSFODNN7EXAMPLE", "a-secret-of-mine"}));
  EXPECT_EQ(made->root.access_key_id, "AKIAIOSFODNN7EXAMPLE");
  EXPECT_EQ(sync_wait(fresh.find_credential("AKIAIOSFODNN7EXAMPLE", ""))->secret_access_key, "a-secret-of-mine");
  EXPECT_THAT(refusal(fresh.create_account("b", RootKey{"AKIAIOSFODNN7EXAMPLE", "another-secret"})),
              HasSubstr("ValidationError: The access key AKIAIOSFODNN7EXAMPLE is taken."));
  EXPECT_THAT(refusal(fresh.create_account("b", RootKey{"short", "another-secret"})), HasSubstr("ValidationError"));
}

TEST_F(IdentityTest, KeepsAccountsApart) {
  const NewAccount second = sync_wait(identity.create_account("second"));
  const auto stranger = access_of(second.root);
  sync_wait(directory().create_user(*root, {.name = "alice"}));
  EXPECT_EQ(refusal(directory().user(*stranger, "alice")), "NoSuchEntity: The user with name alice cannot be found.");
  EXPECT_EQ(sync_wait(identity.accounts()).size(), 2U);
  EXPECT_EQ(sync_wait(identity.find_account_by_canonical_id(second.account.canonical_user_id))->id, second.account.id);
  EXPECT_FALSE(sync_wait(identity.find_account(AccountId::trusted("999999999999"))));
}

TEST_F(IdentityTest, AccountsHaveNamesOfTheirOwn) {
  sync_wait(identity.create_account("second"));
  EXPECT_EQ(refusal(identity.create_account("second")), "EntityAlreadyExists: An account named second exists already.");
  EXPECT_THAT(refusal(identity.create_account("default")), HasSubstr("EntityAlreadyExists"));
  EXPECT_THAT(refusal(identity.create_account("")), HasSubstr("ValidationError"));
  EXPECT_THAT(refusal(identity.create_account(std::string(51, 'x'))), HasSubstr("ValidationError"));
  sync_wait(identity.create_account("Second"));
  EXPECT_EQ(sync_wait(identity.accounts()).size(), 3U);
}

TEST_F(IdentityTest, RefusesUnknownKeysAndForeignTokens) {
  EXPECT_EQ(sync_wait(identity.find_credential("AKIAUNKNOWN123456789", "")).error(), CredentialRefusal::unknown_key);
  EXPECT_EQ(sync_wait(identity.find_credential("", "")).error(), CredentialRefusal::unknown_key);
  EXPECT_EQ(sync_wait(identity.find_credential(account.root.access_key_id, "token")).error(),
            CredentialRefusal::invalid_token);
}

TEST_F(IdentityTest, AKeySwitchedOffOrDeletedProvesNothing) {
  sync_wait(directory().create_user(*root, {.name = "alice"}));
  const auto key = sync_wait(directory().create_access_key(*root, "alice"));
  EXPECT_TRUE(sync_wait(identity.find_credential(key.key.id, "")));
  sync_wait(directory().update_access_key(*root, "alice", key.key.id, false));
  EXPECT_FALSE(sync_wait(identity.find_credential(key.key.id, "")));
  sync_wait(directory().update_access_key(*root, "alice", key.key.id, true));
  EXPECT_TRUE(sync_wait(identity.find_credential(key.key.id, "")));
  sync_wait(directory().delete_access_key(*root, "alice", key.key.id));
  EXPECT_FALSE(sync_wait(identity.find_credential(key.key.id, "")));
  EXPECT_FALSE(sync_wait(store.get({"credentials"}, key.key.id)));
}

TEST_F(IdentityTest, AccessKeyIdsTellTheirAccount) {
  const AccountId id = AccountId::trusted("012345678901");
  EXPECT_EQ(account_of_access_key_id(new_access_key_id("ASIA", id, random)), id);
  EXPECT_EQ(new_access_key_id("AKIA", id, random).size(), 20U);
  EXPECT_EQ(sync_wait(identity.account_of_access_key(account.root.access_key_id)), account.account.id);
  EXPECT_EQ(sync_wait(identity.account_of_access_key("ASIAQAAAAAAAAAAAAAAA")), std::nullopt);
}

TEST_F(IdentityTest, NotesWhenAKeyWasUsed) {
  EXPECT_FALSE(identity.last_use(account.root.access_key_id));
  identity.note_key_use(account.root.access_key_id, "s3", "us-east-1");
  EXPECT_EQ(identity.last_use(account.root.access_key_id)->service, "s3");
}

// --- Users, groups, policies
// ------------------------------------------------------------------------------------------

TEST_F(IdentityTest, UsersAreMadeFoundAndDeleted) {
  const User user =
      sync_wait(directory().create_user(*root, {.name = "alice", .path = "/team/", .tags = {{"k", "v"}}}));
  EXPECT_EQ(user.arn, "arn:aws:iam::" + own() + ":user/team/alice");
  EXPECT_TRUE(user.id.starts_with("AIDA"));
  EXPECT_EQ(refusal(directory().create_user(*root, {.name = "Alice"})),
            "EntityAlreadyExists: User with name Alice already exists.");
  EXPECT_THAT(refusal(directory().create_user(*root, {.name = "bob", .path = "team"})), HasSubstr("ValidationError"));
  sync_wait(directory().delete_user(*root, "alice"));
  EXPECT_EQ(refusal(directory().delete_user(*root, "alice")),
            "NoSuchEntity: The user with name alice cannot be found.");
}

TEST_F(IdentityTest, UsersAreDeletedOnlyWhenNothingHangsOnThem) {
  new_user("alice", allow_s3);
  const auto conflict = [&] { return refusal(directory().delete_user(*root, "alice")); };
  EXPECT_EQ(conflict(), "DeleteConflict: Cannot delete entity, must delete access keys first.");
  const auto keys = sync_wait(directory().access_keys(*root, "alice"));
  sync_wait(directory().delete_access_key(*root, "alice", keys.second.at(0).id));
  EXPECT_EQ(conflict(), "DeleteConflict: Cannot delete entity, must delete policies first.");
  sync_wait(directory().delete_inline_policy(*root, EntityKind::user, "alice", "inline"));
  sync_wait(directory().attach_policy(*root, EntityKind::user, "alice", "arn:aws:iam::aws:policy/AmazonS3FullAccess"));
  EXPECT_EQ(conflict(), "DeleteConflict: Cannot delete entity, must detach all policies first.");
  sync_wait(directory().detach_policy(*root, EntityKind::user, "alice", "arn:aws:iam::aws:policy/AmazonS3FullAccess"));
  sync_wait(directory().create_group(*root, {.name = "team"}));
  sync_wait(directory().add_to_group(*root, "team", "alice"));
  EXPECT_THAT(conflict(), HasSubstr("DeleteConflict"));
  sync_wait(directory().remove_from_group(*root, "team", "alice"));
  EXPECT_EQ(conflict(), "done");
}

TEST_F(IdentityTest, APolicyIsFeltByTheNextRequest) {
  const auto alice = new_user("alice");
  const auto key = alice->principal().access_key_id;
  const auto may = [&] {
    const auto rights = sync_wait(identity.find_credential(key, ""))->rights;
    return sync_wait(identity.access(rights, {})->allows("s3:GetObject", "arn:aws:s3:::lake/x"));
  };
  EXPECT_FALSE(may());
  sync_wait(directory().put_inline_policy(*root, EntityKind::user, "alice", "p", allow_s3));
  EXPECT_TRUE(may());
  sync_wait(directory().delete_inline_policy(*root, EntityKind::user, "alice", "p"));
  EXPECT_FALSE(may());
  sync_wait(directory().create_group(*root, {.name = "team"}));
  sync_wait(
      directory().attach_policy(*root, EntityKind::group, "team", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"));
  sync_wait(directory().add_to_group(*root, "team", "alice"));
  EXPECT_TRUE(may());
  const auto boundary = sync_wait(directory().create_policy(
      *root,
      {.name = "logs",
       .document = R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"logs:*","Resource":"*"}})"}));
  sync_wait(directory().put_boundary(*root, EntityKind::user, "alice", boundary.arn));
  EXPECT_FALSE(may());
  sync_wait(directory().delete_boundary(*root, EntityKind::user, "alice"));
  EXPECT_TRUE(may());
}

TEST_F(IdentityTest, OperationsAskForTheEntitysRealArn) {
  sync_wait(directory().create_user(*root, {.name = "bob", .path = "/team/"}));
  const auto alice = new_user(
      "alice", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*","Resource":"arn:aws:iam::)" +
                   own() + R"(:user/team/*"}})");
  EXPECT_EQ(sync_wait(directory().user(*alice, "bob")).name, "bob");
  EXPECT_EQ(refusal(directory().user(*alice, "")),
            "AccessDenied: User: arn:aws:iam::" + own() +
                ":user/alice is not authorized to perform: iam:GetUser on resource: arn:aws:iam::" + own() +
                ":user/alice because no identity-based policy allows the iam:GetUser action");
  // Whether a user exists is told to those only who may ask.
  EXPECT_THAT(refusal(directory().user(*alice, "nobody")), HasSubstr("AccessDenied"));
}

TEST_F(IdentityTest, LimitsAreIams) {
  sync_wait(directory().create_user(*root, {.name = "alice"}));
  sync_wait(directory().create_access_key(*root, "alice"));
  sync_wait(directory().create_access_key(*root, "alice"));
  EXPECT_EQ(refusal(directory().create_access_key(*root, "alice")),
            "LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2");
  for (int i = 0; i < 11; ++i) {
    const std::string name = "p" + std::to_string(i);
    const auto policy = sync_wait(directory().create_policy(*root, {.name = name, .document = allow_s3}));
    EXPECT_EQ(refusal(directory().attach_policy(*root, EntityKind::user, "alice", policy.arn)),
              i < 10 ? "done" : "LimitExceeded: Cannot exceed quota for PoliciesPerUser: 10");
  }
  const std::string large =
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::)" +
      std::string(2100, 'x') + R"("}})";
  EXPECT_EQ(refusal(directory().put_inline_policy(*root, EntityKind::user, "alice", "large", large)),
            "LimitExceeded: Maximum policy size of 2048 bytes exceeded for user alice");
}

TEST_F(IdentityTest, PoliciesHaveVersions) {
  const auto policy = sync_wait(directory().create_policy(*root, {.name = "p", .document = allow_s3}));
  EXPECT_EQ(refusal(directory().create_policy(*root, {.name = "P", .document = allow_s3})),
            "EntityAlreadyExists: A policy called P already exists. Duplicate names are not allowed.");
  for (int i = 2; i <= 5; ++i) {
    EXPECT_EQ(sync_wait(directory().create_policy_version(*root, policy.arn, allow_all, i == 3)).id,
              "v" + std::to_string(i));
  }
  EXPECT_THAT(refusal(directory().create_policy_version(*root, policy.arn, allow_all, false)),
              HasSubstr("LimitExceeded: A managed policy can have up to 5 versions."));
  EXPECT_EQ(sync_wait(directory().policy(*root, policy.arn)).policy.default_version, "v3");
  EXPECT_EQ(refusal(directory().delete_policy_version(*root, policy.arn, "v3")),
            "DeleteConflict: Cannot delete the default version of a policy.");
  EXPECT_EQ(refusal(directory().delete_policy_version(*root, policy.arn, "v9")),
            "NoSuchEntity: Policy " + policy.arn + " version v9 does not exist or is not attachable.");
  EXPECT_THAT(refusal(directory().delete_policy(*root, policy.arn)), HasSubstr("more than one version"));
  for (const char* version : {"v1", "v2", "v4", "v5"}) {
    sync_wait(directory().delete_policy_version(*root, policy.arn, version));
  }
  EXPECT_EQ(sync_wait(directory().create_policy_version(*root, policy.arn, allow_s3, true)).id, "v6");
  sync_wait(directory().delete_policy_version(*root, policy.arn, "v3"));
  new_role("r", trust(R"({"Service":"glue.amazonaws.com"})"));
  sync_wait(directory().attach_policy(*root, EntityKind::role, "r", policy.arn));
  EXPECT_EQ(refusal(directory().delete_policy(*root, policy.arn)),
            "DeleteConflict: Cannot delete a policy attached to entities.");
  sync_wait(directory().detach_policy(*root, EntityKind::role, "r", policy.arn));
  EXPECT_EQ(refusal(directory().delete_policy(*root, policy.arn)), "done");
}

TEST_F(IdentityTest, AwsPoliciesAreThereAndNobodysToChange) {
  const std::string arn = "arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole";
  EXPECT_EQ(sync_wait(directory().policy(*root, arn)).policy.name, "AWSGlueServiceRole");
  EXPECT_THAT(refusal(directory().delete_policy(*root, arn)), HasSubstr("AccessDenied"));
  EXPECT_GE(aws_managed_policies().size(), 10U);
  EXPECT_EQ(refusal(directory().attach_policy(*root, EntityKind::user, "x", arn)),
            "NoSuchEntity: The user with name x cannot be found.");
  EXPECT_THAT(refusal(directory().policy(*root, "arn:aws:iam::aws:policy/Nothing")), HasSubstr("NoSuchEntity"));
}

TEST_F(IdentityTest, TagsIgnoreCaseOfKeys) {
  sync_wait(directory().create_user(*root, {.name = "alice", .tags = {{"Team", "a"}}}));
  sync_wait(directory().tag(*root, EntityKind::user, "alice", {{"team", "b"}, {"x", ""}}));
  EXPECT_THAT(sync_wait(directory().user(*root, "alice")).tags,
              ElementsAre(std::pair("team", "b"), std::pair("x", "")));
  EXPECT_THAT(refusal(directory().tag(*root, EntityKind::user, "alice", {{"a", ""}, {"A", ""}})),
              HasSubstr("InvalidInput: Duplicate tag keys"));
  sync_wait(directory().untag(*root, EntityKind::user, "alice", {"TEAM"}));
  EXPECT_THAT(sync_wait(directory().user(*root, "alice")).tags, ElementsAre(std::pair("x", "")));
}

TEST_F(IdentityTest, AUserThatIsRenamedKeepsItsKeysAndSessions) {
  const auto alice = new_user("alice", allow_s3);
  const auto session = sync_wait(identity.sessions().session_token(*alice, 900));
  sync_wait(directory().update_user(*root, "alice", "ada", "/team/"));
  for (const auto& access :
       {access_of(session),
        identity.access(sync_wait(identity.find_credential(alice->principal().access_key_id, ""))->rights, {})}) {
    EXPECT_EQ(access->principal().arn, "arn:aws:iam::" + own() + ":user/team/ada");
    EXPECT_TRUE(sync_wait(access->allows("s3:GetObject", "arn:aws:s3:::lake/x")));
  }
  EXPECT_EQ(refusal(directory().user(*root, "alice")), "NoSuchEntity: The user with name alice cannot be found.");
}

TEST_F(IdentityTest, AGroupThatIsRenamedKeepsItsMembers) {
  sync_wait(directory().create_user(*root, {.name = "alice"}));
  sync_wait(directory().create_group(*root, {.name = "old"}));
  sync_wait(directory().add_to_group(*root, "old", "alice"));
  sync_wait(directory().update_group(*root, "old", "new", std::nullopt));
  EXPECT_EQ(sync_wait(directory().group(*root, "new")).second.at(0).name, "alice");
  EXPECT_EQ(sync_wait(directory().groups_of(*root, "alice")).at(0).name, "new");
}

TEST_F(IdentityTest, ManyChangesAtOnceAreAllMade) {
  std::vector<Task<User>> tasks;
  for (int i = 0; i < 20; ++i) tasks.push_back(directory().create_user(*root, {.name = "u" + std::to_string(i)}));
  EXPECT_EQ(sync_wait(when_all(std::move(tasks))).size(), 20U);
  EXPECT_EQ(sync_wait(directory().state(*root))->users.size(), 20U);
}

TEST_F(IdentityTest, TrustPoliciesMustNameWhoExists) {
  EXPECT_EQ(refusal(directory().create_role(
                *root, {.name = "r", .trust_policy = trust(R"({"AWS":"arn:aws:iam::)" + own() + R"(:user/nobody"})")})),
            "MalformedPolicyDocument: Invalid principal in policy: \"AWS\":\"arn:aws:iam::" + own() + ":user/nobody\"");
  EXPECT_EQ(refusal(directory().create_role(*root, {.name = "r", .trust_policy = allow_all})),
            "MalformedPolicyDocument: AssumeRole policy may only specify STS AssumeRole actions.");
}

// --- Sessions -------------------------------------------------------------------------------------------------------

TEST_F(IdentityTest, ARoleIsAssumedAndItsSessionMayWhatTheRoleMay) {
  const auto alice = new_user("alice");
  const std::string arn = new_role("reader", trust(R"({"AWS":"arn:aws:iam::)" + own() + R"(:user/alice"})"), allow_s3);
  const auto session = sync_wait(identity.sessions().assume_role(*alice, {.role_arn = arn, .session_name = "s1"}));
  EXPECT_EQ(session.arn, "arn:aws:sts::" + own() + ":assumed-role/reader/s1");
  EXPECT_TRUE(session.access_key_id.starts_with("ASIA"));
  EXPECT_EQ(session.expires, wall.now() + std::chrono::hours(1));
  const auto reader = access_of(session);
  EXPECT_EQ(reader->principal().role_arn, arn);
  EXPECT_TRUE(sync_wait(reader->allows("s3:GetObject", "arn:aws:s3:::lake/x")));
  EXPECT_FALSE(sync_wait(reader->allows("glue:GetTable", "*")));
  wall.advance(std::chrono::hours(1));
  EXPECT_EQ(sync_wait(identity.find_credential(session.access_key_id, session.session_token)).error(),
            CredentialRefusal::expired_token);
}

TEST_F(IdentityTest, WhoIsNotTrustedCannotAssumeARole) {
  const auto bob = new_user("bob", allow_all);
  const std::string arn = new_role("job", trust(R"({"Service":"glue.amazonaws.com"})"), allow_s3);
  EXPECT_THAT(refusal(identity.sessions().assume_role(*bob, {.role_arn = arn, .session_name = "s1"})),
              HasSubstr("AccessDenied: User: arn:aws:iam::" + own() +
                        ":user/bob is not authorized to perform: sts:AssumeRole on resource: " + arn));
  EXPECT_THAT(refusal(identity.sessions().assume_role(
                  *bob, {.role_arn = "arn:aws:iam::" + own() + ":role/none", .session_name = "s1"})),
              HasSubstr("AccessDenied"));
  EXPECT_EQ(refusal(identity.sessions().assume_role(*bob, {.role_arn = "nonsense", .session_name = "s1"})),
            "ValidationError: nonsense is invalid");
  EXPECT_EQ(refusal(identity.sessions().assume_role(*root, {.role_arn = arn, .session_name = "s1"})),
            "AccessDenied: Roles may not be assumed by root accounts.");
}

TEST_F(IdentityTest, ATrustedAccountLeavesItToItsIdentityPolicies) {
  const std::string arn = new_role("reader", trust(R"({"AWS":")" + own() + R"("})"));
  const auto alice = new_user("alice");
  EXPECT_THAT(refusal(identity.sessions().assume_role(*alice, {.role_arn = arn, .session_name = "s1"})),
              HasSubstr("AccessDenied"));
  const auto bob = new_user("bob", allow_all);
  EXPECT_EQ(refusal(identity.sessions().assume_role(*bob, {.role_arn = arn, .session_name = "s1"})), "done");
}

TEST_F(IdentityTest, TheExternalIdMustBeRight) {
  const auto bob = new_user("bob", allow_all);
  const std::string arn = new_role(
      "partner", trust(R"({"AWS":")" + own() + R"("})", R"(,"Condition":{"StringEquals":{"sts:ExternalId":"42"}})"));
  AssumeRole request{.role_arn = arn, .session_name = "s1"};
  EXPECT_THAT(refusal(identity.sessions().assume_role(*bob, request)), HasSubstr("AccessDenied"));
  request.external_id = "42";
  EXPECT_EQ(refusal(identity.sessions().assume_role(*bob, request)), "done");
}

TEST_F(IdentityTest, ASessionPolicyOnlyTakesAway) {
  const auto bob = new_user("bob", allow_all);
  const std::string arn = new_role("reader", trust(R"({"AWS":")" + own() + R"("})"), allow_s3);
  AssumeRole request{.role_arn = arn, .session_name = "s1"};
  request.limits.policy =
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3:GetObject","glue:*"],"Resource":"*"}})";
  const auto session = access_of(sync_wait(identity.sessions().assume_role(*bob, request)));
  EXPECT_TRUE(sync_wait(session->allows("s3:GetObject", "arn:aws:s3:::lake/x")));
  EXPECT_FALSE(sync_wait(session->allows("s3:PutObject", "arn:aws:s3:::lake/x")));
  EXPECT_FALSE(sync_wait(session->allows("glue:GetTable", "*")));
  request.limits = {.policy_arns = {"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}};
  const auto managed = access_of(sync_wait(identity.sessions().assume_role(*bob, request)));
  EXPECT_TRUE(sync_wait(managed->allows("s3:GetObject", "arn:aws:s3:::lake/x")));
  EXPECT_FALSE(sync_wait(managed->allows("s3:PutObject", "arn:aws:s3:::lake/x")));
  request.limits = {.policy = "nonsense"};
  EXPECT_THAT(refusal(identity.sessions().assume_role(*bob, request)), HasSubstr("MalformedPolicyDocument"));
}

TEST_F(IdentityTest, DurationsAreBounded) {
  const auto bob = new_user("bob", allow_all);
  const std::string arn = new_role("reader", trust(R"({"AWS":")" + own() + R"("})"), allow_all);
  AssumeRole request{.role_arn = arn, .session_name = "s1", .duration_seconds = 3601};
  EXPECT_EQ(refusal(identity.sessions().assume_role(*bob, request)),
            "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  sync_wait(directory().update_role(*root, "reader", std::nullopt, 7200));
  const auto first = access_of(sync_wait(identity.sessions().assume_role(*bob, request)));
  EXPECT_EQ(refusal(identity.sessions().assume_role(*first, request)),
            "ValidationError: The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role "
            "chaining");
  request.duration_seconds = 900;
  EXPECT_EQ(refusal(identity.sessions().assume_role(*first, request)), "done");
}

TEST_F(IdentityTest, TransitiveTagsAndTheSourceIdentityGoOn) {
  const auto bob = new_user("bob", allow_all);
  const std::string arn = new_role("reader", trust(R"({"AWS":")" + own() + R"("})"), allow_all);
  const auto first =
      access_of(sync_wait(identity.sessions().assume_role(*bob, {.role_arn = arn,
                                                                 .session_name = "s1",
                                                                 .tags = {{"team", "a"}, {"gone", "b"}},
                                                                 .transitive_tags = {"team"},
                                                                 .source_identity = "bob@example.org"})));
  EXPECT_EQ(first->principal().tags.at("gone"), "b");
  const auto second =
      access_of(sync_wait(identity.sessions().assume_role(*first, {.role_arn = arn, .session_name = "s2"})));
  EXPECT_EQ(second->principal().tags.at("team"), "a");
  EXPECT_FALSE(second->principal().tags.contains("gone"));
  EXPECT_EQ(second->principal().source_identity, "bob@example.org");
  EXPECT_THAT(refusal(identity.sessions().assume_role(
                  *first, {.role_arn = arn, .session_name = "s2", .source_identity = "mallory"})),
              HasSubstr("AccessDenied"));
}

TEST_F(IdentityTest, ASessionEndsWithItsRole) {
  const auto bob = new_user("bob", allow_all);
  const std::string arn = new_role("reader", trust(R"({"AWS":")" + own() + R"("})"));
  const auto session = sync_wait(identity.sessions().assume_role(*bob, {.role_arn = arn, .session_name = "s1"}));
  EXPECT_TRUE(sync_wait(identity.find_credential(session.access_key_id, session.session_token)));
  sync_wait(directory().delete_role(*root, "reader"));
  EXPECT_FALSE(sync_wait(identity.find_credential(session.access_key_id, session.session_token)));
  new_role("reader", trust(R"({"AWS":")" + own() + R"("})"));
  EXPECT_FALSE(sync_wait(identity.find_credential(session.access_key_id, session.session_token)));
}

TEST_F(IdentityTest, TokensCannotBeForgedOrSwapped) {
  const auto one = sync_wait(identity.sessions().session_token(*root, std::nullopt));
  const auto two = sync_wait(identity.sessions().session_token(*root, std::nullopt));
  EXPECT_EQ(sync_wait(identity.find_credential(one.access_key_id, two.session_token)).error(),
            CredentialRefusal::invalid_token);
  EXPECT_FALSE(sync_wait(identity.find_credential(one.access_key_id, "")));
  for (const std::size_t at : {std::size_t{0}, one.session_token.size() / 2, one.session_token.size() - 4}) {
    std::string forged = one.session_token;
    forged[at] = forged[at] == 'A' ? 'B' : 'A';
    EXPECT_EQ(sync_wait(identity.find_credential(one.access_key_id, forged)).error(), CredentialRefusal::invalid_token);
  }
  EXPECT_EQ(sync_wait(identity.find_credential(one.access_key_id, std::string(100'000, 'A'))).error(),
            CredentialRefusal::invalid_token);
}

TEST_F(IdentityTest, UserSessionsCannotCallIam) {
  const auto alice = new_user("alice", allow_all);
  const auto session = access_of(sync_wait(identity.sessions().session_token(*alice, 900)));
  EXPECT_EQ(session->principal().arn, "arn:aws:iam::" + own() + ":user/alice");
  EXPECT_TRUE(sync_wait(session->allows("s3:GetObject", "arn:aws:s3:::lake/x")));
  EXPECT_FALSE(sync_wait(session->allows("iam:CreateUser", "*")));
  EXPECT_EQ(refusal(identity.sessions().session_token(*session, 900)),
            "AccessDenied: Cannot call GetSessionToken with session credentials");
}

TEST_F(IdentityTest, FederatedUsersMayNothingWithoutASessionPolicy) {
  const auto alice = new_user("alice", allow_all);
  const auto bare = access_of(sync_wait(identity.sessions().federation_token(*alice, "guest", {}, {}, std::nullopt)));
  EXPECT_EQ(bare->principal().arn, "arn:aws:sts::" + own() + ":federated-user/guest");
  EXPECT_FALSE(sync_wait(bare->allows("s3:GetObject", "arn:aws:s3:::lake/x")));
  const auto some = access_of(
      sync_wait(identity.sessions().federation_token(*alice, "guest", {.policy = allow_s3}, {}, std::nullopt)));
  EXPECT_TRUE(sync_wait(some->allows("s3:GetObject", "arn:aws:s3:::lake/x")));
  EXPECT_FALSE(sync_wait(some->allows("glue:GetTable", "*")));
}

// --- Roles handed to services
// -----------------------------------------------------------------------------------------

TEST_F(IdentityTest, AServiceActsAsARoleThatTrustsIt) {
  const std::string arn = new_role("crawler", trust(R"({"Service":"glue.amazonaws.com"})"), allow_s3);
  const auto access = sync_wait(identity.assume_for_service(arn, "glue.amazonaws.com", "GlueCrawler"));
  EXPECT_EQ(access->principal().arn, "arn:aws:sts::" + own() + ":assumed-role/crawler/GlueCrawler");
  EXPECT_TRUE(sync_wait(access->allows("s3:GetObject", "arn:aws:s3:::lake/x")));
  // A change is felt while the job runs; so is the role's end.
  sync_wait(directory().delete_inline_policy(*root, EntityKind::role, "crawler", "inline"));
  EXPECT_FALSE(sync_wait(access->allows("s3:GetObject", "arn:aws:s3:::lake/x")));
  sync_wait(directory().put_inline_policy(*root, EntityKind::role, "crawler", "inline", allow_all));
  EXPECT_TRUE(sync_wait(access->allows("s3:GetObject", "arn:aws:s3:::lake/x")));
  sync_wait(directory().delete_inline_policy(*root, EntityKind::role, "crawler", "inline"));
  sync_wait(directory().delete_role(*root, "crawler"));
  EXPECT_FALSE(sync_wait(access->allows("s3:GetObject", "arn:aws:s3:::lake/x")));
  EXPECT_EQ(refusal(identity.assume_for_service(arn, "glue.amazonaws.com", "x")),
            "AccessDenied: glue.amazonaws.com is not authorized to perform: sts:AssumeRole on resource: " + arn);
}

TEST_F(IdentityTest, HandingOverARoleNeedsPassRoleAndTrust) {
  const std::string arn = new_role("crawler", trust(R"({"Service":"glue.amazonaws.com"})"));
  const auto alice =
      new_user("alice", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:PassRole","Resource":"*",
                   "Condition":{"StringEquals":{"iam:PassedToService":"glue.amazonaws.com"}}}})");
  EXPECT_EQ(refusal(identity.require_pass_role(*alice, arn, "glue.amazonaws.com")), "done");
  EXPECT_THAT(refusal(identity.require_pass_role(*alice, arn, "sagemaker.amazonaws.com")),
              HasSubstr("is not authorized to perform: iam:PassRole on resource: " + arn));
  EXPECT_THAT(refusal(identity.require_pass_role(*root, arn, "sagemaker.amazonaws.com")),
              HasSubstr("allows principal 'sagemaker.amazonaws.com' to assume the role"));
  EXPECT_TRUE(sync_wait(identity.role_trusts_service(arn, "glue.amazonaws.com")));
  EXPECT_FALSE(sync_wait(identity.role_trusts_service(arn + "x", "glue.amazonaws.com")));
}

TEST_F(IdentityTest, ARoleOfAnotherAccountNeedsBothSides) {
  const auto bob = new_user("bob", allow_all);
  const auto alice = new_user("alice");
  const auto other = access_of(sync_wait(identity.create_account("other")).root);
  const Role role = sync_wait(directory().create_role(
      *other, {.name = "shared", .trust_policy = trust(R"({"AWS":"arn:aws:iam::)" + own() + R"(:root"})")}));
  EXPECT_EQ(refusal(identity.sessions().assume_role(*bob, {.role_arn = role.arn, .session_name = "s1"})), "done");
  EXPECT_THAT(refusal(identity.sessions().assume_role(*alice, {.role_arn = role.arn, .session_name = "s1"})),
              HasSubstr("AccessDenied"));
}

TEST_F(IdentityTest, FindsCredentialsQuickly) {
  const auto many = [](Identity& asked, std::string key, int times) -> Task<int> {
    int found = 0;
    for (int i = 0; i < times; ++i) {
      const auto credential = co_await asked.find_credential(key, "");
      found += credential ? 1 : 0;
    }
    co_return found;
  };
  constexpr int times = 10'000;
  const std::clock_t start = std::clock();  // Of the processor: a busy machine must not fail it.
  EXPECT_EQ(sync_wait(many(identity, account.root.access_key_id, times)), times);
  const double microseconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC * 1e6 / times;
  RecordProperty("nanoseconds", static_cast<int>(microseconds * 1000));
  EXPECT_LT(microseconds, 100);
}

}  // namespace
}  // namespace tarn::identity
