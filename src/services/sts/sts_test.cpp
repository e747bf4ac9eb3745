#include "services/sts/sts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/sts/assume_role.h"
#include "api/sts/assume_role_with_web_identity.h"
#include "api/sts/decode_authorization_message.h"
#include "api/sts/get_access_key_info.h"
#include "api/sts/get_caller_identity.h"
#include "api/sts/get_federation_token.h"
#include "api/sts/get_session_token.h"
#include "identity/directory.h"
#include "meta/memory/memory_store.h"

namespace tarn::sts {
namespace {

using ::testing::HasSubstr;

class StsTest : public ::testing::Test {
 protected:
  StsTest() {
    sync_wait(identity.open());
    account = sync_wait(identity.bootstrap(std::nullopt)).value();
    root = access_of(account.root.access_key_id, "");
    sync_wait(identity.directory().create_user(*root, {.name = "ada"}));
    const auto key = sync_wait(identity.directory().create_access_key(*root, "ada"));
    ada = access_of(key.key.id, "");
  }
  std::shared_ptr<policy::EvaluatedAccess> access_of(const std::string& key, const std::string& token) {
    return identity.access(sync_wait(identity.find_credential(key, token)).value().rights, {});
  }
  std::shared_ptr<policy::EvaluatedAccess> access_of(const Credentials& credentials) {
    return access_of(credentials.access_key_id, credentials.session_token);
  }
  std::string own() { return account.account.id.text(); }
  std::string role(const std::string& trusted) {
    return sync_wait(
               identity.directory().create_role(
                   *root, {.name = "reader",
                           .trust_policy = R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":)" +
                                           trusted + R"(,"Action":["sts:AssumeRole","sts:TagSession"]}})"}))
        .arn;
  }

  meta::MemoryStore store;
  ManualClock wall{from_millis(1'750'000'000'000)};
  SeededRandom random{3};
  identity::Identity identity{store, wall, random};
  identity::NewAccount account;
  std::shared_ptr<policy::EvaluatedAccess> root;
  std::shared_ptr<policy::EvaluatedAccess> ada;
};

TEST_F(StsTest, GetCallerIdentityNamesTheCallerEvenIfNothingIsAllowed) {
  Sts sts{.access = *ada, .identity = identity};
  const auto output = sync_wait(get_caller_identity(sts, {}));
  EXPECT_EQ(output.account, own());
  EXPECT_EQ(output.arn, "arn:aws:iam::" + own() + ":user/ada");
}

TEST_F(StsTest, AssumeRoleGivesCredentialsThatWork) {
  const std::string arn = role(R"({"AWS":"arn:aws:iam::)" + own() + R"(:user/ada"})");
  Sts sts{.access = *ada, .identity = identity};
  const auto output = sync_wait(assume_role(
      sts,
      {.role_arn = arn, .role_session_name = "work", .duration_seconds = 900, .tags = std::vector<Tag>{{"a", "b"}}}));
  EXPECT_EQ(output.assumed_role_user->arn, "arn:aws:sts::" + own() + ":assumed-role/reader/work");
  EXPECT_EQ(output.credentials->expiration, wall.now() + std::chrono::minutes(15));
  EXPECT_GT(output.packed_policy_size.value(), 0);
  const auto session = access_of(*output.credentials);
  EXPECT_EQ(session->principal().tags.at("a"), "b");
}

TEST_F(StsTest, AssumeRoleRefusesWhatItCannotCheck) {
  const std::string arn = role(R"({"AWS":"arn:aws:iam::)" + own() + R"(:user/ada"})");
  Sts sts{.access = *ada, .identity = identity};
  EXPECT_THROW(
      sync_wait(assume_role(
          sts, {.role_arn = arn, .role_session_name = "work", .serial_number = "device", .token_code = "123456"})),
      Error);
  EXPECT_THROW(
      sync_wait(assume_role(sts, {.role_arn = arn,
                                  .role_session_name = "work",
                                  .policy_arns = std::vector<PolicyDescriptorType>{{"arn:aws:iam::aws:policy/None"}}})),
      Error);
}

TEST_F(StsTest, GetSessionTokenKeepsTheCaller) {
  Sts sts{.access = *ada, .identity = identity};
  const auto output = sync_wait(get_session_token(sts, {.duration_seconds = 900}));
  EXPECT_EQ(access_of(*output.credentials)->principal().arn, ada->principal().arn);
}

TEST_F(StsTest, GetFederationTokenNeedsTheRight) {
  Sts with_root{.access = *root, .identity = identity};
  const auto output = sync_wait(get_federation_token(with_root, {.name = "guest"}));
  EXPECT_EQ(output.federated_user->arn, "arn:aws:sts::" + own() + ":federated-user/guest");
  EXPECT_EQ(output.federated_user->federated_user_id, own() + ":guest");
  Sts with_ada{.access = *ada, .identity = identity};
  EXPECT_THROW(sync_wait(get_federation_token(with_ada, {.name = "guest"})), Error);
}

TEST_F(StsTest, GetAccessKeyInfoKnowsPermanentAndTemporaryKeys) {
  Sts sts{.access = *root, .identity = identity};
  EXPECT_EQ(sync_wait(get_access_key_info(sts, {.access_key_id = account.root.access_key_id})).account, own());
  const auto session = sync_wait(get_session_token(sts, {}));
  EXPECT_EQ(sync_wait(get_access_key_info(sts, {.access_key_id = session.credentials->access_key_id})).account, own());
  EXPECT_THROW(sync_wait(get_access_key_info(sts, {.access_key_id = "AKIANOBODYSKEY1234AA"})), Error);
}

TEST_F(StsTest, WhatHasNoIssuerIsRefused) {
  Sts sts{.access = *root, .identity = identity};
  try {
    (void)sync_wait(assume_role_with_web_identity(
        sts, {.role_arn = "arn:aws:iam::1:role/r", .role_session_name = "s", .web_identity_token = "t"}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code().name, "InvalidIdentityToken");
  }
  EXPECT_THROW(sync_wait(decode_authorization_message(sts, {.encoded_message = "x"})), Error);
}

}  // namespace
}  // namespace tarn::sts
