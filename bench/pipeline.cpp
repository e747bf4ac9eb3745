// What the pipeline costs a request, without sockets, signatures and policies: routing, parsing, validation, the
// context, the answer's headers or document.
#include "api/s3/get_object.h"
#include "api/s3/list_objects_v2.h"
#include "api/s3/model.h"
#include "api/s3/put_object.h"
#include "aws/test_request.h"
#include "measure.h"

namespace tarn::s3 {
struct S3 {};
}  // namespace tarn::s3

namespace tarn::aws {
namespace {

Task<s3::GetObjectOutput> get_object(s3::S3&, s3::GetObjectRequest) {
  s3::GetObjectOutput output;
  output.content_length = 5;
  output.content_type = "binary/octet-stream";
  output.accept_ranges = "bytes";
  output.e_tag = "\"5d41402abc4b2a76b9719d911017c592\"";
  output.last_modified = from_millis(1'700'000'000'000);
  output.metadata.emplace()["colour"] = "blue";
  output.body = text_stream("hello");
  co_return output;
}

Task<s3::PutObjectOutput> put_object(s3::S3&, s3::PutObjectRequest) {
  s3::PutObjectOutput output;
  output.e_tag = "\"5d41402abc4b2a76b9719d911017c592\"";
  co_return output;
}

Task<s3::ListObjectsV2Output> list_objects(s3::S3&, s3::ListObjectsV2Request request) {
  s3::ListObjectsV2Output output;
  output.name = request.bucket;
  auto& contents = output.contents.emplace(1000);
  for (std::size_t i = 0; i < contents.size(); ++i) {
    contents[i].key = "raw/flights/2013/01/part-" + std::to_string(i) + ".csv";
    contents[i].e_tag = "\"5d41402abc4b2a76b9719d911017c592\"";
    contents[i].size = 4096;
    contents[i].last_modified = from_millis(1'700'000'000'000);
    contents[i].storage_class = s3::ObjectStorageClass::standard;
  }
  co_return output;
}

class Believer : public Authenticator {
 public:
  Task<Authenticated> authenticate(http::Request& request, std::string_view) override {
    Authenticated result;
    result.principal = {.kind = policy::Principal::Kind::user, .account = AccountId::parse("123456789012")};
    result.body = std::move(request.body);
    co_return result;
  }
  Task<Authenticated> authenticate_form(FormSignature) override { co_return Authenticated{}; }
};

class AllowAll : public policy::Access {
 public:
  const policy::Principal& principal() const override { return principal_; }
  const policy::Facts& request_facts() const override { return facts_; }
  Task<policy::Decision> decide(std::string, std::string, policy::Facts) const override {
    co_return policy::Decision{.kind = policy::Decision::Kind::allow};
  }

 private:
  policy::Principal principal_;
  policy::Facts facts_;
};

class Open : public Authorizer, public AuditSink {
 public:
  Task<std::shared_ptr<const policy::Access>> access(const policy::Principal&, std::string_view,
                                                     std::function<policy::Facts()>) override {
    co_return access_;
  }
  bool wants(const Model&, const Operation&) const override { return false; }
  std::unique_ptr<TaskCompanion> begin(AuditEvent) override { return nullptr; }
  void record(AuditEvent, std::unique_ptr<TaskCompanion>) override {}

 private:
  std::shared_ptr<const policy::Access> access_ = std::make_shared<AllowAll>();
};

template <typename MakeRequest>
void run(const char* what, Dispatcher& dispatcher, long count, MakeRequest make_request) {
  std::uint64_t bytes = 0;
  const bench::Stretch stretch;
  for (long i = 0; i < count; ++i) {
    const auto request = make_request();
    bytes += sync_wait(dispatcher.handle(*request)).text.size();
  }
  stretch.print(what, count, static_cast<double>(bytes));
}

void bench_pipeline() {
  Believer believer;
  Open open;
  SystemClock clock;
  SystemRandom random;
  Handlers<s3::S3> handlers(s3::model().operations.size());
  for (std::size_t i = 0; i < handlers.size(); ++i) {
    const std::string_view name = s3::model().operations[i].name;
    if (name == "GetObject") handlers[i] = invoke<&get_object>;
    if (name == "PutObject") handlers[i] = invoke<&put_object>;
    if (name == "ListObjectsV2") handlers[i] = invoke<&list_objects>;
  }
  Dispatcher dispatcher(
      {}, {.authenticator = believer, .authorizer = open, .audit = open, .wall = clock, .random = random});
  dispatcher.add(make_service<s3::S3>(s3::model(), handlers, [](const Call&) { return s3::S3{}; }));
  const auto signed_request = [](std::string_view method, std::string_view target) {
    auto made = std::make_unique<TestRequest>(method, target);
    TestRequest& request = *made;
    request.signed_for("s3");
    request.header("User-Agent", "bench").header("x-amz-date", "20260101T000000Z");
    request.header("x-amz-content-sha256", "UNSIGNED-PAYLOAD").header("Accept-Encoding", "identity");
    return made;
  };
  const bench::Stretch bare;
  for (int i = 0; i < 200'000; ++i) signed_request("GET", "/bucket/raw/flights/part-1.csv");
  bare.print("only making the request", 200'000);
  run("GetObject", dispatcher, 200'000, [&] { return signed_request("GET", "/bucket/raw/flights/part-1.csv"); });
  run("PutObject", dispatcher, 200'000, [&] { return signed_request("PUT", "/bucket/raw/flights/part-1.csv"); });
  run("ListObjectsV2, 1,000 keys", dispatcher, 1'000, [&] { return signed_request("GET", "/bucket?list-type=2"); });
}

}  // namespace
}  // namespace tarn::aws

int main() {
  tarn::aws::bench_pipeline();
}
