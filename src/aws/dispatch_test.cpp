#include "aws/dispatch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/glue/model.h"
#include "api/s3/delete_object.h"
#include "api/s3/get_object.h"
#include "api/s3/list_buckets.h"
#include "api/s3/model.h"
#include "api/s3/put_bucket_versioning.h"
#include "api/s3/put_object.h"
#include "api/sts/get_caller_identity.h"
#include "api/sts/model.h"
#include "aws/test_request.h"
#include "base/checksum.h"
#include "base/digest.h"
#include "base/gzip.h"

namespace tarn::s3 {
struct S3 {
  const aws::Call& call;
};
}  // namespace tarn::s3
namespace tarn::sts {
struct Sts {
  const aws::Call& call;
};
}  // namespace tarn::sts
namespace tarn::glue {
struct Glue {};
}  // namespace tarn::glue

namespace tarn::aws {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

Task<s3::GetObjectOutput> get_object(s3::S3&, s3::GetObjectRequest request) {
  if (request.key == "missing") {
    throw Error(s3::errors::no_such_key, "The specified key does not exist.").with("Key", request.key);
  }
  if (request.key == "broken") throw std::runtime_error("a secret path");
  s3::GetObjectOutput output;
  output.http_status = request.range ? 206 : 200;
  output.content_length = 5;
  output.e_tag = "\"abc\"";
  output.metadata.emplace()["colour"] = "blue";
  output.last_modified = from_millis(0);
  output.body = text_stream("hello");
  co_return output;
}

Task<s3::PutObjectOutput> put_object(s3::S3&, s3::PutObjectRequest request) {
  s3::PutObjectOutput output;
  auto text = co_await read_all(request.body.get(), 100);
  output.e_tag = *text + "/" + std::to_string(*request.content_length);
  output.expiration = request.content_encoding.value_or("none");
  co_return output;
}

Task<s3::DeleteObjectOutput> delete_object(s3::S3&, s3::DeleteObjectRequest) {
  co_return s3::DeleteObjectOutput{};
}

TaskCompanion* seen_companion = nullptr;

Task<s3::PutBucketVersioningOutput> put_bucket_versioning(s3::S3&, s3::PutBucketVersioningRequest) {
  seen_companion = co_await current_companion();
  co_return s3::PutBucketVersioningOutput{};
}

Task<s3::ListBucketsOutput> list_buckets(s3::S3& s3, s3::ListBucketsRequest) {
  s3::ListBucketsOutput output;
  output.owner = s3::Owner{.id = s3.call.access.principal().arn};
  output.buckets = {s3::Bucket{.name = "a<b", .creation_date = from_millis(0)}};
  co_return output;
}

Task<sts::GetCallerIdentityOutput> get_caller_identity(sts::Sts& sts, sts::GetCallerIdentityRequest) {
  sts::GetCallerIdentityOutput output;
  output.arn = sts.call.access.principal().arn;
  co_return output;
}

template <typename Context>
void put(Handlers<Context>& handlers, const Model& model, std::string_view name, Invoke<Context> handler) {
  handlers.resize(model.operations.size());
  for (std::size_t i = 0; i < model.operations.size(); ++i) {
    if (model.operations[i].name == name) handlers[i] = handler;
  }
}

class Believer : public Authenticator {
 public:
  Task<Authenticated> authenticate(http::Request& request, std::string_view service) override {
    service_ = service;
    Authenticated result;
    if (request.header("Authorization")) {
      result.principal = {.kind = policy::Principal::Kind::user,
                          .account = AccountId::parse("123456789012"),
                          .arn = "arn:aws:iam::123456789012:user/ada"};
      result.region = "eu-west-1";
      result.auth_type = "REST-HEADER";
    }
    result.body = std::move(request.body);
    result.body_length = request.content_length;
    co_return result;
  }
  std::string service_;
};

struct Asked {
  std::string action;
  std::string resource;
  policy::Facts facts;
};

class AccessOf : public policy::Access {
 public:
  AccessOf(policy::Principal principal, policy::Facts facts, std::vector<Asked>& asked, const std::string& denied)
      : principal_(std::move(principal)), facts_(std::move(facts)), asked_(asked), denied_(denied) {}
  const policy::Principal& principal() const override { return principal_; }
  const policy::Facts& request_facts() const override { return facts_; }
  Task<policy::Decision> decide(std::string action, std::string resource, policy::Facts facts) const override {
    asked_.push_back({action, resource, facts});
    co_return policy::Decision{.kind = action == denied_ ? policy::Decision::Kind::implicit_deny
                                                         : policy::Decision::Kind::allow};
  }

