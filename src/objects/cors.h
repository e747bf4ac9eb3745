// Cross-origin rules: what a browser may do with a bucket from pages of other hosts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "objects/bucket.h"

namespace tarn::objects {

struct CorsRule {
  std::string id;
  std::vector<std::string> methods;  // "GET"
  std::vector<std::string> origins;  // Each with at most one '*'.
  std::vector<std::string> headers;  // The same, compared without case.
  std::vector<std::string> expose;
  std::optional<std::int32_t> max_age_seconds;
  friend bool operator==(const CorsRule&, const CorsRule&) = default;
};

inline constexpr std::size_t most_cors_rules = 100;

// Throws malformed_xml or invalid_request for what browsers could not be told.
void check(const std::vector<CorsRule>& rules);

// The document of ConfigurationKind::cors.
std::string pack(const std::vector<CorsRule>& rules);
// Throws std::runtime_error on bytes that are none.
std::vector<CorsRule> unpack_cors(std::string_view document);

// The first rule for this origin, method and headers (of a preflight; else empty).
struct CorsMatch {
  CorsRule rule;
  bool any_origin = false;  // The rule's origin is "*".
};
std::optional<CorsMatch> match(const std::vector<CorsRule>& rules, std::string_view origin, std::string_view method,
                               const std::vector<std::string>& headers);

}  // namespace tarn::objects
