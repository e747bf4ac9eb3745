// Signatures against the examples that AWS publishes, and against what an attacker would try.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "aws/chunked_body.h"
#include "aws/sigv4_authenticator.h"
#include "base/encoding.h"
#include "http/parse.h"

namespace tarn::aws {
namespace {

constexpr const char* s3_secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
constexpr const char* suite_secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

class MemoryBody : public ByteStream {
 public:
  MemoryBody(std::string bytes, std::size_t piece) : bytes_(std::move(bytes)), piece_(piece) {}
  Task<std::size_t> read(std::span<std::byte> out) override {
    const std::size_t size = std::min({out.size(), piece_, bytes_.size() - at_});
    std::ranges::copy(as_bytes(bytes_).subspan(at_, size), out.begin());
    at_ += size;
    co_return size;
  }

 private:
  std::string bytes_;
  std::size_t piece_;
  std::size_t at_ = 0;
};

class FakeCredentials : public Credentials {
 public:
  FakeCredentials() {
    add("AKIAIOSFODNN7EXAMPLE", s3_secret);
    add("AKIDEXAMPLE", suite_secret);
    add("ASIASESSION", "secret").session_token = "token";
    add("ASIAEXPIRED", "secret").expires = *parse_iso8601("2013-05-24T00:00:00Z");
    add("AKIAINACTIVE", "secret").active = false;
  }
  Credential& add(const std::string& id, const std::string& secret) {
    Credential credential;
    credential.secret_access_key = secret;
    credential.principal.arn = "arn:of:" + id;
    return known[id] = credential;
  }
  Task<std::optional<Credential>> find(std::string access_key_id, std::string) override {
    const auto found = known.find(access_key_id);
    co_return found == known.end() ? std::nullopt : std::optional(found->second);
  }
  std::map<std::string, Credential> known;
};

// A request from its head, with '\n' for the line ends.
struct TestRequest {
  explicit TestRequest(const std::string& lines, std::string body = {}, std::size_t piece = 4096) {
    for (const char c : lines) head += c == '\n' ? "\r\n" : std::string(1, c);
    head += "\r\n";
    http::Framing framing;
    const auto refused = http::parse_head(head, {}, request, framing);
    EXPECT_FALSE(refused) << refused->message;
    request.content_length = body.size();
    if (!body.empty()) request.body = std::make_unique<MemoryBody>(std::move(body), piece);
  }
  std::string head;
  http::Request request;
};

class SigV4Test : public testing::Test {
 protected:
  explicit SigV4Test(const char* now = "2013-05-24T00:00:30Z") : clock(*parse_iso8601(now)) {}

  Authenticated authenticate(TestRequest& request, const char* service = "s3") {
    return sync_wait(authenticator.authenticate(request.request, service));
  }
  // The code it is refused with, or "".
  std::string refusal(TestRequest request, const char* service = "s3") {
    try {
      authenticate(request, service);
      return "";
    } catch (const Error& error) {
      message = error.message();
      return std::string(error.code().name);
    }
  }
  static std::string read_all(Authenticated& authenticated, std::size_t buffer_size = 1000) {
    std::string text;
    std::vector<std::byte> buffer(buffer_size);
    while (const std::size_t size = sync_wait(authenticated.body->read(buffer))) {
      text += as_text(std::span(buffer).first(size));
    }
    return text;
  }