 private:
  policy::Principal principal_;
  policy::Facts facts_;
  std::vector<Asked>& asked_;
  const std::string& denied_;
};

class Recorder : public Authorizer, public AuditSink {
 public:
  Task<std::shared_ptr<const policy::Access>> access(const policy::Principal& principal, std::string_view service,
                                                     std::function<policy::Facts()> facts) override {
    asked_service = service;
    request_facts = facts();
    co_return std::make_shared<AccessOf>(principal, request_facts, asked, denied);
  }
  bool wants(const Model&, const Operation& operation) const override { return !operation.data; }
  std::unique_ptr<TaskCompanion> begin(AuditEvent event) override {
    begun.push_back(std::string(event.operation->name));
    return std::make_unique<TaskCompanion>();
  }
  void record(AuditEvent event, std::unique_ptr<TaskCompanion> companion) override {
    if (companion) ended.push_back(std::string(event.operation->name));
    events.push_back(std::move(event));
  }

  std::vector<Asked> asked;
  std::string denied;
  std::string asked_service;
  policy::Facts request_facts;
  std::vector<AuditEvent> events;
  std::vector<std::string> begun, ended;  // Of calls with a companion.
};

class DispatchTest : public ::testing::Test {
 protected:
  DispatchTest()
      : dispatcher_({.region = "us-east-1", .domains = {"s3.example.org"}}, {.authenticator = believer_,
                                                                             .authorizer = recorder_,
                                                                             .audit = recorder_,
                                                                             .wall = clock_,
                                                                             .random = random_}) {
    put<s3::S3>(s3_, s3::model(), "GetObject", invoke<&get_object>);
    put<s3::S3>(s3_, s3::model(), "PutObject", invoke<&put_object>);
    put<s3::S3>(s3_, s3::model(), "ListBuckets", invoke<&list_buckets>);
    put<s3::S3>(s3_, s3::model(), "DeleteObject", invoke<&delete_object>);
    put<s3::S3>(s3_, s3::model(), "PutBucketVersioning", invoke<&put_bucket_versioning>);
    put<sts::Sts>(sts_, sts::model(), "GetCallerIdentity", invoke<&get_caller_identity>);
    glue_.resize(glue::model().operations.size());
    dispatcher_.add(make_service<s3::S3>(s3::model(), s3_, [](const Call& call) { return s3::S3{.call = call}; }));
    dispatcher_.add(
        make_service<sts::Sts>(sts::model(), sts_, [](const Call& call) { return sts::Sts{.call = call}; }));
    dispatcher_.add(make_service<glue::Glue>(glue::model(), glue_, [](const Call&) { return glue::Glue{}; }));
  }

  http::Response ask(TestRequest& request) {
    http::Response response = sync_wait(dispatcher_.handle(request));
    if (response.stream) response.text = *sync_wait(read_all(response.stream.get(), 1000));
    return response;
  }

