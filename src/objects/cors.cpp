#include "objects/cors.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/pack.h"
#include "objects/errors.h"

namespace tarn::objects {
namespace {

constexpr std::uint8_t format = 1;
constexpr std::array<std::string_view, 5> known_methods{"GET", "PUT", "HEAD", "POST", "DELETE"};
constexpr std::size_t longest_id = 255;

// `pattern` has at most one '*'.
bool matches(std::string_view pattern, std::string_view text) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  const std::string_view front = pattern.substr(0, star);
  const std::string_view back = pattern.substr(star + 1);
  return text.size() >= front.size() + back.size() && text.starts_with(front) && text.ends_with(back);
}

void check_wildcards(std::string_view element, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    if (std::ranges::count(text, '*') > 1) {
      throw Error(errors::invalid_request,
                  std::string(element) + " \"" + text + "\" can not have more than one wildcard.");
    }
  }
}

void check_rule(const CorsRule& rule) {
  if (rule.methods.empty() || rule.origins.empty() || rule.id.size() > longest_id) {
    throw Error(errors::malformed_xml,
                "The XML you provided was not well-formed or did not validate against our published schema");
  }
  for (const std::string& method : rule.methods) {
    if (std::ranges::find(known_methods, method) == known_methods.end()) {
      throw Error(errors::invalid_request,
                  "Found unsupported HTTP method in CORS config. Unsupported method is " + method);
    }
  }
  check_wildcards("AllowedOrigin", rule.origins);
  check_wildcards("AllowedHeader", rule.headers);
  for (const std::string& header : rule.expose) {
    if (header.find('*') != std::string::npos) {
      throw Error(errors::invalid_request, "ExposeHeader \"" + header +
                                               "\" contains wildcard. We currently do not support wildcard for "
                                               "ExposeHeader.");
    }
  }
}

void pack_texts(Packer& out, const std::vector<std::string>& texts) {
  out.number(texts.size());
  for (const std::string& text : texts) out.text(text);
}

std::vector<std::string> unpack_texts(Unpacker& in) {
  std::vector<std::string> texts;
  for (std::uint64_t count = in.number(); count; --count) texts.emplace_back(in.text());
  return texts;
}

bool allows_header(const CorsRule& rule, const std::string& header) {
  return std::ranges::any_of(rule.headers,
                             [&](const std::string& allowed) { return matches(to_lower(allowed), to_lower(header)); });
}

}  // namespace

void check(const std::vector<CorsRule>& rules) {
  if (rules.empty() || rules.size() > most_cors_rules) {
    throw Error(errors::malformed_xml,
                "The XML you provided was not well-formed or did not validate against our published schema");
  }
  for (const CorsRule& rule : rules) check_rule(rule);
}

std::string pack(const std::vector<CorsRule>& rules) {
  std::string document;
  Packer out(document);
  out.byte(format).number(rules.size());
  for (const CorsRule& rule : rules) {
    out.text(rule.id);
    pack_texts(out, rule.methods);
    pack_texts(out, rule.origins);
    pack_texts(out, rule.headers);
    pack_texts(out, rule.expose);
    out.byte(rule.max_age_seconds.has_value());
    if (rule.max_age_seconds) out.number(static_cast<std::uint64_t>(*rule.max_age_seconds));
  }
  return document;
}

std::vector<CorsRule> unpack_cors(std::string_view document) {
  Unpacker in(document);
  if (in.byte() != format) throw std::runtime_error("cross-origin rules have an unknown format");
  std::vector<CorsRule> rules;
  for (std::uint64_t count = in.number(); count; --count) {
    CorsRule rule;
    rule.id = in.text();
    rule.methods = unpack_texts(in);
    rule.origins = unpack_texts(in);
    rule.headers = unpack_texts(in);
    rule.expose = unpack_texts(in);
    if (in.byte()) rule.max_age_seconds = static_cast<std::int32_t>(in.number());
    rules.push_back(std::move(rule));
  }
  return rules;
}

std::optional<CorsMatch> match(const std::vector<CorsRule>& rules, std::string_view origin, std::string_view method,
                               const std::vector<std::string>& headers) {
  for (const CorsRule& rule : rules) {
    const auto allowed =
        std::ranges::find_if(rule.origins, [origin](const std::string& pattern) { return matches(pattern, origin); });
    if (allowed == rule.origins.end() || std::ranges::find(rule.methods, method) == rule.methods.end()) continue;
    if (!std::ranges::all_of(headers, [&rule](const std::string& header) { return allows_header(rule, header); })) {
      continue;
    }
    return CorsMatch{.rule = rule, .any_origin = *allowed == "*"};
  }
  return std::nullopt;
}

}  // namespace tarn::objects
