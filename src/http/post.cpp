#include "http/post.h"

#include <fcntl.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>
#include <stdexcept>

namespace tarn::http {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t max_head = 16 << 10;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what);
}

// Closes what it holds, also when a constructor gives up half way.
struct Descriptor {
  Descriptor() = default;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(); }
  void reset(int other = -1) {
    if (fd >= 0) ::close(fd);
    fd = other;
  }
  int fd = -1;
};

// One connection, plain or TLS, with one deadline for all that happens on it.
class Peer {
 public:
  Peer(const Url& url, std::chrono::milliseconds patience) : deadline_(Clock::now() + patience) {
    connect(url);
    if (url.tls) begin_tls(url.host);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto done = ssl_ ? ssl_step(SSL_write(ssl_.get(), bytes.data(),
                                                  static_cast<int>(std::min<std::size_t>(bytes.size(), 1 << 20))))
                             : step(::send(socket_.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), POLLOUT);
      bytes.remove_prefix(done);
    }
  }

  // Bytes that came; 0 is the end.
  std::size_t read(char* into, std::size_t size) {
    while (true) {
      if (ssl_) {
        const int got = SSL_read(ssl_.get(), into, static_cast<int>(size));
        if (got > 0) return static_cast<std::size_t>(got);
        const int error = SSL_get_error(ssl_.get(), got);
        if (error == SSL_ERROR_ZERO_RETURN || error == SSL_ERROR_SYSCALL) return 0;
        wait_for_ssl(error);
      } else {
        const ssize_t got = ::recv(socket_.fd, into, size, 0);
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EAGAIN && errno != EINTR) fail("the connection broke");
        wait(POLLIN);
      }
    }
  }

 private:
  struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  void wait(short events) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
    if (left <= 0) fail("there was no answer in time");
    pollfd entry{.fd = socket_.fd, .events = events, .revents = 0};
    if (::poll(&entry, 1, static_cast<int>(left)) == 0) fail("there was no answer in time");
  }
  // How many bytes went; 0 after waiting.
  std::size_t step(ssize_t done, short events) {
    if (done >= 0) return static_cast<std::size_t>(done);
    if (errno != EAGAIN && errno != EINTR) fail("the connection broke");
    wait(events);
    return 0;
  }
  void wait_for_ssl(int error) {
    if (error == SSL_ERROR_WANT_READ) return wait(POLLIN);
    if (error == SSL_ERROR_WANT_WRITE) return wait(POLLOUT);
    fail("TLS failed");
  }
  std::size_t ssl_step(int done) {
    if (done > 0) return static_cast<std::size_t>(done);
    wait_for_ssl(SSL_get_error(ssl_.get(), done));
    return 0;
  }

  void connect(const Url& url) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(url.host.c_str(), std::to_string(url.port).c_str(), &hints, &found) != 0) {
      fail("the host is not known");
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
    for (const addrinfo* each = found; each; each = each->ai_next) {
      socket_.reset(::socket(each->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      if (socket_.fd < 0) continue;
      if (::connect(socket_.fd, each->ai_addr, each->ai_addrlen) == 0) return;
      if (errno == EINPROGRESS) {
        wait(POLLOUT);
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(socket_.fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error == 0) return;
      }
    }
    fail("nobody listens there");
  }

  void begin_tls(const std::string& host) {
    // What an earlier connection of this thread left would be taken for this one's.
    ERR_clear_error();
    context_.reset(SSL_CTX_new(TLS_client_method()));
    if (!context_ || SSL_CTX_set_default_verify_paths(context_.get()) != 1) fail("TLS could not be set up");
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
    ssl_.reset(SSL_new(context_.get()));
    if (!ssl_ || SSL_set_fd(ssl_.get(), socket_.fd) != 1 || SSL_set_tlsext_host_name(ssl_.get(), host.c_str()) != 1 ||
        SSL_set1_host(ssl_.get(), host.c_str()) != 1) {
      fail("TLS could not be set up");
    }
    while (true) {
      const int done = SSL_connect(ssl_.get());
      if (done == 1) return;
      const int error = SSL_get_error(ssl_.get(), done);
      if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) fail("the server's certificate does not hold");
      wait_for_ssl(error);
    }
  }

  Clock::time_point deadline_;
  Descriptor socket_;
  std::unique_ptr<SSL_CTX, FreeContext> context_;
  std::unique_ptr<SSL, FreeContext> ssl_;
};