  Believer believer_;
  Recorder recorder_;
  ManualClock clock_{from_millis(1'700'000'000'000)};
  SeededRandom random_{1};
  Handlers<s3::S3> s3_;
  Handlers<sts::Sts> sts_;
  Handlers<glue::Glue> glue_;
  Dispatcher dispatcher_;
};

TEST_F(DispatchTest, AStreamedObjectComesWithItsHeaders) {
  TestRequest request("GET", "/photos/2026/a%20b.jpg");
  request.signed_for("s3");
  const http::Response response = ask(request);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.text, "hello");
  EXPECT_EQ(response.length, 5u);
  EXPECT_EQ(response.headers.find("ETag"), "\"abc\"");
  EXPECT_EQ(response.headers.find("x-amz-meta-colour"), "blue");
  EXPECT_EQ(response.headers.find("Last-Modified"), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_TRUE(response.headers.contains("x-amz-request-id"));
  EXPECT_THAT(recorder_.request_facts, ::testing::Contains(Pair("aws:RequestedRegion", ElementsAre("eu-west-1"))));
  EXPECT_EQ(recorder_.asked_service, "s3");
}

TEST_F(DispatchTest, TheHandlerMayChooseTheStatus) {
  TestRequest request("GET", "/photos/a");
  request.signed_for("s3").header("Range", "bytes=0-4");
  EXPECT_EQ(ask(request).status, 206);
}

TEST_F(DispatchTest, WhatTheListSaysIsAsked) {
  TestRequest request("DELETE", "/photos/2026/a%20b.jpg");
  ask(request.signed_for("s3"));
  ASSERT_EQ(recorder_.asked.size(), 1u);
  EXPECT_EQ(recorder_.asked[0].action, "s3:DeleteObject");
  EXPECT_EQ(recorder_.asked[0].resource, "arn:aws:s3:::photos/2026/a b.jpg");
}

TEST_F(DispatchTest, AVersionNeedsAnotherAction) {
  TestRequest request("DELETE", "/photos/a?versionId=v1");
  ask(request.signed_for("s3"));
  ASSERT_EQ(recorder_.asked.size(), 1u);
  EXPECT_EQ(recorder_.asked[0].action, "s3:DeleteObjectVersion");
  EXPECT_THAT(recorder_.asked[0].facts, ElementsAre(Pair("s3:versionid", ElementsAre("v1"))));
}

TEST_F(DispatchTest, TheBucketMayStandInTheHost) {
  TestRequest request("DELETE", "/a");
  ask(request.header("Host", "photos.S3.example.org:80").signed_for("s3"));
  ASSERT_EQ(recorder_.asked.size(), 1u);
  EXPECT_EQ(recorder_.asked[0].resource, "arn:aws:s3:::photos/a");
}

TEST_F(DispatchTest, AnErrorOfS3NamesTheResourceAndItsDetails) {
  TestRequest request("GET", "/photos/missing");
  const http::Response response = ask(request.signed_for("s3"));
  EXPECT_EQ(response.status, 404);
  EXPECT_THAT(response.text,
              HasSubstr("<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message>"
                        "<Resource>/photos/missing</Resource><Key>missing</Key><RequestId>"));
}

TEST_F(DispatchTest, AnAccidentTellsNothing) {
  TestRequest request("GET", "/photos/broken");
  const http::Response response = ask(request.signed_for("s3"));
  EXPECT_EQ(response.status, 500);
  EXPECT_THAT(response.text, HasSubstr("<Code>InternalError</Code>"));
  EXPECT_THAT(response.text, Not(HasSubstr("secret")));
}

TEST_F(DispatchTest, ABodyGoesToTheHandlerAsItStreams) {
  TestRequest request("PUT", "/photos/a");
  request.signed_for("s3").header("Content-Encoding", "aws-chunked,gzip").body("bytes");
  const http::Response response = ask(request);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.find("ETag"), "bytes/5");
  EXPECT_EQ(response.headers.find("x-amz-expiration"), "gzip");
}

TEST_F(DispatchTest, ADenialIsAnsweredAndAudited) {
  recorder_.denied = "s3:DeleteObject";
  TestRequest request("DELETE", "/photos/a");
  const http::Response response = ask(request.signed_for("s3"));
  EXPECT_EQ(response.status, 403);
  EXPECT_THAT(response.text, HasSubstr("<Code>AccessDenied</Code>"));
  ASSERT_EQ(recorder_.events.size(), 1u);
  EXPECT_TRUE(recorder_.events[0].denied);
  EXPECT_EQ(recorder_.events[0].error_code, "AccessDenied");
}

TEST_F(DispatchTest, TheAuditGoesAlongWithWhatMayChangeSomething) {
  const std::string body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
  TestRequest versioning("PUT", "/photos?versioning");
  versioning.header("Content-MD5", to_base64(as_bytes(md5(as_bytes(body))))).signed_for("s3").body(body);
  seen_companion = nullptr;
  EXPECT_EQ(ask(versioning).status, 200);
  EXPECT_NE(seen_companion, nullptr);
  TestRequest buckets("GET", "/?x-id=ListBuckets");
  EXPECT_EQ(ask(buckets.signed_for("s3")).status, 200);
  TestRequest object("PUT", "/photos/a");
  EXPECT_EQ(ask(object.signed_for("s3").body("hello")).status, 200);
  EXPECT_THAT(recorder_.begun, ElementsAre("PutBucketVersioning")) << "neither reads nor data that nobody wants";
  EXPECT_EQ(recorder_.ended, recorder_.begun);
}

TEST_F(DispatchTest, UnsignedIsForWhatMayBeAnonymous) {
  TestRequest object("GET", "/photos/a");
  EXPECT_EQ(ask(object).status, 200);
  TestRequest buckets("GET", "/");
  const http::Response response = ask(buckets);
  EXPECT_EQ(response.status, 403);
  EXPECT_THAT(response.text, HasSubstr("<Code>AccessDenied</Code>"));
}

