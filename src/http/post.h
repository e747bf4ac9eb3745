// Sends a document to another server: what webhooks are told by. Blocking; for threads that may wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::http {

struct Url {
  bool tls = false;
  std::string host;  // A name, or an address without brackets.
  std::uint16_t port = 80;
  std::string target = "/";  // Path and query.

  // http:// and https:// only; no user, no fragment.
  static std::optional<Url> parse(std::string_view text);
};

// The answer's status. Throws std::runtime_error where there is none within `patience`: no connection, a certificate
// that does not hold, an answer that is no HTTP.
int post(const Url& url, const std::vector<std::pair<std::string, std::string>>& headers, std::string_view body,
         std::chrono::milliseconds patience);

}  // namespace tarn::http
