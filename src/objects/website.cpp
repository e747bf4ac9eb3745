#include "objects/website.h"

#include <stdexcept>

#include "base/encoding.h"
#include "base/pack.h"
#include "objects/errors.h"

namespace tarn::objects {
namespace {

constexpr std::uint8_t format_version = 1;

void check_protocol(const std::string& protocol) {
  if (protocol.empty() || protocol == "http" || protocol == "https") return;
  throw Error(errors::invalid_request,
              "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected "
              "automatically.");
}

void check_rule(const Website::Rule& rule) {
  check_protocol(rule.protocol);
  if (rule.error_status && (*rule.error_status < 400 || *rule.error_status > 599)) {
    throw Error(errors::invalid_request, "The provided HTTP error code (" + std::to_string(*rule.error_status) +
                                             ") is not valid. Valid codes are 4XX or 5XX.");
  }
  if (rule.status < 301 || rule.status > 399) {
    throw Error(errors::invalid_request, "The provided HTTP redirect code (" + std::to_string(rule.status) +
                                             ") is not valid. Valid codes are 3XX except 300.");
  }
  if (rule.replace_key && rule.replace_key_prefix) {
    throw Error(errors::invalid_request, "You can only define ReplaceKeyPrefix or ReplaceKey but not both.");
  }
  if (rule.protocol.empty() && rule.host.empty() && !rule.replace_key && !rule.replace_key_prefix &&
      !rule.status_given) {
    throw Error(errors::invalid_request, "A redirect must say what it changes.");
  }
}

void put(Packer& out, const std::optional<std::string>& text) {
  out.byte(text.has_value());
  if (text) out.text(*text);
}
std::optional<std::string> take_text(Unpacker& in) {
  if (in.byte() == 0) return std::nullopt;
  return std::string(in.text());
}

}  // namespace

void check(const Website& website) {
  if (website.redirect_all_host) {
    if (!website.index_suffix.empty() || !website.error_key.empty() || !website.rules.empty()) {
      throw Error(errors::invalid_argument,
                  "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.");
    }
    check_protocol(website.redirect_all_protocol);
    if (website.redirect_all_host->empty()) {
      throw Error(errors::invalid_argument, "The HostName of RedirectAllRequestsTo must not be empty");
    }
    return;
  }
  if (website.index_suffix.empty()) {
    throw Error(errors::invalid_argument,
                "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty")
        .with("ArgumentName", "IndexDocument");
  }
  if (website.index_suffix.find('/') != std::string::npos) {
    throw Error(errors::invalid_argument, "The IndexDocument Suffix is not well formed")
        .with("ArgumentName", "IndexDocument")
        .with("ArgumentValue", website.index_suffix);
  }
  if (website.rules.size() > most_website_rules) {
    throw Error(errors::invalid_request, "The number of routing rules must not exceed the allowed limit of 50");
  }
  for (const Website::Rule& rule : website.rules) check_rule(rule);
}

std::string pack(const Website& website) {
  std::string document;
  Packer out(document);
  out.byte(format_version);
  put(out, website.redirect_all_host);
  out.text(website.redirect_all_protocol).text(website.index_suffix).text(website.error_key);
  out.number(website.rules.size());
  for (const Website::Rule& rule : website.rules) {
    put(out, rule.key_prefix);
    out.number(static_cast<std::uint64_t>(rule.error_status.value_or(0))).text(rule.protocol).text(rule.host);
    out.number(static_cast<std::uint64_t>(rule.status)).byte(rule.status_given);
    put(out, rule.replace_key_prefix);
    put(out, rule.replace_key);
  }
  return document;
}

Website unpack_website(std::string_view document) {
  Unpacker in(document);
  if (in.byte() != format_version) throw std::runtime_error("a website's configuration has an unknown format");
  Website website;
  website.redirect_all_host = take_text(in);
  website.redirect_all_protocol = in.text();
  website.index_suffix = in.text();
  website.error_key = in.text();
  for (std::uint64_t left = in.number(); left > 0; --left) {
    Website::Rule rule;
    rule.key_prefix = take_text(in);
    if (const auto status = in.number()) rule.error_status = static_cast<int>(status);
    rule.protocol = in.text();
    rule.host = in.text();
    rule.status = static_cast<int>(in.number());
    rule.status_given = in.byte() != 0;
    rule.replace_key_prefix = take_text(in);
    rule.replace_key = take_text(in);
    website.rules.push_back(std::move(rule));
  }
  return website;
}

std::optional<PageRedirect> redirect_of(const Website& website, std::string_view key, int error,
                                        std::string_view protocol, std::string_view host) {
  for (const Website::Rule& rule : website.rules) {
    // Before anything was read, rules about errors have nothing to say; afterwards, the others have said it.
    if (rule.error_status.value_or(0) != error) continue;
    const std::string_view prefix = rule.key_prefix ? std::string_view(*rule.key_prefix) : std::string_view();
    if (!key.starts_with(prefix)) continue;
    std::string to(key);
    if (rule.replace_key) to = *rule.replace_key;
    if (rule.replace_key_prefix) to = *rule.replace_key_prefix + std::string(key.substr(prefix.size()));
    PageRedirect redirect{.status = rule.status, .location = {}};
    redirect.location = rule.protocol.empty() ? std::string(protocol) : rule.protocol;
    redirect.location += "://" + (rule.host.empty() ? std::string(host) : rule.host) + "/" + uri_encode(to, true);
    return redirect;
  }
  return std::nullopt;
}

std::optional<PageRedirect> redirect_of_all(const Website& website, std::string_view target,
                                            std::string_view protocol) {
  if (!website.redirect_all_host) return std::nullopt;
  const std::string to = website.redirect_all_protocol.empty() ? std::string(protocol) : website.redirect_all_protocol;
  return PageRedirect{.status = 301, .location = to + "://" + *website.redirect_all_host + std::string(target)};
}

std::string page_of(const Website& website, std::string_view key) {
  std::string page(key);
  if (page.empty() || page.ends_with('/')) page += website.index_suffix;
  return page;
}

}  // namespace tarn::objects
