#include "services/iam/iam.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/iam/attach_user_policy.h"
#include "api/iam/create_access_key.h"
#include "api/iam/create_policy.h"
#include "api/iam/create_policy_version.h"
#include "api/iam/create_role.h"
#include "api/iam/create_user.h"
#include "api/iam/get_access_key_last_used.h"
#include "api/iam/get_account_authorization_details.h"
#include "api/iam/get_account_summary.h"
#include "api/iam/get_context_keys_for_custom_policy.h"
#include "api/iam/get_context_keys_for_principal_policy.h"
#include "api/iam/get_policy_version.h"
#include "api/iam/get_role.h"
#include "api/iam/get_user.h"
#include "api/iam/list_access_keys.h"
#include "api/iam/list_entities_for_policy.h"
#include "api/iam/list_policies.h"
#include "api/iam/list_policy_versions.h"
#include "api/iam/list_users.h"
#include "api/iam/put_user_permissions_boundary.h"
#include "api/iam/put_user_policy.h"
#include "api/iam/simulate_custom_policy.h"
#include "api/iam/simulate_principal_policy.h"
#include "api/iam/update_access_key.h"
#include "base/encoding.h"
#include "meta/memory/memory_store.h"

namespace tarn::iam {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string allow_s3 =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}})";
const std::string glue_trust =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"glue.amazonaws.com"},"Action":"sts:AssumeRole"}})";
const std::string s3_read = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";

class IamTest : public ::testing::Test {
 protected:
  IamTest() {
    sync_wait(identity.open());
    const auto account = sync_wait(identity.bootstrap(std::nullopt)).value();
    own = account.account.id.text();
    root = identity.access(sync_wait(identity.find_credential(account.root.access_key_id, "")).value().rights, {});
    iam.emplace(Iam{.access = *root, .identity = identity});
  }
  template <typename T>
  std::string refusal(Task<T> task) {
    try {
      (void)sync_wait(std::move(task));
      return "done";
    } catch (const Error& error) {
      return std::string(error.code().name) + ": " + error.message();
    }
  }
  std::vector<std::string> user_page(ListUsersRequest request, std::optional<std::string>& marker) {
    const auto output = sync_wait(list_users(*iam, std::move(request)));
    marker = output.marker;
    EXPECT_EQ(output.is_truncated.value(), output.marker.has_value());
    std::vector<std::string> names;
    for (const User& user : output.users) names.push_back(user.user_name);
    return names;
  }

  meta::MemoryStore store;
  ManualClock wall{from_millis(1'750'000'000'000)};
  SeededRandom random{5};
  identity::Identity identity{store, wall, random};
  std::string own;
  std::shared_ptr<policy::EvaluatedAccess> root;
  std::optional<Iam> iam;
};

TEST_F(IamTest, PagesGoOnWhereTheLastEndedWhateverChangesInBetween) {
  for (const char* name : {"a", "b", "c", "d"}) sync_wait(create_user(*iam, {.user_name = name}));
  std::optional<std::string> marker;
  EXPECT_THAT(user_page({.max_items = 2}, marker), ElementsAre("a", "b"));
  sync_wait(identity.directory().delete_user(*root, "b"));
  EXPECT_THAT(user_page({.marker = marker, .max_items = 2}, marker), ElementsAre("c", "d"));
  EXPECT_FALSE(marker);
  EXPECT_EQ(refusal(list_users(*iam, {.marker = "!"})), "ValidationError: Invalid Marker.");
}

TEST_F(IamTest, ListsFilterByPath) {
  sync_wait(create_user(*iam, {.path = "/x/", .user_name = "a"}));
  sync_wait(create_user(*iam, {.user_name = "b"}));
  std::optional<std::string> marker;
  EXPECT_THAT(user_page({.path_prefix = "/x/"}, marker), ElementsAre("a"));
}

TEST_F(IamTest, DocumentsTravelEncoded) {
  const auto made = sync_wait(create_role(*iam, {.role_name = "r", .assume_role_policy_document = glue_trust}));
  EXPECT_EQ(uri_decode(*made.role.assume_role_policy_document), glue_trust);
  EXPECT_THAT(*sync_wait(get_role(*iam, {.role_name = "r"})).role.assume_role_policy_document,
              HasSubstr("%7B%22Version"));
  const auto policy = sync_wait(create_policy(*iam, {.policy_name = "p", .policy_document = allow_s3}));
  const auto version =
      sync_wait(get_policy_version(*iam, {.policy_arn = *policy.policy->arn, .version_id = "v1"})).policy_version;
  EXPECT_EQ(uri_decode(*version->document), allow_s3);
  EXPECT_TRUE(*version->is_default_version);
}

