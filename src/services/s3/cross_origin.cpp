#include "services/s3/cross_origin.h"

#include "base/encoding.h"
#include "objects/cors.h"

namespace tarn::s3 {
namespace {

constexpr ErrorCode access_forbidden{"AccessForbidden", 403};
constexpr ErrorCode incomplete_preflight{"BadRequest", 400};
constexpr std::size_t most_asked_headers = 100;

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

std::vector<std::string> listed(std::string_view header) {
  std::vector<std::string> texts;
  while (!header.empty() && texts.size() < most_asked_headers) {
    const std::string_view item = header.substr(0, header.find(','));
    header.remove_prefix(std::min(item.size() + 1, header.size()));
    if (!trim(item).empty()) texts.push_back(to_lower(trim(item)));
  }
  return texts;
}

void tell(const objects::CorsMatch& found, std::string_view origin, http::Response& response) {
  response.headers.add("Access-Control-Allow-Origin", found.any_origin ? "*" : origin);
  response.headers.add("Access-Control-Allow-Methods", joined(found.rule.methods));
  if (!found.rule.expose.empty()) response.headers.add("Access-Control-Expose-Headers", joined(found.rule.expose));
  if (found.rule.max_age_seconds) {
    response.headers.add("Access-Control-Max-Age", static_cast<std::uint64_t>(*found.rule.max_age_seconds));
  }
  if (!found.any_origin) response.headers.add("Access-Control-Allow-Credentials", "true");
  // The answer differs by these: caches between must keep them apart.
  response.headers.add("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
}

std::vector<objects::CorsRule> rules_of(const objects::BucketPointer& bucket) {
  const auto* configuration = bucket ? bucket->configuration(objects::ConfigurationKind::cors) : nullptr;
  return configuration ? objects::unpack_cors(configuration->document) : std::vector<objects::CorsRule>{};
}

}  // namespace

Task<http::Response> BucketCrossOrigin::preflight(const http::Request& request, std::string name) {
  const auto origin = request.header("Origin");
  const auto method = request.header("Access-Control-Request-Method");
  if (!origin) throw Error(incomplete_preflight, "Insufficient information. Origin request header needed.");
  if (!method) throw Error(incomplete_preflight, "Invalid Access-Control-Request-Method: null");
  const auto bucket_name = BucketName::parse(name);
  const objects::BucketPointer bucket = bucket_name ? co_await objects_.peek_bucket(*bucket_name) : nullptr;
  const std::vector<objects::CorsRule> rules = rules_of(bucket);
  if (rules.empty()) {
    throw Error(access_forbidden, "CORSResponse: CORS is not enabled for this bucket.")
        .with("Method", std::string(*method))
        .with("ResourceType", "BUCKET");
  }
  const std::vector<std::string> asked =
      listed(request.header("Access-Control-Request-Headers").value_or(std::string_view()));
  const auto found = objects::match(rules, *origin, *method, asked);
  if (!found) {
    throw Error(access_forbidden,
                "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, "
                "request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted "
                "by the resource's CORS spec.")
        .with("Method", std::string(*method))
        .with("ResourceType", "OBJECT");
  }
  http::Response response;
  tell(*found, *origin, response);
  if (!asked.empty()) response.headers.add("Access-Control-Allow-Headers", joined(asked));
  co_return response;
}

Task<void> BucketCrossOrigin::decorate(const http::Request& request, std::string name, http::Response& response) {
  const auto origin = request.header("Origin");
  const auto bucket_name = BucketName::parse(name);
  if (!origin || !bucket_name) co_return;
  const std::vector<objects::CorsRule> rules = rules_of(co_await objects_.peek_bucket(*bucket_name));
  if (rules.empty()) co_return;
  const std::string_view method = request.header("Access-Control-Request-Method").value_or(request.method);
  if (const auto found = objects::match(rules, *origin, method, {})) tell(*found, *origin, response);
}

Task<std::optional<aws::BucketFacts::Known>> BucketCrossOrigin::find(std::string bucket) {
  const auto name = BucketName::parse(bucket);
  objects::BucketPointer found;
  try {
    if (name) found = co_await objects_.peek_bucket(*name);
  } catch (const Error&) {
    co_return Known{};  // It is being deleted in this moment: it is there yet, and whose it was matters no more.
  }
  if (!found) co_return std::nullopt;
  co_return Known{.owner = found->owner,
                  .requester_pays = found->configuration(objects::ConfigurationKind::request_payment) != nullptr};
}

}  // namespace tarn::s3
