#include "aws/router.h"

#include <gtest/gtest.h>

#include "api/cloudwatch/model.h"
#include "api/glue/model.h"
#include "api/s3/model.h"
#include "api/s3control/model.h"
#include "api/sagemaker-runtime/model.h"
#include "api/sts/model.h"
#include "aws/test_request.h"

namespace tarn::aws {
namespace {

class RouterTest : public ::testing::Test {
 protected:
  RouterTest() {
    for (const Model* model : {&s3::model(), &s3control::model(), &sts::model(), &glue::model(), &cloudwatch::model(),
                               &sagemakerruntime::model()}) {
      router_.add(*model);
    }
  }
  // "s3 GetObject", or why there is none.
  std::string route(TestRequest& request, std::string_view bucket = {}) {
    last_ = router_.route(request, bucket, has_action_form(request) ? request.body_text() : std::string_view());
    if (!last_.model) return "unknown service " + last_.unknown;
    return std::string(last_.model->name) + " " +
           (last_.operation ? std::string(last_.operation->name) : "unknown " + last_.unknown);
  }
  std::string s3(std::string_view method, std::string_view target) {
    TestRequest request(method, target);
    return route(request.signed_for("s3"));
  }

  Router router_;
  Route last_;
};

TEST_F(RouterTest, S3ByMethodPathAndSubResource) {
  EXPECT_EQ(s3("GET", "/"), "s3 ListBuckets");
  EXPECT_EQ(s3("GET", "/b"), "s3 ListObjects");
  EXPECT_EQ(s3("GET", "/b/"), "s3 ListObjects");
  EXPECT_EQ(s3("GET", "/b?list-type=2&prefix=x"), "s3 ListObjectsV2");
  EXPECT_EQ(s3("GET", "/b?list-type=1"), "s3 ListObjects");
  EXPECT_EQ(s3("GET", "/b?versions"), "s3 ListObjectVersions");
  EXPECT_EQ(s3("GET", "/b?uploads"), "s3 ListMultipartUploads");
  EXPECT_EQ(s3("GET", "/b?location"), "s3 GetBucketLocation");
  EXPECT_EQ(s3("GET", "/b?lifecycle="), "s3 GetBucketLifecycleConfiguration");
  EXPECT_EQ(s3("GET", "/b?inventory&id=a"), "s3 GetBucketInventoryConfiguration");
  EXPECT_EQ(s3("GET", "/b?inventory"), "s3 ListBucketInventoryConfigurations");
  EXPECT_EQ(s3("PUT", "/b"), "s3 CreateBucket");
  EXPECT_EQ(s3("HEAD", "/b"), "s3 HeadBucket");
  EXPECT_EQ(s3("DELETE", "/b"), "s3 DeleteBucket");
  EXPECT_EQ(s3("POST", "/b?delete"), "s3 DeleteObjects");
  EXPECT_EQ(s3("GET", "/b/k?versionId=v&partNumber=1"), "s3 GetObject");
  EXPECT_EQ(s3("GET", "/b/k?uploadId=u"), "s3 ListParts");
  EXPECT_EQ(s3("GET", "/b/k?tagging"), "s3 GetObjectTagging");
  EXPECT_EQ(s3("GET", "/b/k?attributes"), "s3 GetObjectAttributes");
  EXPECT_EQ(s3("HEAD", "/b/k"), "s3 HeadObject");
  EXPECT_EQ(s3("PUT", "/b/k?x-id=PutObject"), "s3 PutObject");
  EXPECT_EQ(s3("PUT", "/b/k?partNumber=1&uploadId=u"), "s3 UploadPart");
  EXPECT_EQ(s3("POST", "/b/k?uploads"), "s3 CreateMultipartUpload");
  EXPECT_EQ(s3("POST", "/b/k?uploadId=u"), "s3 CompleteMultipartUpload");
  EXPECT_EQ(s3("DELETE", "/b/k?uploadId=u"), "s3 AbortMultipartUpload");
  EXPECT_EQ(s3("DELETE", "/b/k"), "s3 DeleteObject");
  EXPECT_EQ(s3("POST", "/b/k?restore"), "s3 RestoreObject");
}

TEST_F(RouterTest, ACopyIsToldByItsHeader) {
  TestRequest copy("PUT", "/b/k");
  EXPECT_EQ(route(copy.signed_for("s3").header("X-Amz-Copy-Source", "/a/b")), "s3 CopyObject");
  TestRequest part("PUT", "/b/k?partNumber=1&uploadId=u");
  EXPECT_EQ(route(part.signed_for("s3").header("x-amz-copy-source", "/a/b")), "s3 UploadPartCopy");
}

TEST_F(RouterTest, KeysKeepTheirSlashesAndAreDecoded) {
  s3("GET", "/b//a%2Fb//%C3%A4/");
  ASSERT_EQ(last_.labels.size(), 2u);
  EXPECT_EQ(last_.labels[0].value, "b");
  EXPECT_EQ(last_.labels[1].value, "/a/b//\xC3\xA4/");
  TestRequest request("GET", "/some/key/");
  EXPECT_EQ(route(request, "photos"), "s3 GetObject");
  EXPECT_EQ(last_.labels[0].value, "photos");
  EXPECT_EQ(last_.labels[1].value, "some/key/");
  EXPECT_THROW(s3("GET", "/b/%zz"), Error);
}

TEST_F(RouterTest, AMethodThatNobodyHasIsNotAllowed) {
  for (const std::string_view method : {"PATCH", "POST"}) {
    EXPECT_EQ(s3(method, "/b/k").substr(0, 11), "s3 unknown ");
    EXPECT_FALSE(last_.operation);
    EXPECT_TRUE(last_.method_not_allowed);
  }
}

TEST_F(RouterTest, S3ControlHasItsOwnPathsOnly) {
  EXPECT_EQ(s3("GET", "/v20180820/configuration/publicAccessBlock"), "s3control GetPublicAccessBlock");
  EXPECT_EQ(s3("GET", "/v20180820"), "s3 ListObjects");
}

TEST_F(RouterTest, TheTargetHeaderComesFirst) {
  TestRequest request("POST", "/");
  EXPECT_EQ(route(request.signed_for("s3").header("X-Amz-Target", "AWSGlue.GetTable")), "glue GetTable");
  TestRequest other("POST", "/");
  EXPECT_EQ(route(other.header("X-Amz-Target", "AWSGlue.Nonsense")), "glue unknown Nonsense");
  TestRequest unknown("POST", "/");
  EXPECT_EQ(route(unknown.header("X-Amz-Target", "TrentService.ListKeys")), "unknown service TrentService.ListKeys");
  TestRequest bare("POST", "/");
  EXPECT_EQ(route(bare.header("X-Amz-Target", "nodot")), "unknown service nodot");
}

TEST_F(RouterTest, CborByItsPath) {
  TestRequest request("POST", "/service/GraniteServiceVersion20100801/operation/PutMetricData");
  EXPECT_EQ(route(request.header("smithy-protocol", "rpc-v2-cbor")), "cloudwatch PutMetricData");
  EXPECT_EQ(last_.protocol, Protocol::rpc_cbor);
  TestRequest other("POST", "/operation/PutMetricData");
  EXPECT_FALSE((route(other.header("smithy-protocol", "rpc-v2-cbor")), last_.model));
}

TEST_F(RouterTest, FormsToAQueuesOwnUrl) {
  const auto is_form = [](std::string_view path, std::string_view service) {
    TestRequest request("POST", path);
    return has_action_form(request.signed_for(service).header("Content-Type", "application/x-www-form-urlencoded"));
  };
  EXPECT_TRUE(is_form("/111122223333/q", "sqs"));
  EXPECT_TRUE(is_form("/", "iam"));
  // An object of a bucket whose name is a number.
  EXPECT_FALSE(is_form("/111122223333/q", "s3"));
}

TEST_F(RouterTest, FormsByScopeOrVersion) {
  const auto form = [](std::string_view body) {
    auto request = std::make_unique<TestRequest>("POST", "/");
    request->header("Content-Type", "application/x-www-form-urlencoded").body(body);
    return request;
  };
  EXPECT_EQ(route(*form("Action=GetCallerIdentity&Version=2011-06-15")), "sts GetCallerIdentity");
  EXPECT_EQ(route(*form("Action=PutMetricData&Version=2010-08-01")), "cloudwatch PutMetricData");
  EXPECT_EQ(last_.protocol, Protocol::query);
  EXPECT_EQ(route(form("Action=GetCallerIdentity")->signed_for("sts")), "sts GetCallerIdentity");
  EXPECT_EQ(route(form("Action=ListUsers&Version=2010-05-08")->signed_for("iam")), "unknown service iam");
  EXPECT_THROW(route(*form("Action=%")), Error);
  TestRequest in_query("GET", "/?Action=GetCallerIdentity&Version=2011-06-15");
  EXPECT_EQ(route(in_query), "sts GetCallerIdentity");
}

TEST_F(RouterTest, AFormBodyOfAnObjectIsAnObject) {
  TestRequest request("PUT", "/b/k");
  request.header("Content-Type", "application/x-www-form-urlencoded").body("Action=GetCallerIdentity");
  EXPECT_FALSE(has_action_form(request));
  EXPECT_EQ(route(request), "s3 PutObject");
}

TEST_F(RouterTest, RestServicesByTheirScopeOrHost) {
  TestRequest scoped("POST", "/endpoints/delays/invocations");
  EXPECT_EQ(route(scoped.signed_for("sagemaker")), "sagemaker-runtime InvokeEndpoint");
  EXPECT_EQ(last_.labels[0].value, "delays");
  TestRequest by_host("POST", "/endpoints/delays/invocations");
  EXPECT_EQ(route(by_host.header("Host", "runtime.sagemaker.us-east-1.example.org")),
            "sagemaker-runtime InvokeEndpoint");
  TestRequest presigned("GET", "/b/k?X-Amz-Credential=AK%2F20260101%2Fus-east-1%2Fs3%2Faws4_request");
  EXPECT_EQ(route(presigned), "s3 GetObject");
}

TEST(BucketOfHost, OnlyBelowADomain) {
  const std::vector<std::string> domains{"s3.example.org", "localhost"};
  EXPECT_EQ(bucket_of_host("photos.s3.example.org:9320", domains), "photos");
  EXPECT_EQ(bucket_of_host("a.b.S3.EXAMPLE.ORG", domains), "a.b");
  EXPECT_EQ(bucket_of_host("photos.localhost", domains), "photos");
  EXPECT_EQ(bucket_of_host("s3.example.org", domains), "");
  EXPECT_EQ(bucket_of_host("xs3.example.org", domains), "");
  EXPECT_EQ(bucket_of_host("127.0.0.1:9320", domains), "");
  EXPECT_EQ(bucket_of_host("[::1]:9320", domains), "");
  EXPECT_EQ(bucket_of_host("", domains), "");
}

}  // namespace
}  // namespace tarn::aws
