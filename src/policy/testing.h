// Short ways to write principals, policies and questions in tests.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "policy/evaluator.h"

namespace tarn::policy::testing {

inline const AccountId home = AccountId::trusted("111122223333");
inline const AccountId abroad = AccountId::trusted("444455556666");

inline Principal root_of(const AccountId& account) {
  return {.kind = Principal::Kind::root, .account = account, .arn = root_arn(account), .user_id = account.text()};
}
inline Principal user(const std::string& name, const AccountId& account = home) {
  return {.kind = Principal::Kind::user,
          .account = account,
          .arn = "arn:aws:iam::" + account.text() + ":user/" + name,
          .user_id = "AIDAEXAMPLE" + name,
          .name = name};
}
inline Principal role_session(const std::string& role, const std::string& session, const AccountId& account = home) {
  return {.kind = Principal::Kind::role_session,
          .account = account,
          .arn = "arn:aws:sts::" + account.text() + ":assumed-role/" + role + "/" + session,
          .user_id = "AROAEXAMPLEROLE1:" + session,
          .name = session,
          .role_arn = "arn:aws:iam::" + account.text() + ":role/" + role,
          .session_started = from_millis(1'700'000'000'000)};
}
inline Principal service(const std::string& name) {
  return {.kind = Principal::Kind::service, .account = std::nullopt, .arn = name};
}

// One statement's members without braces, with its document around it.
inline std::shared_ptr<const Document> identity_policy(const std::string& statements) {
  return Document::parse(R"({"Version":"2012-10-17","Statement":[)" + statements + "]}", DocumentKind::identity);
}
inline std::shared_ptr<const Document> resource_policy(const std::string& statements) {
  return Document::parse(R"({"Version":"2012-10-17","Statement":[)" + statements + "]}", DocumentKind::resource);
}

struct Question {
  Principal principal = user("alice");
  std::string action = "s3:GetObject";
  std::string resource = "arn:aws:s3:::lake/raw/flights.csv";
  Facts facts = {};
  PolicySet policies = {};
  std::shared_ptr<const Document> resource_policy = nullptr;
  std::optional<AccountId> owner = home;
  bool public_access_blocked = false;
  bool must_allow = false;
};

inline Decision answer(const Question& question) {
  const Facts caller = principal_facts(question.principal);
  const Facts* const layers[] = {&caller, &question.facts};
  const Context context(question.principal, question.action, question.resource, layers, from_millis(1'750'000'000'000));
  return evaluate(context, question.policies,
                  {.policy = question.resource_policy.get(),
                   .owner = question.owner,
                   .public_access_blocked = question.public_access_blocked,
                   .must_allow = question.must_allow});
}

}  // namespace tarn::policy::testing
