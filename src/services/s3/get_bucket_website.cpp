// GetBucketWebsite
#include "api/s3/get_bucket_website.h"

#include "services/s3/website_words.h"

namespace tarn::s3 {
namespace {

RoutingRule rule_out(const objects::Website::Rule& rule) {
  RoutingRule out;
  if (rule.key_prefix || rule.error_status) {
    Condition& condition = out.condition.emplace();
    condition.key_prefix_equals = rule.key_prefix;
    if (rule.error_status) condition.http_error_code_returned_equals = std::to_string(*rule.error_status);
  }
  if (!rule.host.empty()) out.redirect.host_name = rule.host;
  if (!rule.protocol.empty()) out.redirect.protocol = aws::parse_enum<Protocol>(rule.protocol);
  if (rule.status_given) out.redirect.http_redirect_code = std::to_string(rule.status);
  out.redirect.replace_key_with = rule.replace_key;
  out.redirect.replace_key_prefix_with = rule.replace_key_prefix;
  return out;
}

}  // namespace

Task<GetBucketWebsiteOutput> get_bucket_website(S3& s3, GetBucketWebsiteRequest request) {
  const auto bucket = co_await open_bucket(s3, request.bucket, request.expected_bucket_owner, "s3:GetBucketWebsite");
  const auto* found = bucket->configuration(objects::ConfigurationKind::website);
  if (!found) refuse_no_website(request.bucket);
  const objects::Website website = objects::unpack_website(found->document);
  GetBucketWebsiteOutput output;
  if (website.redirect_all_host) {
    RedirectAllRequestsTo& all = output.redirect_all_requests_to.emplace();
    all.host_name = *website.redirect_all_host;
    if (!website.redirect_all_protocol.empty()) {
      all.protocol = aws::parse_enum<Protocol>(website.redirect_all_protocol);
    }
    co_return output;
  }
  output.index_document.emplace().suffix = website.index_suffix;
  if (!website.error_key.empty()) output.error_document.emplace().key = website.error_key;
  if (!website.rules.empty()) output.routing_rules.emplace();
  for (const objects::Website::Rule& rule : website.rules) output.routing_rules->push_back(rule_out(rule));
  co_return output;
}

}  // namespace tarn::s3
