#include "services/s3/website_endpoint.h"

#include <algorithm>

#include "api/s3/get_object.h"
#include "api/s3/model.h"
#include "aws/protocol.h"
#include "base/encoding.h"
#include "http/status.h"
#include "services/s3/website_words.h"

namespace tarn::s3 {
namespace {

using Answer = aws::WebsiteEndpoint::Answer;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string request_id_of(const policy::Access& access) {
  for (const auto& [name, values] : access.request_facts()) {
    if (name == "tarn:RequestId" && !values.empty()) return values.front();
  }
  return {};
}

// One request on its way.
class Visit {
 public:
  Visit(S3 s3, const http::Request& request, std::string bucket)
      : s3_(std::move(s3)), request_(request), bucket_(std::move(bucket)) {
    key_ = request.path.substr(std::min<std::size_t>(1, request.path.size()));
    protocol_ = request.secure ? "https" : "http";
  }

  Task<Answer> answer() {
    if (request_.method != "GET" && request_.method != "HEAD") {
      co_return error_page(
          Error(errors::method_not_allowed, "The specified method is not allowed against this resource.")
              .with("Method", std::string(request_.method))
              .with("ResourceType", "OBJECT"));
    }
    std::optional<Error> refused = co_await find_website();
    if (refused) co_return error_page(*refused);
    if (const auto redirect = objects::redirect_of_all(website_, request_.target, protocol_)) co_return go(*redirect);
    if (const auto redirect = objects::redirect_of(website_, key_, 0, protocol_, request_.host))
      co_return go(*redirect);
    Answer page;
    refused = co_await read(objects::page_of(website_, key_), true, page);
    if (!refused) co_return page;
    if (refused->code().status == 304) {
      page.response.status = 304;
      co_return page;
    }
    if (co_await is_folder(*refused)) {
      co_return go({.status = 302, .location = "/" + uri_encode(key_, true) + "/"});
    }
    co_return co_await failed(std::move(*refused));
  }

 private:
  Task<std::optional<Error>> find_website() {
    const auto name = BucketName::parse(bucket_);
    const auto bucket = name ? co_await s3_.objects.peek_bucket(*name) : nullptr;
    if (!bucket) {
      co_return Error(errors::no_such_bucket, "The specified bucket does not exist").with("BucketName", bucket_);
    }
    const auto* found = bucket->configuration(objects::ConfigurationKind::website);
    if (!found) {
      co_return Error(errors::no_such_website_configuration,
                      "The specified bucket does not have a website configuration")
          .with("BucketName", bucket_);
    }
    website_ = objects::unpack_website(found->document);
    co_return std::nullopt;
  }

  // GetObject's answer into `page`; or why not.
  Task<std::optional<Error>> read(std::string key, bool conditions, Answer& page) {
    try {
      GetObjectRequest asked;
      asked.bucket = bucket_;
      asked.key = std::move(key);
      if (conditions) take_conditions(asked);
      GetObjectOutput output = co_await get_object(s3_, std::move(asked));
      if (output.website_redirect_location) {
        page = go({.status = 301, .location = *output.website_redirect_location});
        co_return std::nullopt;
      }
      const aws::Model& model = s3::model();
      const auto operation = std::ranges::find(model.operations, std::string_view("GetObject"), &aws::Operation::name);
      page.response = aws::write_reply(
          {.model = model, .protocol = aws::Protocol::rest_xml, .operation = &*operation, .request_id = {}}, &output);
      if (request_.method == "HEAD") page.response.stream = nullptr;
      co_return std::nullopt;
    } catch (const Error& error) {
      co_return error;
    }
  }

  void take_conditions(GetObjectRequest& asked) const {
    const auto text = [this](std::string_view name) {
      const auto value = request_.header(name);
      return value ? std::optional(std::string(*value)) : std::nullopt;
    };
    const auto date = [this](std::string_view name) {
      const auto value = request_.header(name);
      return value ? parse_http_date(*value) : std::nullopt;
    };
    asked.range = text("Range");
    asked.if_match = text("If-Match");
    asked.if_none_match = text("If-None-Match");
    asked.if_modified_since = date("If-Modified-Since");
    asked.if_unmodified_since = date("If-Unmodified-Since");
  }

  // "photos" where there is "photos/index.html".
  Task<bool> is_folder(const Error& refused) {
    const int status = refused.code().status;
    if ((status != 404 && status != 403) || key_.empty() || key_.ends_with('/')) co_return false;
    Answer index;
    co_return !co_await read(objects::page_of(website_, key_ + "/"), false, index);
  }

  Task<Answer> failed(Error refused) {
    const int status = refused.code().status;
    if (const auto redirect = objects::redirect_of(website_, key_, status, protocol_, request_.host)) {
      co_return go(*redirect);
    }
    if (website_.error_key.empty() || status < 400 || status > 499) co_return error_page(refused);
    Answer page;
    const std::optional<Error> missing = co_await read(website_.error_key, false, page);
    if (missing) co_return error_page(refused, &*missing);
    page.response.status = status;
    page.error_code = refused.code().name;
    co_return page;
  }

  static Answer go(const objects::PageRedirect& redirect) {
    Answer answer;
    answer.response.status = redirect.status;
    answer.response.headers.add("Location", redirect.location);
    return answer;
  }

  std::string listed(const Error& error) const {
    std::string text =
        "<li>Code: " + escaped(error.code().name) + "</li>\n<li>Message: " + escaped(error.message()) + "</li>\n";
    for (const auto& [name, value] : error.details()) text += "<li>" + name + ": " + escaped(value) + "</li>\n";
    return text;
  }

  Answer error_page(const Error& error, const Error* second = nullptr) const {
    Answer answer;
    answer.error_code = error.code().name;
    http::Response& response = answer.response;
    response.status = error.code().status;
    for (const auto& [name, value] : error.headers()) response.headers.add(name, value);
    response.headers.add("Content-Type", "text/html; charset=utf-8");
    response.headers.add("x-amz-error-code", error.code().name);
    response.headers.add("x-amz-error-message", error.message());
    const std::string id = request_id_of(s3_.access);
    const std::string title(http::status_line(response.status));
    response.text = "<html>\n<head><title>" + title + "</title></head>\n<body>\n<h1>" + title + "</h1>\n<ul>\n" +
                    listed(error) + "<li>RequestId: " + id + "</li>\n<li>HostId: " + id + "</li>\n</ul>\n";
    if (second) {
      response.text += "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n<ul>\n" +
                       listed(*second) + "</ul>\n";
    }
    response.text += "<hr/>\n</body>\n</html>\n";
    return answer;
  }

  S3 s3_;
  const http::Request& request_;
  const std::string bucket_;
  std::string key_;
  std::string protocol_;
  objects::Website website_;
};

}  // namespace

Task<aws::WebsiteEndpoint::Answer> BucketWebsites::answer(const http::Request& request, std::string bucket,
                                                          const policy::Access& access) {
  Visit visit(S3{.access = access,
                 .objects = objects_,
                 .accounts = accounts_,
                 .clock = clock_,
                 .region = region_,
                 .host = std::string(request.host),
                 .scheme = request.secure ? "https" : "http"},
              request, std::move(bucket));
  co_return co_await visit.answer();
}

}  // namespace tarn::s3
