// Logging, metrics and website configurations between S3's words and the domain's.
#include <gtest/gtest.h>

#include "lake/test_lake.h"
#include "services/s3/logging_words.h"
#include "services/s3/metrics_words.h"
#include "services/s3/website_words.h"

namespace tarn::s3 {
namespace {

using testing::refusal;

TEST(LoggingWords, FormatsOfKeys) {
  LoggingEnabled asked;
  asked.target_bucket = "logs";
  asked.target_prefix = "p/";
  EXPECT_EQ(logging_in(asked),
            (traffic::LoggingConfiguration{.target_bucket = "logs", .prefix = "p/", .partitioned = {}}));
  EXPECT_FALSE(logging_out(logging_in(asked)).target_object_key_format);
  asked.target_object_key_format.emplace().simple_prefix.emplace();
  EXPECT_TRUE(logging_out(logging_in(asked)).target_object_key_format->simple_prefix);
  asked.target_object_key_format->partitioned_prefix.emplace().partition_date_source = PartitionDateSource::event_time;
  EXPECT_EQ(refusal([&] { logging_in(asked); }), "MalformedXML") << "one of the two";
  asked.target_object_key_format->simple_prefix.reset();
  EXPECT_EQ(logging_in(asked).partitioned, traffic::DateSource::event_time);
  EXPECT_EQ(logging_out(logging_in(asked)).target_object_key_format->partitioned_prefix->partition_date_source,
            PartitionDateSource::event_time);
  asked.target_object_key_format->partitioned_prefix->partition_date_source.reset();
  EXPECT_EQ(refusal([&] { logging_in(asked); }), "MalformedXML");
}

TEST(LoggingWords, WhatIsNotHonouredIsRefused) {
  LoggingEnabled asked;
  asked.target_bucket = "logs";
  asked.target_grants.emplace().emplace_back();
  EXPECT_EQ(refusal([&] { logging_in(asked); }), "NotImplemented");
  asked.target_grants.reset();
  asked.target_prefix = std::string(1000, 'x');
  EXPECT_EQ(refusal([&] { logging_in(asked); }), "InvalidArgument");
}

TEST(MetricsWords, FiltersArePrefixes) {
  MetricsConfiguration asked;
  asked.id = "all";
  EXPECT_FALSE(metrics_in("all", asked).filtered);
  EXPECT_FALSE(metrics_out(metrics_in("all", asked)).filter);
  EXPECT_EQ(refusal([&] { metrics_in("other", asked); }), "InvalidArgument");
  asked.filter.emplace().prefix = "a/";
  EXPECT_EQ(metrics_out(metrics_in("all", asked)).filter->prefix, "a/");
  asked.filter->access_point_arn = "arn:aws:s3:us-east-1:111122223333:accesspoint/a";
  EXPECT_EQ(refusal([&] { metrics_in("all", asked); }), "NotImplemented");
  asked.filter.emplace();
  EXPECT_EQ(refusal([&] { metrics_in("all", asked); }), "MalformedXML");
  for (const std::string id : {"", "a b", "a\"b"}) {
    asked.id = id;
    EXPECT_EQ(refusal([&] { metrics_in(id, asked); }), "InvalidConfigurationId") << id;
  }
}

TEST(WebsiteWords, RulesNeedTheirParts) {
  WebsiteConfiguration asked;
  EXPECT_EQ(refusal([&] { website_in(asked); }), "InvalidArgument");
  asked.index_document.emplace().suffix = "index.html";
  EXPECT_EQ(website_in(asked).index_suffix, "index.html");
  RoutingRule& rule = asked.routing_rules.emplace().emplace_back();
  rule.redirect.host_name = "h.test";
  rule.condition.emplace();
  EXPECT_EQ(refusal([&] { website_in(asked); }), "InvalidRequest");
  rule.condition->http_error_code_returned_equals = "404";
  EXPECT_EQ(website_in(asked).rules[0].error_status, 404);
  rule.redirect.http_redirect_code = "30x";
  EXPECT_EQ(refusal([&] { website_in(asked); }), "InvalidRequest");
  asked.error_document.emplace().key = std::string(2000, 'x');
  EXPECT_EQ(refusal([&] { website_in(asked); }), "KeyTooLongError");
}

}  // namespace
}  // namespace tarn::s3
