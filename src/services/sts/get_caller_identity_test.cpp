#include "api/sts/get_caller_identity.h"

#include <gtest/gtest.h>

#include "services/sts/sts.h"

namespace tarn::sts {
namespace {

class FixedAccess : public policy::Access {
 public:
  explicit FixedAccess(policy::Principal principal) : principal_(std::move(principal)) {}
  const policy::Principal& principal() const override { return principal_; }
  const policy::Facts& request_facts() const override { return facts_; }
  Task<policy::Decision> decide(std::string, std::string, policy::Facts) const override {
    co_return policy::Decision{};
  }

 private:
  policy::Principal principal_;
  policy::Facts facts_;
};

TEST(GetCallerIdentity, NamesTheCallerEvenIfNothingIsAllowed) {
  const FixedAccess access({.kind = policy::Principal::Kind::user,
                            .account = AccountId::parse("123456789012"),
                            .arn = "arn:aws:iam::123456789012:user/ada",
                            .user_id = "AIDAEXAMPLE"});
  Sts sts{.access = access};
  const GetCallerIdentityOutput output = sync_wait(get_caller_identity(sts, {}));
  EXPECT_EQ(output.account, "123456789012");
  EXPECT_EQ(output.arn, "arn:aws:iam::123456789012:user/ada");
  EXPECT_EQ(output.user_id, "AIDAEXAMPLE");
}

}  // namespace
}  // namespace tarn::sts
