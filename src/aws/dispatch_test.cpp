#include "aws/dispatch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/glue/model.h"
#include "api/s3/delete_object.h"
#include "api/s3/get_object.h"
#include "api/s3/list_buckets.h"
#include "api/s3/model.h"
#include "api/s3/post_object.h"
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

Task<s3::PostObjectOutput> post_object(s3::S3& s3, s3::PostObjectRequest request) {
  s3::PostObjectOutput output;
  auto text = co_await read_all(request.body.get(), 100);
  output.e_tag = request.bucket + "/" + request.key + "/" + *text + "/" + request.acl.value_or("none") + "/" +
                 request.tagging.value_or("none") + "/" + s3.call.authenticated.auth_type;
  if (request.metadata) output.expiration = request.metadata->begin()->second;
  if (request.success_action_status == "201") {
    output.http_status = 201;
    output.post_response = s3::PostResponse{.location = {}, .bucket = {}, .key = request.key, .e_tag = {}};
  }
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
  Task<Authenticated> authenticate_form(FormSignature signature) override {
    Authenticated result;
    if (signature.signature == "good") {
      result.principal = {.kind = policy::Principal::Kind::user, .account = AccountId::parse("123456789012")};
      result.auth_type = "POST";
    }
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

class Observer : public RequestObserver {
 public:
  bool active() const override { return true; }
  Task<std::function<void(ServedRequest)>> watcher(std::string bucket, std::string /*key*/) override {
    if (bucket != "photos") co_return nullptr;
    co_return [this](ServedRequest request) { served.push_back(std::move(request)); };
  }
  std::vector<ServedRequest> served;
};

class Pages : public WebsiteEndpoint {
 public:
  Task<Answer> answer(const http::Request& request, std::string bucket, const policy::Access&) override {
    Answer answer;
    answer.response.status = 404;
    answer.response.text = "page of " + bucket + ": " + request.path;
    answer.error_code = "NoSuchKey";
    co_return answer;
  }
};

class DispatchTest : public ::testing::Test {
 protected:
  DispatchTest()
      : dispatcher_({.region = "us-east-1", .domains = {"s3.example.org"}}, {.authenticator = believer_,
                                                                             .authorizer = recorder_,
                                                                             .audit = recorder_,
                                                                             .wall = clock_,
                                                                             .random = random_,
                                                                             .website = &pages_,
                                                                             .observer = &observer_}) {
    put<s3::S3>(s3_, s3::model(), "GetObject", invoke<&get_object>);
    put<s3::S3>(s3_, s3::model(), "PutObject", invoke<&put_object>);
    put<s3::S3>(s3_, s3::model(), "PostObject", invoke<&post_object>);
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
  Observer observer_;
  Pages pages_;
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

// A browser's form, its policy signed so that the tests' authenticator believes it.
std::string form(const std::vector<std::pair<std::string, std::string>>& fields, const std::string& file,
                 const std::string& conditions = {}) {
  std::string text;
  const auto add = [&](const std::string& name, const std::string& value) {
    text += "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
  };
  for (const auto& [name, value] : fields) add(name, value);
  if (!conditions.empty()) {
    add("policy", to_base64(as_bytes(R"({"expiration": "2030-01-01T00:00:00Z", "conditions": [)" + conditions + "]}")));
    add("x-amz-signature", "good");
  }
  text += "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"C:\\\\x\\\\cat.jpg\"\r\n\r\n" + file;
  return text + "\r\n--b--\r\n";
}

TEST_F(DispatchTest, AFormIsAPutInOtherWords) {
  TestRequest request("POST", "/photos");
  request.header("Content-Type", "multipart/form-data; boundary=b").header("x-amz-acl", "not-believed");
  request.body(form({{"key", "a/${filename}"},
                     {"tagging", "<Tagging><TagSet><Tag><Key>k</Key><Value>v w</Value></Tag></TagSet></Tagging>"},
                     {"x-amz-meta-colour", "blue"},
                     {"success_action_status", "201"}},
                    "bytes", R"(["starts-with", "$key", "a/"], ["starts-with", "$tagging", ""],
                                {"x-amz-meta-colour": "blue"}, {"success_action_status": "201"})"));
  const http::Response response = ask(request);
  EXPECT_EQ(response.status, 201) << response.text;
  EXPECT_EQ(response.headers.find("ETag"), "photos/a/cat.jpg/bytes/none/k=v%20w/POST");
  EXPECT_EQ(response.headers.find("x-amz-expiration"), "blue");
  EXPECT_THAT(response.text, HasSubstr("<PostResponse"));
  ASSERT_EQ(recorder_.asked.size(), 2u);
  EXPECT_EQ(recorder_.asked[0].action, "s3:PutObject");
  EXPECT_EQ(recorder_.asked[0].resource, "arn:aws:s3:::photos/a/cat.jpg");
  EXPECT_EQ(recorder_.asked[1].action, "s3:PutObjectTagging");
}

TEST_F(DispatchTest, AFormWithoutPolicyIsAnonymous) {
  TestRequest request("POST", "/photos");
  request.header("Content-Type", "multipart/form-data; boundary=b").body(form({{"key", "a"}, {"acl", "private"}}, ""));
  const http::Response response = ask(request);
  EXPECT_EQ(response.status, 204) << response.text;
  EXPECT_EQ(response.headers.find("ETag"), "photos/a//private/none/");
  EXPECT_EQ(response.text, "");
}

TEST_F(DispatchTest, FormsAreRefusedAsS3Does) {
  const auto refusal = [this](const std::string& type, const std::string& body) {
    TestRequest request("POST", "/photos/");
    request.header("Content-Type", type).body(body);
    const http::Response response = ask(request);
    const std::size_t from = response.text.find("<Code>") + 6;
    return std::to_string(response.status) + " " + response.text.substr(from, response.text.find("</Code>") - from);
  };
  const std::string type = "multipart/form-data; boundary=b";
  EXPECT_EQ(refusal("text/plain", "x"), "412 PreconditionFailed");
  EXPECT_EQ(refusal(type, "x"), "400 MalformedPOSTRequest");
  EXPECT_EQ(refusal(type, form({}, "x")), "400 InvalidArgument");
  EXPECT_EQ(refusal(type, form({{"key", ""}}, "x")), "400 InvalidArgument");
  EXPECT_EQ(refusal(type, form({{"key", "a"}, {"Key", "b"}}, "x")), "400 InvalidArgument");
  EXPECT_EQ(refusal(type, form({{"key", "a"}}, "x", R"({"key": "b"})")), "403 AccessDenied");
  EXPECT_EQ(refusal(type, form({{"key", "a"}}, "x", R"("nonsense")")), "400 InvalidPolicyDocument");
  EXPECT_EQ(refusal(type, form({{"key", "a"}}, "12345", R"({"key": "a"}, ["content-length-range", 1, 4])")),
            "400 EntityTooLarge");
  EXPECT_EQ(refusal(type, form({{"key", "a"}}, "1", R"({"key": "a"}, ["content-length-range", 2, 4])")),
            "400 EntityTooSmall");
  EXPECT_EQ(refusal(type, form({{"key", "a"}, {"tagging", "k=v"}}, "1")), "400 MalformedXML");
}

TEST_F(DispatchTest, TheObserverHearsOfAnswersThatWereSent) {
  TestRequest request("GET", "/photos/a%20b?versionId=v1");
  request.signed_for("s3").header("User-Agent", "tests").header("Referer", "http://a.test/");
  http::Response response = sync_wait(dispatcher_.handle(request));
  EXPECT_TRUE(observer_.served.empty()) << "the bytes are not yet sent";
  EXPECT_EQ(*sync_wait(read_all(response.stream.get(), 100)), "hello");
  response.stream = nullptr;
  ASSERT_EQ(observer_.served.size(), 1u);
  const ServedRequest& served = observer_.served[0];
  EXPECT_EQ(served.operation, "GetObject");
  EXPECT_EQ(served.key, "a b");
  EXPECT_EQ(served.target, "/photos/a%20b?versionId=v1");
  EXPECT_EQ(served.status, 200);
  EXPECT_EQ(served.bytes_sent, 5u);
  EXPECT_EQ(served.object_size, 5u);
  EXPECT_EQ(served.user_agent, "tests");
  EXPECT_EQ(served.principal.arn, "arn:aws:iam::123456789012:user/ada");
}

TEST_F(DispatchTest, TheObserverHearsOfRefusalsButNotOfOtherBuckets) {
  TestRequest missing("GET", "/photos/missing");
  const http::Response response = ask(missing.signed_for("s3"));
  ASSERT_EQ(observer_.served.size(), 1u);
  EXPECT_EQ(observer_.served[0].status, 404);
  EXPECT_EQ(observer_.served[0].error_code, "NoSuchKey");
  EXPECT_EQ(observer_.served[0].bytes_sent, response.text.size());
  TestRequest other("GET", "/others/missing");
  ask(other.signed_for("s3"));
  EXPECT_EQ(observer_.served.size(), 1u);
}

TEST_F(DispatchTest, WebsitesHaveHostsOfTheirOwn) {
  for (const std::string host : {"photos.s3-website.s3.example.org", "photos.s3-website-us-east-1.s3.example.org:80",
                                 "photos.s3-website.us-east-1.s3.example.org"}) {
    TestRequest request("GET", "/a%20b");
    const http::Response response = ask(request.header("Host", host));
    EXPECT_EQ(response.text, "page of photos: /a b") << host;
  }
  ASSERT_EQ(observer_.served.size(), 3u);
  EXPECT_TRUE(observer_.served[0].website);
  EXPECT_EQ(observer_.served[0].key, "a b");
  EXPECT_EQ(observer_.served[0].error_code, "NoSuchKey");
  TestRequest elsewhere("GET", "/a");
  elsewhere.header("Host", "photos.s3-website-eu-west-1.s3.example.org");
  EXPECT_NE(ask(elsewhere.signed_for("s3")).text, "page of photos: /a");
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
  request.signed_for("s3").header("Content-Encoding", "deflate,AWS-Chunked, gzip").body("bytes");
  const http::Response response = ask(request);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.find("ETag"), "bytes/5");
  EXPECT_EQ(response.headers.find("x-amz-expiration"), "deflate, gzip");
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
  TestRequest request("PUT", "/photos?analytics&id=a");
  const http::Response response = ask(request.signed_for("s3").body("<AnalyticsConfiguration/>"));
  EXPECT_EQ(response.status, 501);
  EXPECT_THAT(response.text, HasSubstr("<Code>NotImplemented</Code>"));
  EXPECT_THAT(response.text, HasSubstr("PutBucketAnalyticsConfiguration"));
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