TEST_F(IamTest, KeysOfTheCallerAndOfUsers) {
  sync_wait(create_user(*iam, {.user_name = "ada"}));
  const auto key = sync_wait(create_access_key(*iam, {.user_name = "ada"})).access_key;
  EXPECT_EQ(key.user_name, "ada");
  EXPECT_EQ(key.secret_access_key.size(), 40U);
  sync_wait(update_access_key(
      *iam, {.user_name = "ada", .access_key_id = key.access_key_id, .status = StatusType::inactive}));
  const auto keys = sync_wait(list_access_keys(*iam, {.user_name = "ada"})).access_key_metadata;
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].status, StatusType::inactive);
  EXPECT_EQ(sync_wait(list_access_keys(*iam, {})).access_key_metadata.size(), 1U) << "root's own";
  const auto never = sync_wait(get_access_key_last_used(*iam, {.access_key_id = key.access_key_id}));
  EXPECT_EQ(never.access_key_last_used->service_name, "N/A");
  identity.note_key_use(key.access_key_id, "s3", "us-east-1");
  const auto used = sync_wait(get_access_key_last_used(*iam, {.access_key_id = key.access_key_id}));
  EXPECT_EQ(used.user_name, "ada");
  EXPECT_EQ(used.access_key_last_used->service_name, "s3");
}

TEST_F(IamTest, GetUserWithoutANameIsTheCaller) {
  EXPECT_EQ(sync_wait(get_user(*iam, {})).user.arn, "arn:aws:iam::" + own + ":root");
}

TEST_F(IamTest, PoliciesAreListedByScopeAndUse) {
  sync_wait(create_policy(*iam, {.policy_name = "mine", .policy_document = allow_s3}));
  sync_wait(create_user(*iam, {.user_name = "ada"}));
  sync_wait(attach_user_policy(*iam, {.user_name = "ada", .policy_arn = s3_read}));
  const auto local = sync_wait(list_policies(*iam, {.scope = PolicyScopeType::local})).policies.value();
  ASSERT_EQ(local.size(), 1U);
  EXPECT_EQ(local[0].policy_name, "mine");
  const auto attached = sync_wait(list_policies(*iam, {.only_attached = true})).policies.value();
  ASSERT_EQ(attached.size(), 1U);
  EXPECT_EQ(attached[0].arn, s3_read);
  EXPECT_EQ(attached[0].attachment_count, 1);
  EXPECT_GT(sync_wait(list_policies(*iam, {.scope = PolicyScopeType::aws})).policies->size(), 10U);
}

TEST_F(IamTest, VersionsAreListedNewestFirst) {
  const std::string arn =
      *sync_wait(create_policy(*iam, {.policy_name = "p", .policy_document = allow_s3})).policy->arn;
  sync_wait(create_policy_version(*iam, {.policy_arn = arn, .policy_document = allow_s3, .set_as_default = true}));
  const auto versions = sync_wait(list_policy_versions(*iam, {.policy_arn = arn})).versions.value();
  ASSERT_EQ(versions.size(), 2U);
  EXPECT_EQ(versions[0].version_id, "v2");
  EXPECT_TRUE(*versions[0].is_default_version);
  EXPECT_FALSE(*versions[1].is_default_version);
}

TEST_F(IamTest, EntitiesOfAPolicyTellHowItIsUsed) {
  const std::string arn =
      *sync_wait(create_policy(*iam, {.policy_name = "p", .policy_document = allow_s3})).policy->arn;
  sync_wait(create_user(*iam, {.user_name = "ada"}));
  sync_wait(create_user(*iam, {.user_name = "bob"}));
  sync_wait(attach_user_policy(*iam, {.user_name = "ada", .policy_arn = arn}));
  sync_wait(put_user_permissions_boundary(*iam, {.user_name = "bob", .permissions_boundary = arn}));
  EXPECT_EQ(sync_wait(list_entities_for_policy(*iam, {.policy_arn = arn})).policy_users->size(), 2U);
  const auto bounded = sync_wait(list_entities_for_policy(
      *iam, {.policy_arn = arn, .policy_usage_filter = PolicyUsageType::permissions_boundary}));
  ASSERT_EQ(bounded.policy_users->size(), 1U);
  EXPECT_EQ(bounded.policy_users->at(0).user_name, "bob");
}

