#include "training/algorithms/plain_http.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include "base/encoding.h"

namespace tarn::algorithms {

namespace {

constexpr int most_connections = 64;
constexpr int forever = -1;

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what);
}

// Milliseconds until `deadline`; -1 without one.
int left_until(const std::optional<Clock::time_point>& deadline) {
  if (!deadline) return forever;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*deadline - Clock::now()).count();
  return left > 0 ? static_cast<int>(left) : 0;
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  int family = 0;
};

SocketAddress socket_address(const ServerAddress& address) {
  SocketAddress result;
  if (const auto* local = std::get_if<UnixAddress>(&address)) {
    auto* place = reinterpret_cast<sockaddr_un*>(&result.storage);
    if (local->path.size() >= sizeof place->sun_path) fail("the path of the model server's socket is too long");
    place->sun_family = AF_UNIX;
    std::memcpy(place->sun_path, local->path.c_str(), local->path.size() + 1);
    result.length = sizeof *place;
    result.family = AF_UNIX;
  } else {
    auto* place = reinterpret_cast<sockaddr_in*>(&result.storage);
    place->sin_family = AF_INET;
    place->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    place->sin_port = htons(std::get<LoopbackAddress>(address).port);
    result.length = sizeof *place;
    result.family = AF_INET;
  }
  return result;
}

bool wait_for(int connection, short events, const std::optional<Clock::time_point>& deadline) {
  pollfd poller{.fd = connection, .events = events, .revents = 0};
  while (true) {
    const int ready = ::poll(&poller, 1, left_until(deadline));
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) return false;
  }
}

void send_all(int connection, std::string_view bytes, const std::optional<Clock::time_point>& deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!wait_for(connection, POLLOUT, deadline)) fail("timed out while sending");
    } else if (errno != EINTR) {
      fail("the connection broke while sending");
    }
  }
}

// Appends what has come; false at the end of the connection.
bool receive_some(int connection, std::string& into, const std::optional<Clock::time_point>& deadline) {
  static constexpr std::size_t step = 64 << 10;
  if (!wait_for(connection, POLLIN, deadline)) fail("timed out while waiting for bytes");
  const std::size_t before = into.size();
  into.resize(before + step);
  const ssize_t got = ::recv(connection, into.data() + before, step, 0);
  into.resize(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
  if (got < 0 && errno != EINTR) fail("the connection broke while receiving");
  return got != 0;
}

void parse_head(std::string_view head, PlainMessage& message) {
  std::size_t end = std::min(head.find("\r\n"), head.size());
  message.first_line = head.substr(0, end);
  while (end < head.size()) {
    const std::size_t start = end + 2;
    end = std::min(head.find("\r\n", start), head.size());
    const std::string_view line = head.substr(start, end - start);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) fail("a header without a colon");
    message.headers[to_lower(line.substr(0, colon))] = trim(line.substr(colon + 1));
  }
}

std::string take_chunks(int connection, std::string& rest, const std::optional<Clock::time_point>& deadline,
                        const PlainLimits& limits) {
  std::string body;
  const auto line = [&]() {
    std::size_t end;
    while ((end = rest.find("\r\n")) == std::string::npos) {
      if (rest.size() > limits.head_bytes || !receive_some(connection, rest, deadline))
        fail("a chunked body is cut short");
    }
    std::string result = rest.substr(0, end);
    rest.erase(0, end + 2);
    return result;
  };
  while (true) {
    const std::string size_line = line();
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(size_line.data(), size_line.data() + size_line.size(), size, 16);
    if (error != std::errc() || end == size_line.data()) fail("a chunk without a size");
    if (body.size() + size > limits.body_bytes) fail("the body is too large");
    if (size == 0) {
      while (!line().empty()) {
      }
      return body;
    }
    while (rest.size() < size + 2) {
      if (!receive_some(connection, rest, deadline)) fail("a chunked body is cut short");
    }
    body.append(rest, 0, size);
    rest.erase(0, size + 2);
  }
}

