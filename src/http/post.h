// Sends a document to another server: what webhooks are told by. Blocking; for threads that may wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
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

// A request whose body is written piece by piece, for bodies that nobody wants to hold. Blocking, as post() is.
class Outgoing {
 public:
  struct Answer {
    int status = 0;
    std::string body;  // Its beginning, for the message of an error.
  };
  // Sends the head; `length` bytes must follow. `patience` is for all of it. Throws std::runtime_error, as the others
  // do.
  Outgoing(const Url& url, std::string_view method, const std::vector<std::pair<std::string, std::string>>& headers,
           std::uint64_t length, std::chrono::milliseconds patience);
  ~Outgoing();
  void write(std::string_view bytes);
  // Ends the request: the answer's status, whose body nobody waits for …
  int status();
  // … or with what came until the connection closed.
  Answer finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What the Host header says of the URL.
std::string host_of(const Url& url);

}  // namespace tarn::http
