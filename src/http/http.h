// http: the wire. Connections, requests and responses of HTTP/1.1, and nothing of what any service means.
//
// What it promises: a request that reaches a Handler is well formed and unambiguous (what could be read in two ways is
// refused); its body is a stream that is pulled at the handler's pace; what one connection may hold in memory is
// bounded (Limits); a client that goes away stops its handler's task. Requests of one connection are handled one after
// another, each on its connection's I/O thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/stream.h"
#include "base/task.h"
#include "base/time.h"

namespace tarn::http {

// A header or a query parameter. Views into the request.
struct Field {
  std::string_view name;
  std::string_view value;
};

// A request's head and its body. Lives, with all it points to, until its response has been sent; so handlers and the
// streams that they answer with may keep views into it.
class Request {
 public:
  Request() = default;
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  std::string_view method;     // As sent: upper case on the wire of every client that we know.
  std::string_view target;     // As sent, "/bucket/a%20key?acl"; of an absolute form, what follows the authority.
  std::string_view raw_path;   // The target before its '?', still escaped.
  std::string_view raw_query;  // What follows the '?', still escaped; empty without one.
  std::string path;            // raw_path, decoded. Any bytes; neither "//" nor ".." is touched.
  std::vector<Field> query;    // Decoded ('+' is a blank), in the order sent. "a" and "a=" both have an empty value.
  std::vector<Field> headers;  // In the order sent; values trimmed.
  std::string_view host;       // The Host header (or an absolute target's authority), with its port; may be empty.

  std::string_view peer_ip;  // "127.0.0.1", "::1"; of a mapped IPv4 address, the IPv4 form.
  std::uint16_t peer_port = 0;
  bool secure = false;           // Came over TLS.
  std::string_view tls_version;  // "TLSv1.3"; empty without TLS.
  std::string_view tls_cipher;   // "TLS_AES_256_GCM_SHA384"; the same.

  // None: chunked, of unknown length. 0 when there is no body.
  std::optional<std::uint64_t> content_length = 0;
  // Null when the request has none. May be moved out; reading it throws once the request has ended.
  // `Expect: 100-continue` is answered by the first read.
  std::unique_ptr<ByteStream> body;

  // What decoded parameters point into.
  std::string decoded;

  // The first header of that name, whatever the case; none if absent.
  std::optional<std::string_view> header(std::string_view name) const;
  // The first query parameter of exactly that name.
  std::optional<std::string_view> parameter(std::string_view name) const;
};

// A response's headers, kept as they go out.
class ResponseHeaders {
 public:
  // Line ends and NULs in `value` become blanks. Content-Length, Transfer-Encoding, Connection and Date are the
  // server's own.
  void add(std::string_view name, std::string_view value);
  void add(std::string_view name, std::uint64_t value);
  // The first of that name, whatever the case.
  std::optional<std::string_view> find(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name).has_value(); }
  const std::string& wire() const { return wire_; }

 private:
  std::string wire_;  // "Name: value\r\n"…
};

struct Response {
  int status = 200;
  ResponseHeaders headers;
  // The body is either `text` or, if there is one, `stream`.
  std::string text;
  std::unique_ptr<ByteStream> stream;
  // Of `stream`; none: sent chunked. An answer to HEAD puts here what GET would have sent, and needs no stream.
  // A stream that ends before its length, or throws, breaks the connection, so that the client sees it.
  std::optional<std::uint64_t> length;
  // Close the connection afterwards.
  bool close = false;
};

// Why the server answers a request itself, without asking the handler.
struct Refusal {
  enum class Reason {
    bad_request,           // 400
    invalid_uri,           // 400
    request_timeout,       // 408
    uri_too_long,          // 414
    headers_too_large,     // 431
    internal_failure,      // 500: the handler threw
    not_implemented,       // 501: a transfer coding or method form that nobody here speaks
    service_unavailable,   // 503: too many connections, or the server ends
    version_not_supported  // 505
  };
  Reason reason = Reason::bad_request;
  std::string_view message;  // Static; for people.
  int status() const;
};

class Handler {
 public:
  virtual ~Handler() = default;

  // Answers one request. Runs on the connection's I/O thread; its stop token is set when the client goes away or the
  // server ends. What it leaves unread of the body is thrown away by the server. Throws only by accident: then the
  // client gets refuse(internal_failure).
  virtual Task<Response> handle(Request& request) = 0;

  // Words a refusal. Default: plain text.
  virtual Response refuse(const Refusal& refusal);
};

// Bounds of what a client can make the server hold or wait for.
struct Limits {
  std::size_t request_line_bytes = 16 << 10;
  std::size_t head_bytes = 64 << 10;  // Request line and headers together.
  std::size_t headers = 200;
  std::size_t connections = 10'000;
  std::uint64_t drain_bytes = 1 << 20;  // Of an unread body, to keep the connection; beyond, it closes.
  Milliseconds idle_timeout{75'000};    // Between requests.
  Milliseconds head_timeout{20'000};    // From a request's first byte to the end of its head.
  Milliseconds body_timeout{60'000};    // Without a byte moving, while a body is read or an answer is sent.
};

// A certificate chain and its key, as PEM files. With `self_made` both are made at start-up and kept nowhere.
struct TlsOptions {
  std::string certificate_file;
  std::string key_file;
  bool self_made = false;
};

struct ServerOptions {
  std::vector<std::string> listen = {"127.0.0.1:9320"};  // "HOST:PORT", "[::1]:0"; 0 takes any free port.
                                                         // "unix:/path": a socket that only its owner may open.
  unsigned threads = 0;                                  // 0: one a core.
  std::optional<TlsOptions> tls;
  Limits limits;
};

// Listens from start() to stop(). Not itself thread-safe; the handler is called on all I/O threads.
class Server {
 public:
  Server(ServerOptions options, Handler& handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Throws std::system_error or std::runtime_error when it cannot listen or has no usable certificate.
  void start();
  // What it listens on, in the order of the options; port 0 resolved.
  std::vector<std::uint16_t> ports() const;
  // Takes no further connections, lets running requests end for `grace`, then stops their tasks, closes and joins.
  void stop(Milliseconds grace);

  // The I/O threads' executors: where background tasks may run that never block.
  std::vector<Executor*> executors() const;

  struct Statistics {
    std::uint64_t connections = 0;  // Open now.
    std::uint64_t accepted = 0;
    std::uint64_t requests = 0;
    std::uint64_t refused = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
  };
  Statistics statistics() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tarn::http