TEST_F(IamTest, AuthorizationDetailsShowEverything) {
  sync_wait(create_user(*iam, {.user_name = "ada"}));
  sync_wait(put_user_policy(*iam, {.user_name = "ada", .policy_name = "own", .policy_document = allow_s3}));
  sync_wait(create_role(*iam, {.role_name = "r", .assume_role_policy_document = glue_trust}));
  const auto details =
      sync_wait(get_account_authorization_details(*iam, {.filter = std::vector{EntityType::user, EntityType::role}}));
  EXPECT_EQ(details.user_detail_list->at(0).user_policy_list->at(0).policy_name, "own");
  EXPECT_EQ(details.role_detail_list->size(), 1U);
  EXPECT_TRUE(details.policies->empty());
  EXPECT_EQ(sync_wait(get_account_summary(*iam, {})).summary_map->at("Users"), 1);
}

std::string decisions(const SimulatePolicyResponse& response) {
  std::string text;
  for (const EvaluationResult& result : *response.evaluation_results) {
    text += std::string(to_string(result.eval_decision)) + " ";
  }
  return text;
}

TEST_F(IamTest, SimulatesGivenPolicies) {
  const auto response = sync_wait(
      simulate_custom_policy(*iam, {.policy_input_list = {R"({"Version":"2012-10-17","Statement":[
                {"Sid":"Read","Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::lake/*"},
                {"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::lake/secret/*"},
                {"Effect":"Allow","Action":"glue:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"a"}}}]})"},
                                    .action_names = {"s3:GetObject"},
                                    .resource_arns = std::vector<std::string>{
                                        "arn:aws:s3:::lake/a", "arn:aws:s3:::lake/secret/b", "arn:aws:s3:::pond/c"}}));
  EXPECT_EQ(decisions(response), "allowed explicitDeny implicitDeny ");
  const EvaluationResult& first = response.evaluation_results->at(0);
  EXPECT_EQ(first.matched_statements->at(0).source_policy_id, "PolicyInputList.1");
  EXPECT_THAT(*first.missing_context_values, ElementsAre("aws:PrincipalTag/team"));
}

TEST_F(IamTest, SimulatesWithContextAndBoundary) {
  SimulateCustomPolicyRequest request{
      .policy_input_list = {R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*",
                               "Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}})"},
      .action_names = {"s3:GetObject"}};
  EXPECT_EQ(decisions(sync_wait(simulate_custom_policy(*iam, request))), "implicitDeny ");
  request.context_entries = std::vector<ContextEntry>{
      {.context_key_name = "aws:SourceIp", .context_key_values = std::vector<std::string>{"10.1.1.1"}}};
  EXPECT_EQ(decisions(sync_wait(simulate_custom_policy(*iam, request))), "allowed ");
  request.permissions_boundary_policy_input_list = std::vector<std::string>{
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"glue:*","Resource":"*"}})"};
  const auto bounded = sync_wait(simulate_custom_policy(*iam, request));
  EXPECT_EQ(decisions(bounded), "implicitDeny ");
  EXPECT_FALSE(
      *bounded.evaluation_results->at(0).permissions_boundary_decision_detail->allowed_by_permissions_boundary);
  request.policy_input_list = {"nonsense"};
  EXPECT_THAT(refusal(simulate_custom_policy(*iam, request)), HasSubstr("InvalidInput"));
}

TEST_F(IamTest, SimulatesAPrincipal) {
  sync_wait(create_user(*iam, {.user_name = "ada"}));
  sync_wait(attach_user_policy(*iam, {.user_name = "ada", .policy_arn = s3_read}));
  const std::string arn = "arn:aws:iam::" + own + ":user/ada";
  const auto response = sync_wait(
      simulate_principal_policy(*iam, {.policy_source_arn = arn, .action_names = {"s3:GetObject", "s3:PutObject"}}));
  EXPECT_EQ(decisions(response), "allowed implicitDeny ");
  EXPECT_EQ(response.evaluation_results->at(0).matched_statements->at(0).source_policy_type,
            PolicySourceType::aws_managed);
  EXPECT_THAT(
      refusal(simulate_principal_policy(*iam, {.policy_source_arn = arn + "x", .action_names = {"s3:GetObject"}})),
      HasSubstr("NoSuchEntity"));
}

TEST_F(IamTest, TellsContextKeys) {
  const std::string document =
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${aws:username}/*"}})";
  EXPECT_THAT(*sync_wait(get_context_keys_for_custom_policy(*iam, {.policy_input_list = {document}})).context_key_names,
              ElementsAre("aws:username"));
  sync_wait(create_user(*iam, {.user_name = "ada"}));
  sync_wait(put_user_policy(*iam, {.user_name = "ada", .policy_name = "own", .policy_document = document}));
  const auto keys = sync_wait(
      get_context_keys_for_principal_policy(*iam, {.policy_source_arn = "arn:aws:iam::" + own + ":user/ada"}));
  EXPECT_THAT(*keys.context_key_names, ElementsAre("aws:username"));
}

}  // namespace
}  // namespace tarn::iam