  ManualClock clock;
  FakeCredentials credentials;
  SigV4Authenticator authenticator{{.domains = {"us-west-1.s3.amazonaws.com", "s3.amazonaws.com"}}, credentials, clock};
  std::string message;
};

std::string s3_authorization(const std::string& signed_headers, const std::string& signature,
                             const std::string& scope = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request") {
  return "Authorization: AWS4-HMAC-SHA256 Credential=" + scope + ",SignedHeaders=" + signed_headers +
         ",Signature=" + signature + "\n";
}

const std::string range_headers =
    "Host: examplebucket.s3.amazonaws.com\nRange: bytes=0-9\nx-amz-content-sha256: " + std::string(empty_sha256) +
    "\nx-amz-date: 20130524T000000Z\n";
const std::string range_signed = "host;range;x-amz-content-sha256;x-amz-date";
const std::string range_signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";

// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
TEST_F(SigV4Test, GetObjectOfTheDocumentation) {
  TestRequest request("GET /test.txt HTTP/1.1\n" + range_headers + s3_authorization(range_signed, range_signature));
  const Authenticated authenticated = authenticate(request);
  EXPECT_EQ(authenticated.principal.arn, "arn:of:AKIAIOSFODNN7EXAMPLE");
  EXPECT_EQ(authenticated.region, "us-east-1");
  EXPECT_EQ(authenticated.auth_type, "REST-HEADER");
  EXPECT_EQ(authenticated.signature_version, "AWS4-HMAC-SHA256");
  EXPECT_EQ(authenticated.signature_age, Milliseconds(30'000));
  EXPECT_FALSE(authenticated.body);
}

TEST_F(SigV4Test, PutObjectOfTheDocumentation) {
  const std::string head =
      "PUT /test%24file.text HTTP/1.1\nHost: examplebucket.s3.amazonaws.com\nDate: Fri, 24 May 2013 00:00:00 GMT\n"
      "x-amz-date: 20130524T000000Z\nx-amz-storage-class: REDUCED_REDUNDANCY\n"
      "x-amz-content-sha256: 44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072\n" +
      s3_authorization("date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                       "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  TestRequest request(head, "Welcome to Amazon S3.");
  Authenticated authenticated = authenticate(request);
  EXPECT_EQ(authenticated.body_length, 21u);
  EXPECT_EQ(read_all(authenticated, 5), "Welcome to Amazon S3.");

  TestRequest other(head, "Welcome to Amazon S4.");
  Authenticated forged = authenticate(other);
  // The last byte is never handed out: who reads by length alone learns of it too.
  std::array<std::byte, 21> exactly;
  EXPECT_THROW(sync_wait(forged.body->read(exactly)), Error);
  EXPECT_EQ(refusal(TestRequest(head)), "XAmzContentSHA256Mismatch");
}

TEST_F(SigV4Test, SubresourcesAndQueriesOfTheDocumentation) {
  const std::string headers =
      "Host: examplebucket.s3.amazonaws.com\nx-amz-date: 20130524T000000Z\n"
      "x-amz-content-sha256: " +
      std::string(empty_sha256) + "\n";
  const std::string names = "host;x-amz-content-sha256;x-amz-date";
  EXPECT_EQ(
      refusal(TestRequest("GET /?lifecycle HTTP/1.1\n" + headers +
                          s3_authorization(names, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"))),
      "");
  const std::string list = "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7";
  EXPECT_EQ(refusal(TestRequest("GET /?max-keys=2&prefix=J HTTP/1.1\n" + headers + s3_authorization(names, list))), "");
  EXPECT_EQ(refusal(TestRequest("GET /?prefix=J&max-keys=2 HTTP/1.1\n" + headers + s3_authorization(names, list))), "");
  EXPECT_EQ(refusal(TestRequest("GET /?max-keys=3&prefix=J HTTP/1.1\n" + headers + s3_authorization(names, list))),
            "SignatureDoesNotMatch");
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
const std::string presigned =
    "GET /test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
    "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z"
    "&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
    "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404 HTTP/1.1\n"
    "Host: examplebucket.s3.amazonaws.com\n";

TEST_F(SigV4Test, PresignedUrlOfTheDocumentation) {
  TestRequest request(presigned);
  EXPECT_EQ(authenticate(request).auth_type, "REST-QUERY-STRING");
  clock.advance(std::chrono::hours(23));
  EXPECT_EQ(refusal(TestRequest(presigned)), "");
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(refusal(TestRequest(presigned)), "AccessDenied");
  EXPECT_EQ(message, "Request has expired");
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  text.replace(text.find(from), from.size(), to);
  return text;
}

TEST_F(SigV4Test, PresignedUrlsThatAreWrong) {
  const auto with = [](std::string_view from, std::string_view to) {
    return TestRequest(replaced(presigned, from, to));
  };
  EXPECT_EQ(refusal(with("Expires=86400", "Expires=86401")), "SignatureDoesNotMatch");
  EXPECT_EQ(refusal(with("Expires=86400", "Expires=604801")), "AuthorizationQueryParametersError");
  EXPECT_EQ(refusal(with("Expires=86400", "Expires=99999999999999999999")), "AuthorizationQueryParametersError");
  EXPECT_EQ(refusal(with("Expires=86400", "Expires=-1")), "AuthorizationQueryParametersError");
  EXPECT_EQ(refusal(with("Expires=86400", "Expires=1d")), "AuthorizationQueryParametersError");
  EXPECT_EQ(refusal(with("&X-Amz-Expires=86400", "")), "AuthorizationQueryParametersError");
  EXPECT_EQ(refusal(with("us-east-1", "eu-west-1")), "AuthorizationQueryParametersError");
  EXPECT_EQ(refusal(with("T000000Z", "T010000Z")), "AccessDenied");
  EXPECT_EQ(message, "Request is not valid yet");
  EXPECT_EQ(refusal(with("test.txt", "text.txt")), "SignatureDoesNotMatch");
  EXPECT_EQ(refusal(TestRequest(presigned + "x-amz-acl: public-read\n")), "AccessDenied");
  EXPECT_EQ(refusal(TestRequest(presigned + s3_authorization("host", range_signature))), "InvalidArgument");
}

TEST_F(SigV4Test, HeadersThatAreWrong) {
  const auto get = [&](const std::string& authorization, const std::string& extra = "") {
    return TestRequest("GET /test.txt HTTP/1.1\n" + range_headers + extra + authorization);
  };
  const std::string right = s3_authorization(range_signed, range_signature);
  EXPECT_EQ(refusal(get(right)), "");
  EXPECT_EQ(refusal(get(replaced(right, "f0e8", "f0e9"))), "SignatureDoesNotMatch");
  EXPECT_TRUE(message.starts_with("The request signature we calculated does not match")) << message;
  EXPECT_EQ(refusal(get(replaced(right, "f0e8", "F0E8"))), "AuthorizationHeaderMalformed");
  EXPECT_EQ(refusal(get(replaced(right, "AKIAIOSFODNN7EXAMPLE", "AKIANOBODY"))), "InvalidAccessKeyId");
  EXPECT_EQ(refusal(get(replaced(right, "us-east-1", "eu-west-1"))), "AuthorizationHeaderMalformed");
  EXPECT_EQ(message, "The authorization header is malformed; the region 'eu-west-1' is wrong; expecting 'us-east-1'");
  EXPECT_EQ(refusal(get(replaced(right, "/s3/", "/glue/"))), "AuthorizationHeaderMalformed");
  EXPECT_EQ(refusal(get(replaced(right, "20130524", "20130525"))), "AuthorizationHeaderMalformed");
  EXPECT_EQ(refusal(get(replaced(right, "aws4_request", "aws5_request"))), "AuthorizationHeaderMalformed");
  EXPECT_EQ(refusal(get(replaced(right, "host;", ""))), "AccessDenied");
  EXPECT_EQ(refusal(get(right, "x-amz-meta-injected: 1\n")), "AccessDenied");
  EXPECT_EQ(message, "There were headers present in the request which were not signed");
  EXPECT_EQ(refusal(get("Authorization: Bearer abc\n")), "InvalidArgument");
  EXPECT_EQ(refusal(get("Authorization: AWS4-HMAC-SHA256\n")), "AuthorizationHeaderMalformed");
  EXPECT_EQ(refusal(get("Authorization: AWS4-HMAC-SHA256 Credential=////,SignedHeaders=host\n")),
            "AuthorizationHeaderMalformed");
}

TEST_F(SigV4Test, ClocksMayDifferByFifteenMinutes) {
  const std::string head = "GET /test.txt HTTP/1.1\n" + range_headers + s3_authorization(range_signed, range_signature);
  clock.advance(std::chrono::seconds(14 * 60));
  EXPECT_EQ(refusal(TestRequest(head)), "");
  clock.advance(std::chrono::seconds(60));
  EXPECT_EQ(refusal(TestRequest(head)), "RequestTimeTooSkewed");
}

TEST_F(SigV4Test, UnsignedRequestsAreNobodys) {
  TestRequest request("PUT /key HTTP/1.1\nHost: h\n", "body");
  Authenticated authenticated = authenticate(request);
  EXPECT_EQ(authenticated.principal.kind, policy::Principal::Kind::anonymous);
  EXPECT_EQ(authenticated.signature_version, "");
  EXPECT_EQ(read_all(authenticated), "body");
}

// Signs as a client would, for what AWS gives no example of.
TestRequest signed_request(const std::string& start, const std::string& extra, const std::string& key,
                           const std::string& secret, const std::string& service, const std::string& payload,
                           std::string body = {}) {
  const std::string scope = key + "/20130524/us-east-1/" + service + "/aws4_request";
  const std::string names = "host;x-amz-content-sha256;x-amz-date" + std::string(extra.empty() ? "" : ";") +
                            to_lower(extra.substr(0, extra.find(':')));
  const std::string headers = "Host: h\nx-amz-date: 20130524T000000Z\nx-amz-content-sha256: " + payload + "\n" + extra;
  const auto authorization = [&](const std::string& signature) { return s3_authorization(names, signature, scope); };
  TestRequest draft(start + headers + authorization(std::string(64, '0')));
  const SigV4 signature = read_sigv4_header(draft.request, *draft.request.header("authorization"));
  const std::string text =
      string_to_sign(signature, canonical_request(draft.request, signature, payload, service == "s3"));
  return TestRequest(start + headers + authorization(sign(derive_signing_key(secret, signature.scope), text)),
                     std::move(body));
}

TEST_F(SigV4Test, SessionsNeedTheirToken) {
  const auto with = [&](const std::string& header, const char* key = "ASIASESSION") {
    return refusal(signed_request("GET / HTTP/1.1\n", header, key, "secret", "s3", "UNSIGNED-PAYLOAD"));
  };
  EXPECT_EQ(with("x-amz-security-token: token\n"), "");
  EXPECT_EQ(with("x-amz-security-token: other\n"), "InvalidToken");
  EXPECT_EQ(with(""), "InvalidAccessKeyId");
  EXPECT_EQ(with("", "ASIAEXPIRED"), "ExpiredToken");
  EXPECT_EQ(with("", "AKIAINACTIVE"), "InvalidAccessKeyId");
  EXPECT_EQ(with("x-amz-security-token: token\n", "AKIAINACTIVE"), "InvalidToken");
}

TEST_F(SigV4Test, AChangedSecretIsNotRememberedWrongly) {
  const auto ask = [&](const std::string& secret) {
    return refusal(signed_request("GET / HTTP/1.1\n", "", "AKIACHANGED", secret, "s3", "UNSIGNED-PAYLOAD"));
  };
  credentials.add("AKIACHANGED", "before");
  EXPECT_EQ(ask("before"), "");
  credentials.add("AKIACHANGED", "after");
  EXPECT_EQ(ask("before"), "SignatureDoesNotMatch");
  EXPECT_EQ(ask("after"), "");
}

TEST_F(SigV4Test, PathsAreSignedAsTheyMean) {
  // However the client escapes it, the key is the same and so is the signature.
  for (const char* path : {"/b/a%20b%2Bc%C3%A9~", "/b/a%20b+c\xc3\xa9%7E"}) {
    const auto reference =
        canonical_request(TestRequest("GET /b/a%20b%2Bc%C3%A9~ HTTP/1.1\nHost: h\n").request, SigV4{}, "x", true);
    EXPECT_EQ(
        canonical_request(TestRequest("GET " + std::string(path) + " HTTP/1.1\nHost: h\n").request, SigV4{}, "x", true),
        reference);
  }
  const auto other = [](const std::string& path) {
    const std::string text =
        canonical_request(TestRequest("GET " + path + " HTTP/1.1\nHost: h\n").request, SigV4{}, "x", false);
    return text.substr(4, text.find('\n', 4) - 4);
  };
  EXPECT_EQ(other("/a//b/./c/../d/"), "/a/b/d/");
  EXPECT_EQ(other("/../.."), "/");
  EXPECT_EQ(other("/a%20b"), "/a%2520b");
}

class SigV4SuiteTest : public SigV4Test {
 protected:
  SigV4SuiteTest() : SigV4Test("2015-08-30T12:36:00Z") {}
};

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
TEST_F(SigV4SuiteTest, ListUsersOfTheDocumentation) {
  const std::string head =
      "GET /?Action=ListUsers&Version=2010-05-08 HTTP/1.1\nHost: iam.amazonaws.com\nX-Amz-Date: 20150830T123600Z\n"
      "Content-Type: application/x-www-form-urlencoded; charset=utf-8\n"
      "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
      "SignedHeaders=content-type;host;x-amz-date, "
      "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7\n";
  EXPECT_EQ(refusal(TestRequest(head), "iam"), "");
  EXPECT_EQ(refusal(TestRequest(head), "sts"), "SignatureDoesNotMatch");
  // Its hash is nowhere but in the signature: a body that was not signed does not pass.
  EXPECT_EQ(refusal(TestRequest(head, "Action=DeleteUser"), "iam"), "SignatureDoesNotMatch");
}

// From AWS's test suite for Version 4; its service is "service".
TEST_F(SigV4SuiteTest, VectorsOfTheSuite) {
  const auto verdict = [&](const std::string& start, const std::string& signature) {
    return refusal(TestRequest(start +
                               " HTTP/1.1\nHost:example.amazonaws.com\nX-Amz-Date:20150830T123600Z\n"
                               "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/"
                               "aws4_request, SignedHeaders=host;x-amz-date, Signature=" +
                               signature + "\n"),
                   "service");
  };
  EXPECT_EQ(verdict("GET /", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"), "");
  EXPECT_EQ(
      verdict("GET /?Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
      "");
  EXPECT_EQ(verdict("POST /", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"), "");
  EXPECT_EQ(verdict("GET /example/..", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"), "");
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
const std::string chunked_head =
    "PUT /examplebucket/chunkObject.txt HTTP/1.1\nHost: s3.amazonaws.com\nx-amz-date: 20130524T000000Z\n"
    "x-amz-storage-class: REDUCED_REDUNDANCY\nx-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\n"
    "Content-Encoding: aws-chunked\nx-amz-decoded-content-length: 66560\nContent-Length: 66824\n" +
    s3_authorization(
        "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
        "x-amz-decoded-content-length;x-amz-storage-class",
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");

std::string chunk(const std::string& size, const std::string& signature, const std::string& data) {
  return size + ";chunk-signature=" + signature + "\r\n" + data + "\r\n";
}

const std::string first_chunk =
    chunk("10000", "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648", std::string(65536, 'a'));
const std::string second_chunk =
    chunk("400", "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497", std::string(1024, 'a'));
const std::string last_chunk = chunk("0", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9", "");

TEST_F(SigV4Test, ChunksOfTheDocumentation) {
  for (const std::size_t piece : {1, 7, 1000, 100'000}) {
    TestRequest request(chunked_head, first_chunk + second_chunk + last_chunk, piece);
    Authenticated authenticated = authenticate(request);
    EXPECT_EQ(authenticated.body_length, 66560u);
    EXPECT_EQ(read_all(authenticated, piece * 3), std::string(66560, 'a'));
  }
}

// How far a reader who knows the length gets with a body.
std::string outcome(Authenticated authenticated, std::size_t length) {
  std::vector<std::byte> buffer(length);
  try {
    for (std::size_t at = 0; at < length;) {
      const std::size_t size = sync_wait(authenticated.body->read(std::span(buffer).subspan(at)));
      if (size == 0) return "short";
      at += size;
    }
    return "whole";
  } catch (const Error& error) {
    return std::string(error.code().name);
  }
}

TEST_F(SigV4Test, ChunksThatAreWrong) {
  const auto reading = [&](std::string body) {
    TestRequest request(chunked_head, std::move(body));
    return outcome(authenticate(request), 66560);
  };
  EXPECT_EQ(reading(first_chunk + second_chunk + last_chunk), "whole");
  EXPECT_EQ(reading(replaced(first_chunk, "aaaa", "aaab") + second_chunk + last_chunk), "SignatureDoesNotMatch");
  EXPECT_EQ(reading(first_chunk + replaced(second_chunk, "0055", "0056") + last_chunk), "SignatureDoesNotMatch");
  EXPECT_EQ(reading(first_chunk + second_chunk + replaced(last_chunk, "b6c6", "b6c7")), "SignatureDoesNotMatch");
  EXPECT_EQ(reading(second_chunk + first_chunk + last_chunk), "SignatureDoesNotMatch");
  EXPECT_EQ(reading(first_chunk + last_chunk), "SignatureDoesNotMatch");
  EXPECT_EQ(reading(first_chunk + second_chunk), "IncompleteBody");
  EXPECT_EQ(reading(first_chunk + second_chunk + second_chunk), "IncompleteBody");
  EXPECT_EQ(reading(replaced(first_chunk, "10000;", "10001;") + second_chunk + last_chunk), "SignatureDoesNotMatch");
  EXPECT_EQ(reading(replaced(first_chunk, "10000;", "ffffffffffffff;") + second_chunk), "IncompleteBody");
  EXPECT_EQ(reading("10000\r\n" + std::string(65536, 'a') + "\r\n" + second_chunk + last_chunk), "IncompleteBody");
  EXPECT_EQ(reading(std::string(100'000, '0')), "IncompleteBody");
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
const std::string trailer_head =
    "PUT /examplebucket/chunkObject.txt HTTP/1.1\nHost: s3.amazonaws.com\nx-amz-date: 20130524T000000Z\n"
    "x-amz-storage-class: REDUCED_REDUNDANCY\nx-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER\n"
    "Content-Encoding: aws-chunked\nx-amz-decoded-content-length: 66560\nx-amz-trailer: x-amz-checksum-crc32c\n" +
    s3_authorization(
        "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;"
        "x-amz-storage-class;x-amz-trailer",
        "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e");
const std::string trailer_chunks =
    chunk("10000", "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2", std::string(65536, 'a')) +
    chunk("400", "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7", std::string(1024, 'a')) +
    "0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n";
const std::string trailers =
    "x-amz-checksum-crc32c:sOO8/Q==\r\n"
    "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n";

TEST_F(SigV4Test, TrailersOfTheDocumentation) {
  TestRequest request(trailer_head, trailer_chunks + trailers);
  Authenticated authenticated = authenticate(request);
  EXPECT_EQ(read_all(authenticated), std::string(66560, 'a'));
  const auto* const body = dynamic_cast<const TrailedBody*>(authenticated.body.get());
  ASSERT_TRUE(body);
  EXPECT_EQ(body->trailer("x-amz-checksum-crc32c"), "sOO8/Q==");
}

TEST_F(SigV4Test, TrailersThatAreWrong) {
  const auto reading = [&](const std::string& end) {
    TestRequest request(trailer_head, trailer_chunks + end);
    return outcome(authenticate(request), 66560);
  };
  EXPECT_EQ(reading(trailers), "whole");
  EXPECT_EQ(reading(replaced(trailers, "sOO8", "sOO9")), "SignatureDoesNotMatch");
  EXPECT_EQ(reading(replaced(trailers, "d81f", "d81e")), "SignatureDoesNotMatch");
  EXPECT_EQ(reading("x-amz-checksum-crc32c:sOO8/Q==\r\n\r\n"), "SignatureDoesNotMatch");
  EXPECT_EQ(reading("\r\n"), "MalformedTrailerError");
  EXPECT_EQ(reading(""), "MalformedTrailerError");
  EXPECT_EQ(reading("nonsense\r\n\r\n"), "MalformedTrailerError");
}

TEST_F(SigV4Test, UnsignedTrailersAsSdksSendThemByDefault) {
  const auto put = [](std::string body) {
    return signed_request("PUT /b/k HTTP/1.1\n", "x-amz-decoded-content-length: 5\n", "AKIAIOSFODNN7EXAMPLE", s3_secret,
                          "s3", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", std::move(body));
  };
  for (const char* end : {"x-amz-checksum-crc32:NhCmhg==\r\n\r\n", "x-amz-checksum-crc32:NhCmhg==\n\r\n",
                          "x-amz-checksum-crc32:NhCmhg==\r\n"}) {
    TestRequest request = put("5\r\nhello\r\n0\r\n" + std::string(end));
    Authenticated authenticated = authenticate(request);
    EXPECT_EQ(read_all(authenticated), "hello");
    EXPECT_EQ(dynamic_cast<TrailedBody&>(*authenticated.body).trailer("x-amz-checksum-crc32"), "NhCmhg==");
  }
  for (const char* body : {"5\r\nhello\r\n", "4\r\nhell\r\n0\r\n\r\n", "6\r\nhello!\r\n0\r\n\r\n", "5\nhello\n0\n\n",
                           "5\r\nhello0\r\n\r\n", "", "-5\r\nhello\r\n0\r\n\r\n"}) {
    TestRequest request = put(body + std::string(body[0] ? "" : "0"));
    EXPECT_EQ(outcome(authenticate(request), 5), "IncompleteBody") << body;
  }
}

TEST_F(SigV4Test, PayloadsThatNobodyKnows) {
  const auto with = [&](const std::string& payload) {
    return refusal(signed_request("PUT /b/k HTTP/1.1\n", "", "AKIAIOSFODNN7EXAMPLE", s3_secret, "s3", payload, "x"));
  };
  EXPECT_EQ(with("nonsense"), "InvalidArgument");
  EXPECT_EQ(with("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"), "InvalidArgument");
  EXPECT_EQ(with("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), "MissingContentLength");
  EXPECT_EQ(with("UNSIGNED-PAYLOAD"), "");
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
class SigV2Test : public SigV4Test {
 protected:
  SigV2Test() : SigV4Test("2007-03-27T19:40:00Z") {}
};

TEST_F(SigV2Test, HeadersOfTheDocumentation) {
  const auto verdict = [&](const std::string& start, const std::string& headers, const std::string& signature) {
    return refusal(
        TestRequest(start + " HTTP/1.1\n" + headers + "Authorization: AWS AKIAIOSFODNN7EXAMPLE:" + signature + "\n"));
  };
  EXPECT_EQ(verdict("GET /photos/puppy.jpg",
                    "Host: awsexamplebucket1.us-west-1.s3.amazonaws.com\nDate: Tue, 27 Mar 2007 19:36:42 +0000\n",
                    "qgk2+6Sv9/oM7G3qLEjTH1a1l1g="),
            "");
  TestRequest get(
      "GET /photos/puppy.jpg HTTP/1.1\nHost: johnsmith.s3.amazonaws.com\n"
      "Date: Tue, 27 Mar 2007 19:36:42 GMT\nAuthorization: AWS AKIAIOSFODNN7EXAMPLE:x\n");
  const SigV2 signature = read_sigv2_header(get.request, *get.request.header("authorization"));
  EXPECT_EQ(string_to_sign_v2(get.request, signature, "johnsmith"),
            "GET\n\n\nTue, 27 Mar 2007 19:36:42 GMT\n/johnsmith/photos/puppy.jpg");
  const std::string right = sign_v2(s3_secret, string_to_sign_v2(get.request, signature, "johnsmith"));
  const std::string headers = "Host: johnsmith.s3.amazonaws.com\nDate: Tue, 27 Mar 2007 19:36:42 GMT\n";
  EXPECT_EQ(verdict("GET /photos/puppy.jpg", headers, right), "");
  EXPECT_EQ(verdict("GET /photos/puppy.jpg?acl", headers, right), "SignatureDoesNotMatch");
  EXPECT_EQ(verdict("GET /photos/puppy.jpg?other", headers, right), "");
  EXPECT_EQ(verdict("GET /photos/puppy.jpg", headers, "nonsense"), "SignatureDoesNotMatch");
  EXPECT_EQ(verdict("GET /photos/puppy.jpg", headers + "x-amz-meta-a: b\n", right), "SignatureDoesNotMatch");
  clock.advance(std::chrono::minutes(15));
  EXPECT_EQ(verdict("GET /photos/puppy.jpg", headers, right), "RequestTimeTooSkewed");
}

TEST_F(SigV2Test, ABucketAloneIsSignedWithItsSlash) {
  const auto text = [](const char* target) {
    TestRequest request("GET " + std::string(target) + " HTTP/1.1\nHost: h\n");
    return string_to_sign_v2(request.request, SigV2{}, "");
  };
  EXPECT_EQ(text("/bucket?prefix=a&acl"), "GET\n\n\n\n/bucket/?acl");
  EXPECT_EQ(text("/bucket/"), "GET\n\n\n\n/bucket/");
  EXPECT_EQ(text("/"), "GET\n\n\n\n/");
}

TEST(SignV2, KnownAnswer) {
  // The documentation's example of an upload's string to sign has this form; the value is HMAC-SHA1's own.
  EXPECT_EQ(sign_v2("key", "The quick brown fox jumps over the lazy dog"), "3nybhbi3iqa8ino29wqQcBydtNk=");
}

TEST_F(SigV2Test, PresignedUrls) {
  const auto url = [](const std::string& target, const std::string& signature, const std::string& headers = "") {
    return TestRequest("GET " + target + "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1175024402&Signature=" +
                       uri_encode(signature) + " HTTP/1.1\nHost: localhost:9320\n" + headers);
  };
  TestRequest draft = url("/b/a%20b?versionId=v%2B1&", "x");
  const std::string text = string_to_sign_v2(draft.request, read_sigv2_query(draft.request), "");
  EXPECT_EQ(text, "GET\n\n\n1175024402\n/b/a%20b?versionId=v+1");
  const std::string right = sign_v2(s3_secret, text);
  EXPECT_EQ(refusal(url("/b/a%20b?versionId=v%2B1&", right)), "");
  EXPECT_EQ(refusal(url("/b/a%20b?versionId=v%2B2&", right)), "SignatureDoesNotMatch");
  EXPECT_EQ(refusal(url("/b/a%20b?versionId=v%2B1&", right, "x-amz-acl: public-read\n")), "SignatureDoesNotMatch");
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(refusal(url("/b/a%20b?versionId=v%2B1&", right)), "AccessDenied");
  EXPECT_EQ(message, "Request has expired");
}

}  // namespace
}  // namespace tarn::aws
