// A bucket as a website: what is told of it, and where a request for one of its pages is sent. Nothing but values.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::objects {

struct Website {
  struct Rule {
    std::optional<std::string> key_prefix;  // Conditions: none holds for everything.
    std::optional<int> error_status;
    std::string protocol;  // Empty: the request's.
    std::string host;      // The same.
    int status = 301;
    std::optional<std::string> replace_key_prefix;
    std::optional<std::string> replace_key;
    bool status_given = false;
    friend bool operator==(const Rule&, const Rule&) = default;
  };
  std::optional<std::string> redirect_all_host;  // Then all that follows is empty.
  std::string redirect_all_protocol;
  std::string index_suffix;
  std::string error_key;
  std::vector<Rule> rules;
  friend bool operator==(const Website&, const Website&) = default;
};

inline constexpr std::size_t most_website_rules = 50;

// Throws invalid_argument or invalid_request.
void check(const Website& website);

// The document of ConfigurationKind::website.
std::string pack(const Website& website);
// Throws std::runtime_error on bytes that are none.
Website unpack_website(std::string_view document);

struct PageRedirect {
  int status = 301;
  std::string location;
};
// Of a request for `key` (without its first slash) on a host: what the first rule says that fits. `error` is the status
// that reading came to, or 0 before anything was read.
std::optional<PageRedirect> redirect_of(const Website& website, std::string_view key, int error,
                                        std::string_view protocol, std::string_view host);
// Where all requests are sent, if they are. `target` as it was sent, from its first slash.
std::optional<PageRedirect> redirect_of_all(const Website& website, std::string_view target, std::string_view protocol);
// The object that shows `key`: folders show their index.
std::string page_of(const Website& website, std::string_view key);

}  // namespace tarn::objects