TEST_F(DispatchTest, ListsAreXmlWithTheRootThatClientsKnow) {
  TestRequest request("GET", "/?x-id=ListBuckets");
  const http::Response response = ask(request.signed_for("s3"));
  EXPECT_EQ(response.headers.find("Content-Type"), "application/xml");
  EXPECT_THAT(response.text,
              HasSubstr("<ListAllMyBucketsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Buckets><Bucket>"
                        "<Name>a&lt;b</Name><CreationDate>1970-01-01T00:00:00.000Z</CreationDate></Bucket></Buckets>"));
  ASSERT_EQ(recorder_.events.size(), 1u);
  EXPECT_EQ(recorder_.events[0].operation->name, "ListBuckets");
}

TEST_F(DispatchTest, WhatIsNotListedIsNotImplemented) {
  TestRequest request("PUT", "/photos?website");
  const http::Response response = ask(request.signed_for("s3").body("<WebsiteConfiguration/>"));
  EXPECT_EQ(response.status, 501);
  EXPECT_THAT(response.text, HasSubstr("<Code>NotImplemented</Code>"));
  EXPECT_THAT(response.text, HasSubstr("PutBucketWebsite"));
}

TEST_F(DispatchTest, XmlThatIsNoneIsMalformed) {
  for (const std::string_view body : {"", "<VersioningConfiguration>", "<Other/>", "{}",
                                      "<VersioningConfiguration><Status>Maybe</Status></VersioningConfiguration>"}) {
    TestRequest request("PUT", "/photos?versioning");
    request.header("Content-MD5", to_base64(as_bytes(md5(as_bytes(body)))));
    const http::Response response = ask(request.signed_for("s3").body(body));
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_THAT(response.text, HasSubstr(body.empty() ? "MissingRequestBodyError" : "MalformedXML")) << body;
  }
}

TEST_F(DispatchTest, ADocumentIsWhatItsDigestsSay) {
  const std::string body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
  const auto answer = [&](std::string_view header, std::string_view value) {
    TestRequest request("PUT", "/photos?versioning");
    if (!header.empty()) request.header(header, value);
    return ask(request.signed_for("s3").body(body)).text;
  };
  EXPECT_EQ(answer("Content-MD5", to_base64(as_bytes(md5(as_bytes(body))))), "");
  EXPECT_EQ(answer("x-amz-checksum-crc32", to_base64(as_bytes(checksum_of(ChecksumAlgorithm::crc32, as_bytes(body))))),
            "");
  EXPECT_THAT(answer("Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA=="), HasSubstr("<Code>BadDigest</Code>"));
  EXPECT_THAT(answer("Content-MD5", "nonsense"), HasSubstr("<Code>InvalidDigest</Code>"));
  EXPECT_THAT(answer("x-amz-checksum-sha256", "AAAA"), HasSubstr("<Code>InvalidRequest</Code>"));
  EXPECT_THAT(answer("x-amz-checksum-crc32c", "AAAAAA=="), HasSubstr("<Code>BadDigest</Code>"));
  EXPECT_THAT(answer("", ""), HasSubstr("Missing required header for this request: Content-MD5"));
}

TEST_F(DispatchTest, AnUnknownStorageClassHasItsOwnName) {
  TestRequest request("PUT", "/photos/a");
  const http::Response response = ask(request.signed_for("s3").header("x-amz-storage-class", "WARM").body("x"));
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.text, HasSubstr("<Code>InvalidStorageClass</Code>"));
}

TEST_F(DispatchTest, ABodyBeyondTheLimitIsRefusedUnread) {
  TestRequest request("PUT", "/photos?versioning");
  request.signed_for("s3");
  request.get().content_length = std::uint64_t{1} << 40;
  const http::Response response = ask(request);
  EXPECT_EQ(response.status, 400);
  EXPECT_TRUE(response.close);
  EXPECT_THAT(response.text, HasSubstr("<Code>EntityTooLarge</Code>"));
}

TEST_F(DispatchTest, ABodyOfUnknownLengthIsCutAtTheLimit) {
  TestRequest request("PUT", "/photos?versioning");
  request.signed_for("s3").body(std::string((1 << 20) + 1, ' '));
  request.get().content_length = std::nullopt;
  EXPECT_THAT(ask(request).text, HasSubstr("<Code>EntityTooLarge</Code>"));
}

