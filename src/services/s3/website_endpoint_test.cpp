#include "services/s3/website_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lake/test_lake.h"
#include "objects/website.h"

namespace tarn::s3 {
namespace {

using ::testing::HasSubstr;

class WebsiteTest : public ::testing::Test {
 protected:
  WebsiteTest() {
    lake_.make_bucket("site");
    lake_.put("site", "index.html", "home");
    lake_.put("site", "docs/index.html", "docs");
  }
  void configure(objects::Website website) {
    sync_wait(lake_.objects->put_configuration(lake_.root(), BucketName::trusted("site"),
                                               objects::ConfigurationKind::website, objects::pack(website)));
  }
  static objects::Website simple() {
    objects::Website website;
    website.index_suffix = "index.html";
    return website;
  }
  http::Response visit(std::string_view path, std::string_view method = "GET", const std::string& bucket = "site") {
    request_.method = method;
    request_.target = path;
    request_.path = path;
    request_.host = "site.test";
    auto answer = sync_wait(websites_.answer(request_, bucket, lake_.root()));
    error_ = answer.error_code;
    if (answer.response.stream) answer.response.text = testing::read_all(*answer.response.stream);
    return std::move(answer.response);
  }

  testing::TestLake lake_;
  BucketWebsites websites_{*lake_.objects, lake_.accounts, lake_.clock, "us-east-1"};
  http::Request request_;
  std::string error_;
};

TEST_F(WebsiteTest, ShowsPagesAndTheIndexOfFolders) {
  configure(simple());
  EXPECT_EQ(visit("/").text, "home");
  EXPECT_EQ(visit("/docs/").text, "docs");
  EXPECT_EQ(visit("/docs/index.html").text, "docs");
  const http::Response folder = visit("/docs");
  EXPECT_EQ(folder.status, 302);
  EXPECT_EQ(folder.headers.find("Location"), "/docs/");
  const http::Response head = visit("/", "HEAD");
  EXPECT_EQ(head.stream, nullptr);
  EXPECT_EQ(head.length, 4u);
}

TEST_F(WebsiteTest, RefusalsArePages) {
  EXPECT_EQ(visit("/").status, 404);
  EXPECT_EQ(error_, "NoSuchWebsiteConfiguration");
  EXPECT_EQ(visit("/", "GET", "none").status, 404);
  EXPECT_EQ(error_, "NoSuchBucket");
  configure(simple());
  const http::Response missing = visit("/<missing>");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.headers.find("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(missing.headers.find("x-amz-error-code"), "NoSuchKey");
  EXPECT_THAT(missing.text, HasSubstr("<li>Key: &lt;missing&gt;</li>"));
  EXPECT_EQ(visit("/", "DELETE").status, 405);
}

TEST_F(WebsiteTest, TheErrorDocumentKeepsTheStatus) {
  objects::Website website = simple();
  website.error_key = "oops.html";
  configure(website);
  EXPECT_THAT(visit("/missing").text, HasSubstr("Custom Error Document"));
  lake_.put("site", "oops.html", "sorry");
  const http::Response page = visit("/missing");
  EXPECT_EQ(page.status, 404);
  EXPECT_EQ(page.text, "sorry");
  EXPECT_EQ(error_, "NoSuchKey");
}

TEST_F(WebsiteTest, RulesAreFollowedBeforeAndAfterReading) {
  objects::Website website = simple();
  website.rules = {{.key_prefix = "docs/", .protocol = {}, .host = "docs.test"},
                   {.error_status = 404, .protocol = {}, .host = {}, .replace_key = "index.html"}};
  configure(website);
  EXPECT_EQ(visit("/docs/a").headers.find("Location"), "http://docs.test/docs/a");
  EXPECT_EQ(visit("/missing").headers.find("Location"), "http://site.test/index.html");
  EXPECT_EQ(visit("/index.html").text, "home");
  objects::Website elsewhere;
  elsewhere.redirect_all_host = "www.test";
  configure(elsewhere);
  EXPECT_EQ(visit("/any?x").headers.find("Location"), "http://www.test/any?x");
}

}  // namespace
}  // namespace tarn::s3