// None: the connection ended before the first byte. `rest` keeps what came after the message.
std::optional<PlainMessage> receive_message(int connection, std::string& rest,
                                            const std::optional<Clock::time_point>& deadline,
                                            const PlainLimits& limits) {
  std::size_t head_end;
  while ((head_end = rest.find("\r\n\r\n")) == std::string::npos) {
    if (rest.size() > limits.head_bytes) fail("the head is too large");
    if (!receive_some(connection, rest, deadline)) {
      if (rest.empty()) return std::nullopt;
      fail("the connection ended inside a head");
    }
  }
  PlainMessage message;
  parse_head(std::string_view(rest).substr(0, head_end), message);
  rest.erase(0, head_end + 4);
  if (to_lower(message.header("transfer-encoding")) == "chunked") {
    message.body = take_chunks(connection, rest, deadline, limits);
    return message;
  }
  const std::string length_text = message.header("content-length");
  std::size_t length = 0;
  if (!length_text.empty()) {
    const auto [end, error] = std::from_chars(length_text.data(), length_text.data() + length_text.size(), length);
    if (error != std::errc() || end != length_text.data() + length_text.size())
      fail("a Content-Length that is no number");
  } else if (message.first_line.starts_with("HTTP/1.0")) {
    // An answer without a length lasts as long as its connection.
    while (receive_some(connection, rest, deadline)) {
      if (rest.size() > limits.body_bytes) fail("the body is too large");
    }
    length = rest.size();
  }
  if (length > limits.body_bytes) fail("the body is too large");
  while (rest.size() < length) {
    if (!receive_some(connection, rest, deadline)) fail("the connection ended inside a body");
  }
  message.body = rest.substr(0, length);
  rest.erase(0, length);
  return message;
}

const char* reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 415:
      return "Unsupported Media Type";
    default:
      return status < 500 ? "Error" : "Internal Server Error";
  }
}

}  // namespace

std::string PlainMessage::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

int status_of(std::string_view first_line) {
  if (!first_line.starts_with("HTTP/1.") || first_line.size() < 12) return 0;
  int status = 0;
  std::from_chars(first_line.data() + 9, first_line.data() + 12, status);
  return status;
}

// ---- server

PlainServer::PlainServer(const ServerAddress& address, Handler handler) : handler_(std::move(handler)) {
  const SocketAddress place = socket_address(address);
  if (const auto* local = std::get_if<UnixAddress>(&address)) ::unlink(local->path.c_str());
  listener_ = ::socket(place.family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&place.storage), place.length) != 0 ||
      ::listen(listener_, 128) != 0 || ::pipe2(wake_, O_CLOEXEC | O_NONBLOCK) != 0) {
    fail(std::string("cannot listen: ") + std::strerror(errno));
  }
}

PlainServer::~PlainServer() {
  ::close(listener_);
  ::close(wake_[0]);
  ::close(wake_[1]);
}

void PlainServer::stop() {
  const char byte = 1;
  (void)!::write(wake_[1], &byte, 1);
}

void PlainServer::run() {
  std::atomic<int> open = 0;
  while (true) {
    pollfd pollers[2] = {{.fd = listener_, .events = POLLIN, .revents = 0},
                         {.fd = wake_[0], .events = POLLIN, .revents = 0}};
    if (::poll(pollers, 2, forever) < 0 && errno != EINTR) break;
    if (pollers[1].revents != 0) break;
    if (pollers[0].revents == 0) continue;
    if (open >= most_connections) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      continue;
    }
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    ++open;
    std::thread([this, connection, &open] {
      serve(connection);
      ::close(connection);
      --open;
    }).detach();
  }
  // Requests that are being answered end first; idle connections have a second.
  for (int wait = 0; wait < 100 && open > 0; ++wait) std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

