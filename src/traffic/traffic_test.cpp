#include "traffic/traffic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/eventually.h"
#include "base/pack.h"
#include "objects/testing.h"

namespace tarn::traffic {
namespace {

using objects::testing::ListedAccess;
using objects::testing::MemoryBlobs;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

objects::Bucket bucket() {
  return {.name = BucketName::trusted("photos"),
          .id = "1",
          .owner = AccountId::trusted("111122223333"),
          .region = "us-east-1",
          .created = {},
          .configurations = {}};
}

aws::ServedRequest request(std::string operation, std::string method, std::string target, std::string key = {}) {
  aws::ServedRequest served;
  served.received = from_millis(1'549'411'238'000);  // 2019-02-06 00:00:38
  served.request_id = "ID";
  served.operation = std::move(operation);
  served.method = std::move(method);
  served.target = std::move(target);
  served.key = std::move(key);
  served.peer_ip = "192.0.2.3";
  served.host = "photos.s3.test";
  served.status = 200;
  served.turn_around = Milliseconds(7);
  served.total = Milliseconds(70);
  return served;
}

TEST(AccessLog, ALineHasAllFieldsInTheirOrder) {
  aws::ServedRequest served = request("GetObject", "GET", "/photos/a%20b", "a b");
  served.principal.kind = policy::Principal::Kind::user;
  served.principal.arn = "arn:aws:iam::111122223333:user/ada";
  served.bytes_sent = 5;
  served.object_size = 10;
  served.user_agent = "S3Console/0.4";
  served.version_id = "V";
  served.signature_version = "AWS4-HMAC-SHA256";
  served.auth_type = "REST-HEADER";
  EXPECT_EQ(log_line(bucket(), served),
            policy::canonical_user_id(AccountId::trusted("111122223333")) +
                " photos [06/Feb/2019:00:00:38 +0000] 192.0.2.3 arn:aws:iam::111122223333:user/ada ID "
                "REST.GET.OBJECT a%20b \"GET /photos/a%20b HTTP/1.1\" 200 - 5 10 70 7 \"-\" \"S3Console/0.4\" V ID "
                "SigV4 - AuthHeader photos.s3.test - - - us-east-1\n");
}

TEST(AccessLog, ABatchOfDeletionsHasALineForEachKey) {
  aws::ServedRequest served = request("DeleteObjects", "POST", "/photos?delete");
  served.items = {{.key = "a b", .version_id = {}, .error_code = {}},
                  {.key = "c", .version_id = "V", .error_code = "AccessDenied"}};
  const std::string lines = log_lines(bucket(), served);
  EXPECT_EQ(std::ranges::count(lines, '\n'), 3);
  EXPECT_THAT(lines, HasSubstr(" ID REST.POST.MULTI_OBJECT_DELETE - \"POST /photos?delete HTTP/1.1\" 200 "));
  EXPECT_THAT(lines, HasSubstr(" ID BATCH.DELETE.OBJECT a%20b - 204 - - - - - - - - ID - - - "
                               "photos.s3.test - - - us-east-1\n"));
  EXPECT_THAT(lines, HasSubstr(" BATCH.DELETE.OBJECT c - 403 AccessDenied - - - - - - V ID "));
}

TEST(AccessLog, WhatClientsSendForgesNothing) {
  aws::ServedRequest served = request("", "GET", "/photos/\" 200 - \"");
  served.user_agent = "a\"b\nc";
  served.host = "h - -\n";
  const std::string line = log_line(bucket(), served);
  EXPECT_EQ(std::ranges::count(line, '\n'), 1);
  EXPECT_EQ(std::ranges::count(line, '"'), 6);
  EXPECT_THAT(line, HasSubstr("\"a%22b%0Ac\""));
  EXPECT_THAT(line, HasSubstr(" h+-+-%0A "));
}

TEST(AccessLog, OperationsAreCalledAsS3CallsThem) {
  const auto named = [](std::string operation, std::string method, std::string target, std::string key = {}) {
    return log_operation(request(std::move(operation), std::move(method), std::move(target), std::move(key)));
  };
  EXPECT_EQ(named("ListObjectsV2", "GET", "/photos?list-type=2"), "REST.GET.BUCKET");
  EXPECT_EQ(named("HeadObject", "HEAD", "/photos/a", "a"), "REST.HEAD.OBJECT");
  EXPECT_EQ(named("GetBucketVersioning", "GET", "/photos?versioning"), "REST.GET.VERSIONING");
  EXPECT_EQ(named("GetBucketLogging", "GET", "/photos?logging"), "REST.GET.LOGGING_STATUS");
  EXPECT_EQ(named("PutObjectAcl", "PUT", "/photos/a?acl", "a"), "REST.PUT.ACL");
  EXPECT_EQ(named("CopyObject", "PUT", "/photos/a", "a"), "REST.COPY.OBJECT");
  EXPECT_EQ(named("CreateMultipartUpload", "POST", "/photos/a?uploads", "a"), "REST.POST.UPLOADS");
  EXPECT_EQ(named("UploadPart", "PUT", "/photos/a?partNumber=1&uploadId=x", "a"), "REST.PUT.PART");
  aws::ServedRequest page = request("GetObject", "GET", "/", "index.html");
  page.website = true;
  EXPECT_EQ(log_operation(page), "WEBSITE.GET.OBJECT");
}

TEST(AccessLog, KeysTellWhen) {
  LoggingConfiguration to{.target_bucket = "logs", .prefix = "p/", .partitioned = {}};
  const Timestamp when = from_millis(1'549'411'238'000);
  EXPECT_EQ(log_key(to, bucket(), when, {}, "U"), "p/2019-02-06-00-00-38-U");
  to.partitioned = DateSource::delivery_time;
  EXPECT_EQ(log_key(to, bucket(), when, {}, "U"), "p/111122223333/us-east-1/photos/2019/02/06/2019-02-06-00-00-38-U");
  to.partitioned = DateSource::event_time;
  EXPECT_EQ(log_key(to, bucket(), when, from_millis(1'549'324'800'000), "U"),
            "p/111122223333/us-east-1/photos/2019/02/05/2019-02-05-00-00-00-U");
}

TEST(AccessLog, ConfigurationsAreKeptAsTheyAre) {
  const LoggingConfiguration to{.target_bucket = "logs", .prefix = "p/", .partitioned = DateSource::event_time};
  EXPECT_EQ(unpack_logging(pack(to)), to);
  EXPECT_THROW(unpack_logging("\x09"), std::runtime_error);
  EXPECT_THROW(unpack_logging(""), std::runtime_error);
}

TEST(RequestMetrics, FiltersCountByPrefix) {
  RequestMetrics metrics;
  const std::vector<MetricsConfiguration> configurations{{.id = "all", .prefix = {}},
                                                         {.id = "docs", .filtered = true, .prefix = "docs/"}};
  EXPECT_EQ(unpack_metrics(pack(configurations)), configurations);
  EXPECT_EQ(metrics.text(), "");
  aws::ServedRequest get = request("GetObject", "GET", "/photos/docs/a", "docs/a");
  get.bytes_sent = 100;
  metrics.count("photos", configurations, get);
  get.key = "other";
  get.status = 404;
  metrics.count("photos", configurations, get);
  metrics.count("photos", configurations, request("ListObjectsV2", "GET", "/photos"));
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("tarn_bucket_requests_total{bucket=\"photos\",filter=\"all\",type=\"Get\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("tarn_bucket_requests_total{bucket=\"photos\",filter=\"all\",type=\"List\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("tarn_bucket_requests_total{bucket=\"photos\",filter=\"docs\",type=\"Get\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("tarn_bucket_errors_4xx_total{bucket=\"photos\",filter=\"all\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("tarn_bucket_downloaded_bytes_total{bucket=\"photos\",filter=\"docs\"} 100\n"));
}

TEST(RequestMetrics, FiltersCountByTags) {
  RequestMetrics metrics;
  const std::vector<MetricsConfiguration> configurations{
      {.id = "red", .filtered = true, .prefix = {}, .tags = {{"colour", "red"}}},
      {.id = "both", .filtered = true, .prefix = "docs/", .tags = {{"colour", "red"}}, .filter_and = true}};
  EXPECT_EQ(unpack_metrics(pack(configurations)), configurations);
  const auto get = [&](std::string key, const objects::Tags& tags) {
    metrics.count("photos", configurations, request("GetObject", "GET", "/photos/" + key, key), tags);
  };
  get("docs/a", {{"size", "1"}, {"colour", "red"}});
  get("a", {{"colour", "red"}});
  get("docs/b", {{"colour", "blue"}});
  get("docs/c", {});
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("tarn_bucket_requests_total{bucket=\"photos\",filter=\"red\",type=\"Get\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("tarn_bucket_requests_total{bucket=\"photos\",filter=\"both\",type=\"Get\"} 1\n"));
}

TEST(RequestMetrics, ConfigurationsOfTheFirstFormatAreRead) {
  std::string document;
  Packer(document).byte(1).number(1).text("docs").byte(1).text("docs/");
  const std::vector<MetricsConfiguration> expected{{.id = "docs", .filtered = true, .prefix = "docs/"}};
  EXPECT_EQ(unpack_metrics(document), expected);
  EXPECT_THROW(unpack_metrics("\x03"), std::runtime_error);
}

class TrafficTest : public testing::Test {
 protected:
  TrafficTest() {
    sync_wait(objects_.create_bucket(*access_, {.name = source_}));
    sync_wait(objects_.create_bucket(*access_, {.name = target_}));
  }
  ~TrafficTest() override { queue_.stop(kPatience); }

  void log_into(LoggingConfiguration to) {
    sync_wait(objects_.put_configuration(*access_, source_, objects::ConfigurationKind::logging, pack(to)));
    traffic_.wanted();
  }
  bool serve(aws::ServedRequest served) {
    const auto watcher = sync_wait(traffic_.watcher(source_.text(), served.key));
    if (watcher) watcher(std::move(served));
    return static_cast<bool>(watcher);
  }
  std::map<std::string, std::string> delivered() {
    std::map<std::string, std::string> found;
    const auto page = sync_wait(objects_.list(*access_, {.bucket = target_}));
    for (const auto& object : page.objects) {
      found[object.key] = *sync_wait(objects_.read_all(*access_, target_, ObjectKey::trusted(object.key), 10 << 20));
    }
    return found;
  }

  const BucketName source_ = BucketName::trusted("photos");
  const BucketName target_ = BucketName::trusted("logs");
  ManualClock clock_{from_millis(1'700'000'000'000)};
  SeededRandom random_{1};
  meta::MemoryStore meta_;
  MemoryBlobs blobs_;
  std::shared_ptr<ListedAccess> access_ = std::make_shared<ListedAccess>();
  std::shared_ptr<ListedAccess> service_ = std::make_shared<ListedAccess>();
  objects::Objects objects_{{.meta = meta_, .blobs = blobs_, .clock = clock_, .random = random_}};
  work::Queue queue_{meta_, clock_};
  std::string service_name_;
  policy::Facts facts_;
  Traffic traffic_{{.objects = objects_,
                    .queue = queue_,
                    .lake = clock_,
                    .random = random_,
                    .service_access = [this](std::string service, policy::Facts facts) {
                      service_name_ = std::move(service);
                      facts_ = std::move(facts);
                      return service_;
                    }}};
};

TEST_F(TrafficTest, LinesBecomeAnObject) {
  EXPECT_FALSE(serve(request("GetObject", "GET", "/photos/a", "a"))) << "nobody wants to know";
  log_into({.target_bucket = "logs", .prefix = "p/", .partitioned = {}});
  EXPECT_TRUE(serve(request("GetObject", "GET", "/photos/a", "a")));
  EXPECT_TRUE(serve(request("HeadObject", "HEAD", "/photos/b", "b")));
  EXPECT_TRUE(delivered().empty());
  sync_wait(traffic_.deliver());
  const auto found = delivered();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found.begin()->first, MatchesRegex("p/2023-11-14-22-13-20-[0-9A-F]{16}"));
  EXPECT_EQ(std::ranges::count(found.begin()->second, '\n'), 2);
  EXPECT_EQ(service_name_, "logging.s3.amazonaws.com");
  EXPECT_THAT(facts_,
              ::testing::Contains(::testing::Pair("aws:SourceArn", testing::ElementsAre("arn:aws:s3:::photos"))));
  sync_wait(traffic_.deliver());
  EXPECT_EQ(delivered().size(), 1u) << "nothing is told twice";
}

TEST_F(TrafficTest, DaysAreKeptApartByEventTime) {
  log_into({.target_bucket = "logs", .prefix = {}, .partitioned = DateSource::event_time});
  aws::ServedRequest first = request("GetObject", "GET", "/photos/a", "a");
  aws::ServedRequest second = first;
  second.received += std::chrono::hours(24);
  serve(first);
  serve(second);
  sync_wait(traffic_.deliver());
  const auto found = delivered();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_THAT(found.begin()->first,
              MatchesRegex("111122223333/us-east-1/photos/2019/02/06/2019-02-06-00-00-00-[0-9A-F]{16}"));
}

TEST_F(TrafficTest, WhatTheTargetRefusesIsDropped) {
  log_into({.target_bucket = "logs", .prefix = {}, .partitioned = {}});
  service_->refusals.insert("s3:PutObject");
  const auto bucket = sync_wait(objects_.peek_bucket(source_));
  EXPECT_FALSE(sync_wait(traffic_.may_deliver(bucket, {.target_bucket = "logs", .prefix = {}, .partitioned = {}})));
  serve(request("GetObject", "GET", "/photos/a", "a"));
  sync_wait(traffic_.deliver());
  service_->refusals.clear();
  sync_wait(traffic_.deliver());
  EXPECT_TRUE(delivered().empty());
  EXPECT_TRUE(sync_wait(traffic_.may_deliver(bucket, {.target_bucket = "logs", .prefix = {}, .partitioned = {}})));
}

TEST_F(TrafficTest, TimeAndSizeDeliver) {
  log_into({.target_bucket = "logs", .prefix = {}, .partitioned = {}});
  sync_wait(queue_.start());
  const auto wait_for = [this](std::size_t count) {
    (void)eventually([&] { return delivered().size() >= count; });
    return delivered().size();
  };
  serve(request("GetObject", "GET", "/photos/a", "a"));
  clock_.advance(std::chrono::minutes(6));
  queue_.clock_moved();
  EXPECT_EQ(wait_for(1), 1u);
  aws::ServedRequest large = request("GetObject", "GET", "/photos/a", "a");
  large.user_agent = std::string(600'000, 'x');
  serve(large);
  serve(large);
  EXPECT_EQ(wait_for(2), 2u);
}

TEST_F(TrafficTest, OpenLooksForBucketsThatWantSomething) {
  sync_wait(traffic_.open());
  EXPECT_FALSE(traffic_.active());
  sync_wait(objects_.put_configuration(*access_, source_, objects::ConfigurationKind::metrics,
                                       pack(std::vector<MetricsConfiguration>{{.id = "a", .prefix = {}}})));
  sync_wait(traffic_.open());
  EXPECT_TRUE(traffic_.active());
  EXPECT_TRUE(serve(request("GetObject", "GET", "/photos/a", "a")));
  EXPECT_THAT(traffic_.metrics(), HasSubstr("filter=\"a\",type=\"Get\"} 1"));
}

}  // namespace
}  // namespace tarn::traffic