TEST_F(DispatchTest, QueryServicesAnswerInTheirXml) {
  TestRequest request("POST", "/");
  request.signed_for("sts").header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
  const http::Response response = ask(request.body("Action=GetCallerIdentity&Version=2011-06-15"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(believer_.service_, "sts");
  EXPECT_EQ(response.headers.find("Content-Type"), "text/xml");
  EXPECT_THAT(
      response.text,
      HasSubstr("<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
                "<GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ada</Arn></GetCallerIdentityResult>"
                "<ResponseMetadata><RequestId>"));
}

TEST_F(DispatchTest, FormsMayComeCompressed) {
  TestRequest request("POST", "/");
  request.header("Content-Type", "application/x-www-form-urlencoded").header("Content-Encoding", "gzip");
  request.signed_for("sts").body(gzip("Action=GetCallerIdentity&Version=2011-06-15"));
  const http::Response response = ask(request);
  EXPECT_EQ(response.status, 200) << response.text;
  EXPECT_THAT(response.text, HasSubstr("<GetCallerIdentityResult>"));
}

TEST_F(DispatchTest, WhatIsNotCompressedAsItSaysIsRefused) {
  TestRequest request("POST", "/");
  request.header("Content-Type", "application/x-www-form-urlencoded").header("Content-Encoding", "GZIP");
  request.signed_for("sts").body("Action=GetCallerIdentity&Version=2011-06-15");
  EXPECT_EQ(ask(request).status, 400);
  TestRequest bomb("POST", "/");
  bomb.header("Content-Type", "application/x-www-form-urlencoded").header("Content-Encoding", "gzip");
  bomb.signed_for("sts").body(gzip(std::string(16 << 20, 'a')));
  EXPECT_EQ(ask(bomb).status, 413);
}

TEST_F(DispatchTest, QueryErrorsHaveTheirEnvelope) {
  TestRequest request("POST", "/");
  request.signed_for("sts").header("Content-Type", "application/x-www-form-urlencoded");
  const http::Response response = ask(request.body("Action=Nonsense&Version=2011-06-15"));
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.text, HasSubstr("<Error><Type>Sender</Type><Code>InvalidAction</Code>"));
}

TEST_F(DispatchTest, UnsignedQueryRequestsLackAToken) {
  TestRequest request("POST", "/");
  request.header("Content-Type", "application/x-www-form-urlencoded");
  const http::Response response = ask(request.body("Action=GetCallerIdentity&Version=2011-06-15"));
  EXPECT_EQ(response.status, 403);
  EXPECT_THAT(response.text, HasSubstr("<Code>MissingAuthenticationToken</Code>"));
}

TEST_F(DispatchTest, JsonServicesNameTheirErrors) {
  TestRequest unknown("POST", "/");
  unknown.signed_for("glue").header("X-Amz-Target", "AWSGlue.MakeCoffee").body("{}");
  http::Response response = ask(unknown);
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.headers.find("x-amzn-ErrorType"), "UnknownOperationException");
  EXPECT_THAT(response.text, HasSubstr("\"__type\":\"UnknownOperationException\""));

  TestRequest unlisted("POST", "/");
  unlisted.signed_for("glue").header("X-Amz-Target", "AWSGlue.CreateMLTransform").body("{}");
  response = ask(unlisted);
  EXPECT_EQ(response.status, 501);
  EXPECT_THAT(response.text, HasSubstr("Tarn does not implement CreateMLTransform of glue."));
}

TEST_F(DispatchTest, AServiceThatIsNotServedSaysSo) {
  TestRequest request("POST", "/");
  request.signed_for("kms").header("X-Amz-Target", "TrentService.ListKeys").body("{}");
  const http::Response response = ask(request);
  EXPECT_EQ(response.status, 501);
  EXPECT_EQ(response.headers.find("x-amzn-ErrorType"), "NotImplemented");
  EXPECT_THAT(response.text, HasSubstr("Tarn does not implement the service 'kms'."));
}

TEST_F(DispatchTest, APathThatCannotBeDecodedIsAnInvalidUri) {
  TestRequest request("GET", "/photos/%zz");
  const http::Response response = ask(request.signed_for("s3"));
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.text, HasSubstr("<Code>InvalidURI</Code>"));
}

TEST_F(DispatchTest, AnActionBelowAPathIsAnObjectsParameter) {
  TestRequest request("GET", "/photos/a?Action=GetCallerIdentity");
  EXPECT_EQ(ask(request).text, "hello");
}

TEST_F(DispatchTest, CallsAreCounted) {
  TestRequest request("GET", "/photos/missing");
  ask(request.signed_for("s3"));
  EXPECT_THAT(dispatcher_.metrics(),
              HasSubstr("tarn_api_calls_total{service=\"s3\",operation=\"GetObject\",status=\"4xx\"} 1\n"));
}

TEST_F(DispatchTest, TheServersRefusalsAreWordedAsS3s) {
  const http::Response response =
      dispatcher_.refuse({.reason = http::Refusal::Reason::bad_request, .message = "The request is malformed."});
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.text, HasSubstr("<Code>BadRequest</Code>"));
}

}  // namespace
}  // namespace tarn::aws
