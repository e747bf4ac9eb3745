// HTTP/1.1 between Tarn and the model servers that it started: bodies with a length, kept-alive connections, blocking
// calls on threads made for them. Not for strangers: those speak to src/http.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>

namespace tarn::algorithms {

// Where a model server listens.
struct UnixAddress {
  std::string path;
};
struct LoopbackAddress {
  std::uint16_t port = 0;
};
using ServerAddress = std::variant<UnixAddress, LoopbackAddress>;

struct PlainMessage {
  std::string first_line;                      // "POST /invocations HTTP/1.1", "HTTP/1.1 200 OK"
  std::map<std::string, std::string> headers;  // Names in lower case.
  std::string body;

  std::string header(const std::string& name) const;
};

struct PlainLimits {
  std::size_t head_bytes = 32 << 10;
  std::size_t body_bytes = 128 << 20;
};

// Serves requests, a thread a connection, until `stop` is called from a signal handler or the process ends.
class PlainServer {
 public:
  struct Response {
    int status = 200;
    std::string content_type;
    std::string body;
  };
  using Handler = std::function<Response(const PlainMessage& request)>;

  PlainServer(const ServerAddress& address, Handler handler);
  ~PlainServer();
  PlainServer(const PlainServer&) = delete;
  PlainServer& operator=(const PlainServer&) = delete;

  // Accepts connections until stop(); the handler runs on many threads at once.
  void run();
  // From any thread or signal handler.
  void stop();

 private:
  void serve(int connection);
  int listener_ = -1;
  int wake_[2] = {-1, -1};
  Handler handler_;
};

// One connection to a model server, made when it is first needed and again after it broke.
class PlainClient {
 public:
  explicit PlainClient(ServerAddress address) : address_(std::move(address)) {}
  ~PlainClient();
  PlainClient(PlainClient&& other) noexcept;
  PlainClient& operator=(PlainClient&&) = delete;

  // Throws std::runtime_error when the server cannot be reached in `connect_ms`, has not answered in `answer_ms`, or
  // breaks off. A kept connection that the server had closed is opened again once.
  PlainMessage send(std::string_view method, std::string_view path, const std::map<std::string, std::string>& headers,
                    std::string_view body, int connect_ms, int answer_ms);

 private:
  void connect(int connect_ms);
  void close();
  ServerAddress address_;
  int connection_ = -1;
};

// The status of "HTTP/1.1 200 OK"; 0 for what is no status line.
int status_of(std::string_view first_line);

}  // namespace tarn::algorithms