void PlainServer::serve(int connection) {
  std::string rest;
  try {
    while (const auto request = receive_message(connection, rest, std::nullopt, {})) {
      Response response;
      try {
        response = handler_(*request);
      } catch (const std::exception& error) {
        response = {.status = 500, .content_type = "text/plain", .body = error.what()};
      }
      std::string answer = "HTTP/1.1 " + std::to_string(response.status) + " " + reason_of(response.status) + "\r\n";
      if (!response.content_type.empty()) answer += "Content-Type: " + response.content_type + "\r\n";
      answer += "Content-Length: " + std::to_string(response.body.size()) + "\r\n\r\n";
      answer += response.body;
      send_all(connection, answer, std::nullopt);
    }
  } catch (const std::exception&) {
    // A client that broke off: nobody is left to be told.
  }
}

// ---- client

PlainClient::~PlainClient() {
  close();
}

PlainClient::PlainClient(PlainClient&& other) noexcept
    : address_(std::move(other.address_)), connection_(std::exchange(other.connection_, -1)) {}

void PlainClient::close() {
  if (connection_ >= 0) ::close(connection_);
  connection_ = -1;
}

namespace {

// A socket's file, opened so that no link leads elsewhere (the server on its other side is a customer's), and under a
// name that is short enough for any path.
class SocketFile {
 public:
  explicit SocketFile(const std::string& path) : fd_(::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)) {
    struct stat status{};
    if (fd_ < 0 || ::fstat(fd_, &status) != 0 || !S_ISSOCK(status.st_mode)) {
      if (fd_ >= 0) ::close(fd_);
      fail("the model server does not accept a connection");
    }
  }
  ~SocketFile() { ::close(fd_); }
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;
  ServerAddress address() const { return UnixAddress{"/proc/self/fd/" + std::to_string(fd_)}; }

 private:
  int fd_;
};

}  // namespace

void PlainClient::connect(int connect_ms) {
  std::optional<SocketFile> file;
  if (const auto* local = std::get_if<UnixAddress>(&address_)) file.emplace(local->path);
  const SocketAddress place = socket_address(file ? file->address() : address_);
  connection_ = ::socket(place.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const auto deadline = Clock::now() + std::chrono::milliseconds(connect_ms);
  if (::connect(connection_, reinterpret_cast<const sockaddr*>(&place.storage), place.length) != 0) {
    int error = errno;
    if (error == EINPROGRESS && wait_for(connection_, POLLOUT, deadline)) {
      socklen_t size = sizeof error;
      ::getsockopt(connection_, SOL_SOCKET, SO_ERROR, &error, &size);
    }
    if (error != 0) {
      close();
      fail("the model server does not accept a connection");
    }
  }
  if (place.family == AF_INET) {
    const int on = 1;
    ::setsockopt(connection_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
}

PlainMessage PlainClient::send(std::string_view method, std::string_view path,
                               const std::map<std::string, std::string>& headers, std::string_view body, int connect_ms,
                               int answer_ms) {
  std::string request = std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n";
  for (const auto& [name, value] : headers) request += name + ": " + value + "\r\n";
  request += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  for (bool fresh = connection_ < 0;; fresh = true) {
    if (connection_ < 0) connect(connect_ms);
    const auto deadline = Clock::now() + std::chrono::milliseconds(answer_ms);
    try {
      send_all(connection_, request, deadline);
      send_all(connection_, body, deadline);
      std::string rest;
      auto answer = receive_message(connection_, rest, deadline, {});
      if (!answer) fail("the model server closed the connection without an answer");
      const bool ends = to_lower(answer->header("connection")) == "close" || answer->first_line.starts_with("HTTP/1.0");
      if (ends || !rest.empty()) close();
      return std::move(*answer);
    } catch (const std::exception&) {
      close();
      // Only a connection that had stood idle may have been closed before it saw this request.
      if (fresh || Clock::now() >= deadline) throw;
    }
  }
}

}  // namespace tarn::algorithms
