#include "services/s3/lifecycle_rules.h"

#include <gtest/gtest.h>

#include "lake/test_lake.h"

namespace tarn::s3 {
namespace {

using tarn::testing::refusal;

LifecycleRule rule() {
  LifecycleRule made;
  made.id = "r";
  made.status = ExpirationStatus::enabled;
  made.filter.emplace().prefix = "raw/";
  made.expiration.emplace().days = 5;
  return made;
}

// Terraform polls until the rules that it reads equal those that it sent.
TEST(LifecycleRules, AreToldAsTheyWerePut) {
  LifecycleRule put = rule();
  put.filter = LifecycleRuleFilter{};
  put.filter->and_ = LifecycleRuleAndOperator{.prefix = "a/",
                                              .tags = std::vector<Tag>{{.key = "k", .value = "v"}},
                                              .object_size_greater_than = 1,
                                              .object_size_less_than = 9};
  put.transitions.emplace().push_back({.days = 30, .storage_class = TransitionStorageClass::standard_ia});
  put.noncurrent_version_transitions.emplace().push_back(
      {.noncurrent_days = 1, .storage_class = TransitionStorageClass::glacier, .newer_noncurrent_versions = 2});
  put.noncurrent_version_expiration = NoncurrentVersionExpiration{.noncurrent_days = 3};
  put.abort_incomplete_multipart_upload = AbortIncompleteMultipartUpload{.days_after_initiation = 4};
  const LifecycleRule told = lifecycle_rule_of(rule_of(put));
  EXPECT_EQ(told.id, "r");
  EXPECT_EQ(told.filter->and_->prefix, "a/");
  EXPECT_EQ(told.filter->and_->tags->at(0).value, "v");
  EXPECT_EQ(told.filter->and_->object_size_less_than, 9);
  EXPECT_EQ(told.transitions->at(0).storage_class, TransitionStorageClass::standard_ia);
  EXPECT_EQ(told.noncurrent_version_transitions->at(0).newer_noncurrent_versions, 2);
  EXPECT_EQ(told.noncurrent_version_expiration->noncurrent_days, 3);
  EXPECT_EQ(told.abort_incomplete_multipart_upload->days_after_initiation, 4);
  EXPECT_EQ(told.expiration->days, 5);
}

TEST(LifecycleRules, EveryFormOfFilterIsToldBack) {
  LifecycleRule put = rule();
  EXPECT_EQ(lifecycle_rule_of(rule_of(put)).filter->prefix, "raw/");
  put.filter = LifecycleRuleFilter{};
  const LifecycleRule empty = lifecycle_rule_of(rule_of(put));
  EXPECT_TRUE(empty.filter && !empty.filter->prefix && !empty.filter->and_);
  put.filter->tag = Tag{.key = "k", .value = "v"};
  EXPECT_EQ(lifecycle_rule_of(rule_of(put)).filter->tag->key, "k");
  put.filter = LifecycleRuleFilter{};
  put.filter->object_size_less_than = 7;
  EXPECT_EQ(lifecycle_rule_of(rule_of(put)).filter->object_size_less_than, 7);
  put.filter.reset();
  put.prefix = "old/";
  const LifecycleRule legacy = lifecycle_rule_of(rule_of(put));
  EXPECT_EQ(legacy.prefix, "old/");
  EXPECT_FALSE(legacy.filter);
}

TEST(LifecycleRules, WhatMakesNoSenseIsRefused) {
  const auto refused = [](auto change) {
    LifecycleRule put = rule();
    change(put);
    return refusal([&] { rule_of(put); });
  };
  EXPECT_EQ(refused([](auto& put) { put.filter.reset(); }), "MalformedXML");
  EXPECT_EQ(refused([](auto& put) { put.prefix = "both"; }), "MalformedXML");
  EXPECT_EQ(refused([](auto& put) { put.filter->object_size_less_than = 1; }), "MalformedXML");
  EXPECT_EQ(refused([](auto& put) {
              put.filter = LifecycleRuleFilter{};
              put.filter->and_ = LifecycleRuleAndOperator{.prefix = "alone"};
            }),
            "MalformedXML");
  EXPECT_EQ(refused([](auto& put) { put.expiration->date = from_millis(0); }), "MalformedXML");
  EXPECT_EQ(refused([](auto& put) { put.expiration = LifecycleExpiration{}; }), "MalformedXML");
  EXPECT_EQ(refused([](auto& put) { put.expiration->days = 0; }), "InvalidArgument");
  EXPECT_EQ(refused([](auto& put) { put.expiration->days = -1; }), "InvalidArgument");
  EXPECT_EQ(refused([](auto& put) { put.transitions.emplace().push_back({.days = 1}); }), "MalformedXML");
  EXPECT_EQ(refused([](auto& put) {
              put.noncurrent_version_expiration =
                  NoncurrentVersionExpiration{.noncurrent_days = 1, .newer_noncurrent_versions = 101};
            }),
            "InvalidArgument");
}

}  // namespace
}  // namespace tarn::s3
