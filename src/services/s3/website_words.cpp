#include "services/s3/website_words.h"

#include <charconv>

namespace tarn::s3 {
namespace {

int status_of(const std::string& text) {
  int status = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), status);
  if (problem == std::errc() && end == text.data() + text.size()) return status;
  throw Error(errors::invalid_request, "The provided HTTP code (" + text + ") is not valid.");
}

objects::Website::Rule rule_in(const RoutingRule& asked) {
  objects::Website::Rule rule;
  if (asked.condition) {
    if (!asked.condition->key_prefix_equals && !asked.condition->http_error_code_returned_equals) {
      throw Error(errors::invalid_request,
                  "Condition cannot be empty. To redirect all requests without a condition, the condition element "
                  "shouldn't be present.");
    }
    rule.key_prefix = asked.condition->key_prefix_equals;
    if (const auto& code = asked.condition->http_error_code_returned_equals) rule.error_status = status_of(*code);
  }
  rule.host = asked.redirect.host_name.value_or("");
  if (asked.redirect.protocol) rule.protocol = to_string(*asked.redirect.protocol);
  if (asked.redirect.http_redirect_code) {
    rule.status = status_of(*asked.redirect.http_redirect_code);
    rule.status_given = true;
  }
  rule.replace_key = asked.redirect.replace_key_with;
  rule.replace_key_prefix = asked.redirect.replace_key_prefix_with;
  return rule;
}

}  // namespace

objects::Website website_in(const WebsiteConfiguration& asked) {
  objects::Website website;
  if (asked.redirect_all_requests_to) {
    website.redirect_all_host = asked.redirect_all_requests_to->host_name;
    if (const auto& protocol = asked.redirect_all_requests_to->protocol) {
      website.redirect_all_protocol = to_string(*protocol);
    }
  }
  if (asked.index_document) website.index_suffix = asked.index_document->suffix;
  if (asked.error_document) website.error_key = object_key(asked.error_document->key).text();
  if (asked.routing_rules) {
    for (const RoutingRule& rule : *asked.routing_rules) website.rules.push_back(rule_in(rule));
  }
  objects::check(website);
  return website;
}

void refuse_no_website(const std::string& bucket) {
  throw Error(errors::no_such_website_configuration, "The specified bucket does not have a website configuration")
      .with("BucketName", bucket);
}

}  // namespace tarn::s3