// Of "HTTP/1.1 200 OK".
int status_of(std::string_view head) {
  int status = 0;
  const bool http = head.starts_with("HTTP/1.") && head.size() >= 12 && head[8] == ' ';
  if (!http || std::from_chars(head.data() + 9, head.data() + 12, status).ptr != head.data() + 12) {
    fail("the answer is no HTTP");
  }
  return status;
}

}  // namespace

std::optional<Url> Url::parse(std::string_view text) {
  Url url;
  if (text.starts_with("https://")) {
    url.tls = true;
    url.port = 443;
    text.remove_prefix(8);
  } else if (text.starts_with("http://")) {
    text.remove_prefix(7);
  } else {
    return std::nullopt;
  }
  const bool printable = std::ranges::all_of(text, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (!printable || text.find_first_of("#@") != text.npos) return std::nullopt;
  const std::size_t slash = text.find_first_of("/?");
  std::string_view authority = text.substr(0, slash);
  if (slash != text.npos) url.target = text[slash] == '/' ? text.substr(slash) : "/" + std::string(text.substr(slash));
  const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : authority.npos;
  const std::size_t colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
  if (colon != authority.npos) {
    const std::string_view port = authority.substr(colon + 1);
    const auto read = std::from_chars(port.data(), port.data() + port.size(), url.port);
    if (read.ec != std::errc() || read.ptr != port.data() + port.size() || url.port == 0) return std::nullopt;
    authority = authority.substr(0, colon);
  }
  if (bracket != authority.npos && authority.starts_with('[')) authority = authority.substr(1, bracket - 1);
  if (authority.empty()) return std::nullopt;
  url.host = authority;
  return url;
}

std::string host_of(const Url& url) {
  std::string host = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
  if (url.port != (url.tls ? 443 : 80)) host += ":" + std::to_string(url.port);
  return host;
}

struct Outgoing::State {
  State(const Url& url, std::chrono::milliseconds patience) : peer(url, patience) {}
  Peer peer;
};

Outgoing::Outgoing(const Url& url, std::string_view method,
                   const std::vector<std::pair<std::string, std::string>>& headers, std::uint64_t length,
                   std::chrono::milliseconds patience)
    : state_(std::make_unique<State>(url, patience)) {
  std::string head = std::string(method) + " " + url.target + " HTTP/1.1\r\nHost: " + host_of(url);
  head += "\r\nConnection: close\r\nContent-Length: " + std::to_string(length) + "\r\n";
  for (const auto& [name, value] : headers) head += name + ": " + value + "\r\n";
  state_->peer.write(head + "\r\n");
}

Outgoing::~Outgoing() = default;

void Outgoing::write(std::string_view bytes) {
  state_->peer.write(bytes);
}

int Outgoing::status() {
  std::string text;
  while (text.find("\r\n") == std::string::npos && text.size() < max_head) {
    char buffer[1024];
    const std::size_t got = state_->peer.read(buffer, sizeof buffer);
    if (got == 0) break;
    text.append(buffer, got);
  }
  return status_of(text);
}

Outgoing::Answer Outgoing::finish() {
  std::string text;
  while (text.size() < max_head) {
    char buffer[1024];
    const std::size_t got = state_->peer.read(buffer, sizeof buffer);
    if (got == 0) break;
    text.append(buffer, got);
  }
  Answer answer{.status = status_of(text)};
  const std::size_t end = text.find("\r\n\r\n");
  if (end != std::string::npos) answer.body = text.substr(end + 4);
  return answer;
}

int post(const Url& url, const std::vector<std::pair<std::string, std::string>>& headers, std::string_view body,
         std::chrono::milliseconds patience) {
  Outgoing outgoing(url, "POST", headers, body.size(), patience);
  outgoing.write(body);
  return outgoing.status();
}

}  // namespace tarn::http
